"""`$batch` of OData v2: parts in multipart/mixed, changesets within them, each changeset one commit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from system_apis.sap_s4hana.simulator.refusal import malformed

_BOUNDARY: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_REQUEST: Final = re.compile(rb"([A-Z]+) (\S+) HTTP/1\.1")
_REASONS: Final = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 404: "Not Found"}


@dataclass(frozen=True)
class Inner:
    """One request inside a batch."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Told:
    """One answer inside a batch."""

    status: int
    headers: dict[str, str]
    body: bytes


def opened(media: str, content: bytes) -> list[list[Inner] | Inner]:
    """The parts of a batch: a list is a changeset, a single request is a read."""
    parts: list[list[Inner] | Inner] = []
    for head, body in _parts(media, content):
        inner = head.get("content-type", "")
        if inner.startswith("multipart/mixed"):
            parts.append([_request(piece) for _, piece in _parts(inner, body)])
        else:
            parts.append(_request(body))
    return parts


def closed(answers: Sequence[list[Told] | Told], *, mark: str) -> bytes:
    """The answer to a batch."""
    pieces = []
    for index, answer in enumerate(answers):
        if isinstance(answer, list):
            inner = f"{mark}_cs{index}"
            body = b"".join(_part(inner, one) for one in answer) + f"--{inner}--\r\n".encode()
            head = f"--{mark}\r\nContent-Type: multipart/mixed; boundary={inner}\r\nContent-Length: {len(body)}\r\n\r\n"
            pieces.append(head.encode() + body + b"\r\n")
        else:
            pieces.append(_part(mark, answer))
    return b"".join(pieces) + f"--{mark}--\r\n".encode()


def _part(mark: str, answer: Told) -> bytes:
    reason = _REASONS.get(answer.status, "Refused")
    lines = [f"HTTP/1.1 {answer.status} {reason}", *(f"{name}: {value}" for name, value in answer.headers.items())]
    inner = "\r\n".join([*lines, f"Content-Length: {len(answer.body)}", "", ""]).encode() + answer.body
    head = f"--{mark}\r\nContent-Type: application/http\r\ncontent-transfer-encoding: binary\r\n\r\n"
    return head.encode() + inner + b"\r\n"


def _parts(media: str, content: bytes) -> list[tuple[dict[str, str], bytes]]:
    found = _BOUNDARY.search(media)
    if found is None:
        raise malformed("A batch needs a boundary")
    mark = b"\r\n--" + found.group(1).encode()
    whole, end, _ = (b"\r\n" + content).partition(mark + b"--")
    if not end:
        raise malformed("The batch ends without its closing boundary")
    return [_split(piece) for piece in whole.split(mark + b"\r\n")[1:]]


def _split(piece: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = piece.partition(b"\r\n\r\n")
    return _headers(head), body


def _headers(head: bytes) -> dict[str, str]:
    pairs = [line.decode("latin-1").partition(":") for line in head.split(b"\r\n") if b":" in line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _request(piece: bytes) -> Inner:
    head, _, body = piece.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    found = _REQUEST.fullmatch(line.strip())
    if found is None:
        raise malformed("A part of the batch is no request")
    return Inner(found.group(1).decode(), found.group(2).decode(), _headers(rest), body.strip())
