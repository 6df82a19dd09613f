"""`$batch` of OData v2: changesets to send, each of them one commit, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import httpx
from msgspec import Struct

BOUNDARY: Final = "batch_sluice"
MEDIA: Final = f"multipart/mixed; boundary={BOUNDARY}"
_FOUND: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})(?: .*)?")


class Change(Struct, frozen=True, kw_only=True):
    """One write of a changeset; the address is relative to the service."""

    method: str
    path: str
    body: bytes = b""
    etag: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a part of the answer says; a changeset that was refused has one for all of it."""

    status: int
    headers: httpx.Headers
    body: bytes


def encoded(changesets: Sequence[Sequence[Change]]) -> bytes:
    """The body of a batch; line ends are CRLF."""
    lines: list[bytes] = []
    for index, changes in enumerate(changesets):
        inner = f"changeset_{index}"
        lines += [f"--{BOUNDARY}".encode(), f"Content-Type: multipart/mixed; boundary={inner}".encode(), b""]
        for change in changes:
            lines += [f"--{inner}".encode(), b"Content-Type: application/http", b"Content-Transfer-Encoding: binary"]
            lines += [b"", f"{change.method} {change.path} HTTP/1.1".encode()]
            lines += [f"{name}: {value}".encode() for name, value in _headers(change).items()]
            lines += [b"", change.body]
        lines += [f"--{inner}--".encode(), b""]
    return b"\r\n".join([*lines, f"--{BOUNDARY}--".encode(), b""])


def decoded(media: str, content: bytes) -> list[list[Outcome]]:
    """The outcomes, a list for each changeset.

    Raises:
        ValueError: the body is no such answer, or was cut off.

    """
    return [_changeset(head, body) for head, body in _parts(media, content)]


def _changeset(head: Mapping[str, str], body: bytes) -> list[Outcome]:
    inner = head.get("content-type", "")
    if inner.startswith("multipart/mixed"):
        return [_outcome(part) for _, part in _parts(inner, body)]
    return [_outcome(body)]


def _headers(change: Change) -> dict[str, str]:
    tag = {"If-Match": change.etag} if change.etag else {}
    sized = {"Content-Type": "application/json", "Content-Length": str(len(change.body))}
    return {"Accept": "application/json", **tag, **sized}


def _parts(media: str, content: bytes) -> list[tuple[dict[str, str], bytes]]:
    boundary = _FOUND.search(media)
    if boundary is None:
        raise ValueError("no boundary")
    mark = b"\r\n--" + boundary.group(1).encode()
    whole, end, _ = (b"\r\n" + content).partition(mark + b"--")
    if not end:
        raise ValueError("cut off")
    pieces = [piece.partition(b"\r\n\r\n") for piece in whole.split(mark + b"\r\n")[1:]]
    return [(_named(head), body) for head, _, body in pieces]


def _outcome(piece: bytes) -> Outcome:
    head, gap, body = piece.partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    status = _STATUS.fullmatch(line)
    if not gap or status is None:
        raise ValueError("a part is no HTTP answer")
    return Outcome(status=int(status.group(1)), headers=httpx.Headers(_named(b"\r\n".join(rest))), body=body.strip())


def _named(head: bytes) -> dict[str, str]:
    pairs = [line.decode("latin-1").partition(":") for line in head.split(b"\r\n") if b":" in line]
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
