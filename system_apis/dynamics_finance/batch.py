"""`$batch` of OData v4: one changeset to send, which is saved whole or not at all, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec
from msgspec import Struct

BOUNDARY: Final = "batch_sluice"
MEDIA: Final = f"multipart/mixed; boundary={BOUNDARY}"
_INNER: Final = "changeset_sluice"
_FOUND: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})(?: .*)?")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Change(Struct, frozen=True, kw_only=True):
    """One write of a changeset; the address is relative to `/data/`."""

    method: str
    address: str
    body: Any = None
    etag: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a part of the answer says; a changeset that was refused has one for all of it."""

    status: int
    headers: httpx.Headers
    body: bytes


def encoded(changes: Sequence[Change], *, root: str) -> bytes:
    """The body of a batch of one changeset; line ends are CRLF."""
    lines: list[bytes] = [f"--{BOUNDARY}".encode(), f"Content-Type: multipart/mixed; boundary={_INNER}".encode(), b""]
    for number, change in enumerate(changes, start=1):
        body = b"" if change.body is None else _ENCODER.encode(change.body)
        lines += [f"--{_INNER}".encode(), b"Content-Type: application/http", b"Content-Transfer-Encoding: binary"]
        lines += [f"Content-ID: {number}".encode(), b""]
        lines += [f"{change.method} {root}{change.address}?cross-company=true HTTP/1.1".encode()]
        lines += [b"Accept: application/json", b"Content-Type: application/json; charset=utf-8"]
        lines += [f"If-Match: {change.etag}".encode()] if change.etag else []
        lines += [b"", body]
    return b"\r\n".join([*lines, f"--{_INNER}--".encode(), f"--{BOUNDARY}--".encode(), b""])


def decoded(media: str, content: bytes) -> list[Outcome]:
    """The outcomes of the changeset.

    Raises:
        ValueError: the body is no such answer, or was cut off.

    """
    told: list[Outcome] = []
    for head, body in _parts(media, content):
        inner = head.get("content-type", "")
        if inner.startswith("multipart/mixed"):
            told += [_outcome(piece) for _, piece in _parts(inner, body)]
        else:
            told.append(_outcome(body))
    return told


def _parts(media: str, content: bytes) -> list[tuple[Mapping[str, str], bytes]]:
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
