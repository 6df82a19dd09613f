"""Files, whole or in one range of bytes (RFC 9110 §13.1.5 and §14); who asks for several ranges gets the whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from litestar import Response

from contracts.port import Download
from contracts.problem import Kind, Problem

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def answered(file: Download, *, media: str, headers: Mapping[str, str]) -> Response[bytes]:
    """A file as it was asked for.

    Raises:
        Problem: invalid, with status 416, when the file ends before the range begins.

    """
    etag = f'"{hashlib.sha256(file.content).hexdigest()[:32]}"'
    given = {"ETag": etag, "Accept-Ranges": "bytes"}
    if file.next_cursor:
        given["Link"] = f'<?cursor={quote(file.next_cursor, safe="")}>; rel="next"'
    if etag in headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=given, media_type=media)
    part = _asked(headers, etag=etag, size=len(file.content))
    if part is None:
        return Response(file.content, status_code=200, headers=given, media_type=media)
    first, last = part
    given["Content-Range"] = f"bytes {first}-{last}/{len(file.content)}"
    return Response(file.content[first : last + 1], status_code=206, headers=given, media_type=media)


def _asked(headers: Mapping[str, str], *, etag: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for; None means all: nothing, or nothing that can be read, was asked."""
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or headers.get("if-range", etag).strip() != etag or not any(found.groups()):
        return None
    begin, end = found.groups()
    if not begin:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(begin), min(int(end or size), size - 1)
        if end and int(end) < first:
            return None  # no range at all (RFC 9110 §14.1.1)
    if first >= size or (not begin and not int(end)):
        raise Problem(Kind.INVALID, "range_unsatisfiable", f"the file has {size} bytes", status=416)
    return first, last
