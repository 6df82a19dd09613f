"""Where a reader stands: the vendor's own link to what comes next, and a check against tampering."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from contracts.problem import FieldError, Kind, Problem

_CHECK: Final = 8


def encoded(link: str, *, of: str) -> str:
    """The link as text that means nothing to anybody else; `of` is what it goes on with."""
    content = link.encode()
    return base64.urlsafe_b64encode(_check(content, of) + content).decode().rstrip("=")


def decoded(cursor: str, *, of: str) -> str:
    """The link in a cursor.

    Raises:
        Problem: invalid, when the text is not one that we handed out for this.

    """
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        link = whole[_CHECK:].decode()
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if whole[:_CHECK] != _check(whole[_CHECK:], of) or encoded(link, of=of) != cursor:
        raise _invalid()
    return link


def _check(content: bytes, of: str) -> bytes:
    return hashlib.sha256(f"sharepoint {of} ".encode() + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this reading")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out here", errors=(fault,))
