"""Where a reader of the change feed stands: the vendor's own link to what comes next, and a check against tampering."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from contracts.problem import FieldError, Kind, Problem

_CHECK: Final = 8


def encoded(link: str) -> str:
    """The link as text that means nothing to anybody else."""
    content = link.encode()
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def decoded(cursor: str) -> str:
    """The link in a cursor.

    Raises:
        Problem: invalid, when the text is not one that we handed out.

    """
    try:
        whole = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        link = whole[_CHECK:].decode()
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if whole[:_CHECK] != _check(whole[_CHECK:]) or encoded(link) != cursor:
        raise _invalid()
    return link


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"dynamics_sales feed " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
