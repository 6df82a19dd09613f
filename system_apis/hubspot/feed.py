"""Where a reader of the change feed stands: what is settled, what was met beyond it, and a check against tampering.

Search lags behind writes, so a change may turn up before one that is younger. Up to a moment that lies further back
than any lag the feed is settled: nothing can turn up there any more. What is younger is read again and again until it
settles; the cursor remembers what of it has been told.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from contracts.problem import FieldError, Kind, Problem

_ENTRY: Final = re.compile(r"[0-9]{1,20}[+-][0-9]{1,16}")
_ID: Final = re.compile(r"[0-9]{1,20}")
_MOST_MET: Final = 60
_CHECK: Final = 8


class Seen(Struct, frozen=True, kw_only=True):
    """One deal as it was met; the stamp is in milliseconds."""

    id: str
    won: bool
    stamp: int

    @property
    def entry(self) -> str:
        """The deal with the state and the moment in which it was met."""
        return f"{self.id}{'+' if self.won else '-'}{self.stamp}"

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of the feed."""
        return self.stamp, int(self.id)


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Everything up to the deal `after` at the moment `since` is settled; beyond it, `met` has been told."""

    since: int = 0
    after: str = "0"
    met: list[str] = []

    @property
    def place(self) -> tuple[int, int]:
        """Up to where the feed is settled."""
        return self.since, int(self.after)


def taken(here: Cursor, read: Sequence[Seen], *, limit: int, settled: int) -> tuple[list[Seen], Cursor]:
    """What is new among deals read in order from the cursor on, and where the reader then stands.

    Up to the moment `settled` nothing can turn up any more. Younger deals are told as long as the cursor can remember
    them; a crowd beyond that waits until it is settled.
    """
    since, after = here.since, here.after
    told: list[Seen] = []
    met = dict.fromkeys(here.met)
    for record in read:
        young = record.stamp > settled
        if record.entry not in met:
            if len(told) >= limit or (young and len(met) >= _MOST_MET):
                break
            told.append(record)
            if young:
                met[record.entry] = None
        if not young:
            since, after = record.stamp, record.id
    else:  # all was read: an entry that is settled and not met again is of a deal that has changed since
        met = {entry: None for entry in met if _place(entry)[0] > settled}
    kept = [entry for entry in met if _place(entry) > (since, int(after))]
    return told, Cursor(since=since, after=after, met=kept)


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
    sound = cursor.since >= 0 and _ID.fullmatch(cursor.after) is not None
    if not sound or whole[:_CHECK] != _check(content) or not all(map(_ENTRY.fullmatch, cursor.met)):
        raise _invalid()
    return cursor


def _place(entry: str) -> tuple[int, int]:
    row_id, _, stamp = entry.replace("-", "+").partition("+")
    return int(stamp), int(row_id)


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"hubspot feed " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
