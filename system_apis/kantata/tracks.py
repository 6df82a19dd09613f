"""Where a reader of the feed of time stands, as text that means nothing to anybody else.

A change is met by its moment and the id of its row. The vendor may show a change late, so a reader looks again at
what lies between `floor` and `head`, and passes over what it met there.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contracts.problem import FieldError, Kind, Problem

Key: TypeAlias = tuple[int, int]
"""Milliseconds since 1970 and the id of a row."""

MOST_MET: Final = 200
"""How many changes a track remembers; of a greater burst the oldest are not looked at again."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_CHECK: Final = 8


class Track(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One stream of changes: the newest met, up to where everything was met, and what was met in between."""

    head: Key = (0, 0)
    floor: Key = (0, 0)
    met: list[Key] = []

    def wants(self, key: Key) -> bool:
        """Whether a change was not met yet."""
        return key > self.floor and key not in self.met

    def advanced(self, keys: Iterable[Key], *, overlap_ms: int) -> Track:
        """The track after some more changes were met, in the order of their keys."""
        met = sorted({*self.met, *keys})
        head = max([self.head, *met])
        floor = max(self.floor, (head[0] - overlap_ms, 0))
        kept = [key for key in met if key > floor]
        if len(kept) > MOST_MET:
            floor, kept = kept[-MOST_MET - 1], kept[-MOST_MET:]
        return Track(head, floor, kept)

    def lifted(self, moment_ms: int, *, overlap_ms: int) -> Track:
        """The track of a reader to whom a moment is known to be over."""
        return replace(self, head=max(self.head, (moment_ms, 0))).advanced([], overlap_ms=overlap_ms)


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What was approved, what was withdrawn, and up to which moment everything approved was met at one time."""

    approved: Track = Track()
    withdrawn: Track = Track()
    whole_ms: int = 0


def milliseconds(moment: dt.datetime) -> int:
    """A moment as a whole number."""
    return (moment - _EPOCH) // dt.timedelta(milliseconds=1)


def stated(moment_ms: int) -> str:
    """A moment as the vendor's filters take it."""
    return (_EPOCH + dt.timedelta(milliseconds=moment_ms)).isoformat()


def encoded(cursor: Cursor) -> str:
    """The cursor as text."""
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
    if whole[:_CHECK] != _check(content):
        raise _invalid()
    return cursor


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"kantata time " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
