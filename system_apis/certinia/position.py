"""Where a reader of time stands: a second, what was met of it, and a check against tampering."""

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

_ID: Final = re.compile(r"(?:[A-Za-z0-9]{18})?")
_CHECK: Final = 8
_MOST_MET: Final = 40


class Position(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All before `since` was told; of that second, everything up to the id `after`, and what `met` names.

    `met` says for a timecard in which state it was met and how many of its entries were told: a page may end within
    a timecard, and a second may not be over when it is read.
    """

    since: dt.datetime
    after: str = ""
    met: dict[str, tuple[int, int]] = {}

    def told(self, timecard_id: str, stamp: dt.datetime, state: int) -> int | None:
        """How many entries of a timecard as it stands were told; None when all of them were."""
        known, count = self.met.get(timecard_id, (0, 0)) if stamp == self.since else (0, 0)
        return (None if count < 0 else count) if known == state else 0


ALL: Final = -1
"""The count of a timecard of which everything was told."""


def moved(here: Position | None, timecard_id: str, stamp: dt.datetime, *, state: int, count: int) -> Position:
    """The position after `count` entries of a timecard were told; timecards come in the order of stamp and id."""
    if here is None or stamp > here.since:
        return Position(since=stamp, met={timecard_id: (state, count)})
    met = {**here.met, timecard_id: (state, count)}
    whole = [each for each, (_, told) in met.items() if told == ALL]
    if len(met) <= _MOST_MET or not whole:
        return Position(since=stamp, after=here.after, met=met)
    first = min(whole)  # the ids before it were met as well, for they come in order
    del met[first]
    return Position(since=stamp, after=max(here.after, first), met=met)


def encoded(position: Position | None) -> str:
    """The position as text that means nothing to anybody else; empty before the first timecard."""
    if position is None:
        return ""
    content = msgspec.json.encode(position)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def decoded(text: str) -> Position | None:
    """The position in a text; None for an empty one.

    Raises:
        Problem: invalid, when the text is not one that we handed out.

    """
    if not text:
        return None
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content = whole[_CHECK:]
        position = msgspec.json.decode(content, type=Position)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise _invalid() from None
    sound = position.since.tzinfo is not None and all(map(_ID.fullmatch, (position.after, *position.met)))
    if not sound or whole[:_CHECK] != _check(content):
        raise _invalid()
    return position


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"certinia time " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
