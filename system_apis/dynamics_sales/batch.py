"""Several reads in one request: the multipart body that asks, and the answers taken out of the multipart body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

BOUNDARY: Final = "batch_sluice"
_FOUND: Final = re.compile(r"boundary=\"?([^\";,\s]+)\"?", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d{3})(?: .*)?")


class Part(Struct, frozen=True, kw_only=True):
    """The answer to one request of a batch; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def encoded(addresses: Sequence[str], *, headers: Mapping[str, str]) -> bytes:
    """A batch that reads each address; line ends are CRLF, which the vendor insists on."""
    lines: list[str] = []
    for address in addresses:
        lines += [f"--{BOUNDARY}", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
        lines += [f"GET {address} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join([*lines, f"--{BOUNDARY}--", ""]).encode()


def decoded(media: str, content: bytes) -> list[Part]:
    """The answers in a batch's answer.

    Raises:
        ValueError: the body is no such answer, or was cut off.

    """
    boundary = _FOUND.search(media)
    if boundary is None:
        raise ValueError("no boundary")
    mark = b"\r\n--" + boundary.group(1).encode()
    whole, end, _ = (b"\r\n" + content).partition(mark + b"--")
    if not end:
        raise ValueError("cut off")
    return [_part(piece) for piece in whole.split(mark + b"\r\n")[1:]]


def _part(piece: bytes) -> Part:
    _, gap, inner = piece.partition(b"\r\n\r\n")
    head, second, body = inner.partition(b"\r\n\r\n")
    line, *rest = head.split(b"\r\n")
    status = _STATUS.fullmatch(line)
    if not gap or not second or status is None:
        raise ValueError("a part is no HTTP answer")
    pairs = [header.decode("latin-1").partition(":") for header in rest]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Part(status=int(status.group(1)), headers=headers, body=body.strip())
