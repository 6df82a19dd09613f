"""Where a page of a report ends: the key of its last row, so that rows which come or vanish shift nothing."""

from __future__ import annotations

import base64
import binascii

import msgspec

from system_apis.workday.feed import refused_cursor


def marked(key: tuple[str, ...]) -> str:
    """The key of the last row told, as a cursor."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def after(cursor: str) -> tuple[str, ...]:
    """The key beyond which to go on; below every key for an empty cursor.

    Raises:
        Problem: invalid, when it is no cursor.

    """
    if not cursor:
        return ()
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return tuple(msgspec.json.decode(content, type=list[str]))
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise refused_cursor() from None
