"""`$batch`: requests in a multipart body, some of them in changesets that stand or fall together."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from system_apis.dynamics_finance.simulator.refusal import Refusal, bad_query

_BOUNDARY: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch, with its number in a changeset."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    content_id: str


@dataclass(frozen=True, slots=True)
class Given:
    """The answer to one request."""

    status: int
    body: bytes
    headers: dict[str, str]


Serve = Callable[[Part], Given]
Together = Callable[[list[Part]], list[Given]]


def answer(media: str, content: bytes, *, mark: str, serve: Serve, together: Together, most: int) -> tuple[str, bytes]:
    """The media type and the body that answer a batch; the outer status is 200 whatever happened inside."""
    boundary = f"batchresponse_{mark}"
    written: list[bytes] = []
    for number, item in enumerate(_items(media, content)):
        if isinstance(item, Part):
            written.append(_http(serve(item), item.content_id))
            continue
        if len(item) > most:
            raise bad_query(f"The changeset holds {len(item)} operations; the maximum is {most}.")
        written.append(_changeset(item, together, boundary=f"changesetresponse_{mark}{number}"))
    body = b"".join(f"--{boundary}\r\n".encode() + each for each in written) + f"--{boundary}--\r\n".encode()
    return f"multipart/mixed; boundary={boundary}", body


def _changeset(parts: list[Part], together: Together, *, boundary: str) -> bytes:
    """The answers of all, or the one refusal that undid them, outside any changeset."""
    given = together(parts)
    if len(given) == 1 and given[0].status >= HTTPStatus.BAD_REQUEST:
        return _http(given[0], "")
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    answers = [
        f"--{boundary}\r\n".encode() + _http(each, part.content_id) for each, part in zip(given, parts, strict=True)
    ]
    return head + b"".join(answers) + f"--{boundary}--\r\n\r\n".encode()


def _http(given: Given, content_id: str) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-ID: {content_id}"] if content_id else []
    lines += ["", f"HTTP/1.1 {given.status} {HTTPStatus(given.status).phrase}"]
    lines += ["Content-Type: application/json; odata.metadata=minimal"] if given.body else []
    lines += [f"{name}: {value}" for name, value in given.headers.items()]
    return "\r\n".join([*lines, "OData-Version: 4.0", "", ""]).encode() + given.body + b"\r\n"


def _items(media: str, content: bytes) -> list[Part | list[Part]]:
    """The parts of the body; a part that is itself multipart is a changeset."""
    found: list[Part | list[Part]] = []
    for headers, piece in _split(media, content):
        kind = headers.get("content-type", "")
        if kind.startswith("multipart/mixed"):
            parts = [_part(*inner) for inner in _split(kind, piece)]
            if any(part.method == "GET" for part in parts):
                raise bad_query("A changeset cannot contain a query operation.")
            found.append(parts)
        else:
            found.append(_part(headers, piece))
    return found


def _split(media: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    boundary = _BOUNDARY.search(media)
    if not media.startswith("multipart/mixed") or boundary is None:
        raise bad_query(f"Invalid Content-Type header value '{media}'. Multipart with a boundary is expected.")
    mark = b"\r\n--" + boundary.group(1).encode()
    whole, end, _ = (b"\r\n" + body).partition(mark + b"--")
    if not end:
        raise bad_query("The batch body is incomplete, or its lines do not end with CRLF.")
    return [_headed(part) for part in whole.split(mark + b"\r\n")[1:]]


def _part(headers: dict[str, str], content: bytes) -> Part:
    if headers.get("content-type") != "application/http":
        raise bad_query("Each part of a batch has the Content-Type application/http.")
    line, _, rest = content.partition(b"\r\n")
    words = line.decode().split(" ")
    if len(words) != _WORDS or words[2] != "HTTP/1.1":
        raise Refusal(400, f"The request line '{line.decode()}' is invalid.")
    inner, body = _headed(rest)
    return Part(words[0], words[1], inner, body.strip(), headers.get("content-id", ""))


def _headed(part: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = (b"\r\n" + part).partition(b"\r\n\r\n")
    pairs = [line.decode("latin-1").partition(":") for line in head.split(b"\r\n") if line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}, body
