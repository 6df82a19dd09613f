"""Where a reader of the changes stands: a floor below which all was read, and what was met above it.

A list may learn of a change later than of a younger one, so the last stretch is read again and again, and what was met
there is left out. Envelopes that are not ours are met like the others, so that a crowd of them stops nobody.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from contracts.problem import FieldError, Kind, Problem

MOST_MET: Final = 40
_CHECK: Final = 8
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICRO: Final = dt.timedelta(microseconds=1)


class Met(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """One change as it was read: when, in microseconds since 1970, and a short word for the envelope and its state."""

    at: int
    word: str


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All that changed before `floor` was read; of what changed then or later, what is in `met`."""

    floor: int = 0
    met: list[Met] = []

    @property
    def since(self) -> dt.datetime:
        """The floor as a moment."""
        return _EPOCH + self.floor * _MICRO


def met(changed_at: dt.datetime, *, envelope_id: str, status: str) -> Met:
    """A change as it was met."""
    told = f"{envelope_id}|{status}".encode()
    word = base64.urlsafe_b64encode(hashlib.sha256(told).digest()[:9]).decode()
    return Met(at=(changed_at - _EPOCH) // _MICRO, word=word)


def taken(
    here: Cursor, read: Sequence[Met], *, ours: Sequence[bool], limit: int, settled: dt.datetime
) -> tuple[list[int], Cursor]:
    """Which of the changes read are new and ours, oldest first, by their places; and where the reader then stands.

    Up to the moment `settled` nothing can turn up any more. Younger changes are taken as long as the cursor can
    remember them; a crowd beyond that waits until it is settled.
    """
    settled_at = (settled - _EPOCH) // _MICRO
    floor, known = here.floor, dict.fromkeys(here.met)
    told: list[int] = []
    for place in sorted(range(len(read)), key=lambda each: read[each].at):
        one = read[place]
        if one.at < here.floor:
            continue
        if one not in known:
            young = one.at > settled_at
            if len(told) >= limit or (young and len(known) >= MOST_MET):
                break
            known[one] = None
            told += [place] if ours[place] else []
        if one.at <= settled_at:
            floor = one.at
            known = {each: None for each in known if each.at >= floor}
    return told, Cursor(floor=floor, met=list(known))


def encoded(cursor: Cursor) -> str:
    """The cursor as text that means nothing to anybody else; empty where nothing was read yet."""
    if cursor == Cursor():
        return ""
    content = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def decoded(text: str) -> Cursor:
    """The cursor in a text; the beginning for an empty one.

    Raises:
        Problem: invalid, when the text is not one that we handed out.

    """
    if not text:
        return Cursor()
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content = whole[_CHECK:]
        cursor = msgspec.json.decode(content, type=Cursor)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _invalid() from None
    if whole[:_CHECK] != _check(content) or cursor.floor < 0:
        raise _invalid()
    return cursor


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"docusign envelopes " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
