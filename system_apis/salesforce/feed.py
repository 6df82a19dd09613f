"""Where a reader of the change feed stands: a moment, what was read of it, and a check against tampering."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from typing import Final

import msgspec
from msgspec import Struct

from contracts.problem import FieldError, Kind, Problem

_ENTRY: Final = re.compile(r"[A-Za-z0-9]{15,18}[+-]")
_ID: Final = re.compile(r"(?:[A-Za-z0-9]{15,18})?")
_MOST_SEEN: Final = 50
_CHECK: Final = 8


class Seen(Struct, frozen=True, kw_only=True):
    """One record as it was met: stamps have whole seconds, so a second may not be over when it is read."""

    id: str
    won: bool
    stamp: dt.datetime

    @property
    def entry(self) -> str:
        """The record with the state in which it was met."""
        return f"{self.id}{'+' if self.won else '-'}"


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Everything before `since` was read; of that second, what is in `entries`, or all up to the id `after`."""

    since: dt.datetime
    after: str = ""
    entries: list[str] = []

    def met(self, record: Seen) -> bool:
        """Whether a record was read before in this very state."""
        return record.stamp == self.since and record.entry in self.entries


def advanced(cursor: Cursor | None, read: list[Seen]) -> Cursor | None:
    """The cursor after reading some more records, which are in order."""
    if not read:
        return cursor
    since = read[-1].stamp
    entries = [record.entry for record in read if record.stamp == since]
    if cursor is not None and cursor.since == since:
        entries = [*cursor.entries, *entries]
    if len(entries) > _MOST_SEEN or (cursor is not None and cursor.since == since and cursor.after):
        return Cursor(since=since, after=read[-1].id)
    return Cursor(since=since, entries=entries)


def encoded(cursor: Cursor | None) -> str:
    """The cursor as text that means nothing to anybody else; empty before the first record."""
    if cursor is None:
        return ""
    content = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def decoded(text: str) -> Cursor | None:
    """The cursor in a text; None for an empty one.

    Raises:
        Problem: invalid, when the text is not one that we handed out.

    """
    if not text:
        return None
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content = whole[_CHECK:]
        cursor = msgspec.json.decode(content, type=Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _invalid() from None
    sound = cursor.since.tzinfo is not None and _ID.fullmatch(cursor.after) is not None
    if not sound or whole[:_CHECK] != _check(content) or not all(map(_ENTRY.fullmatch, cursor.entries)):
        raise _invalid()
    return cursor


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"salesforce feed " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
