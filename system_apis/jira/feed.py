"""Where a reader of the change feed stands: what is settled, what was told beyond it, and a check against tampering.

Search lags behind writes, so a change may turn up before one that is younger. Up to a moment that lies further back
than any lag the feed is settled; what is younger is read again and again until it settles, and the cursor remembers
what of it was told.
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

_ENTRY: Final = re.compile(r"[0-9]{1,19}@[0-9]{1,16}")
_MOST_TOLD: Final = 150
_CHECK: Final = 8

Place = tuple[int, int]


class Seen(Struct, frozen=True, kw_only=True):
    """One change as the index tells it; the stamp is in milliseconds."""

    id: str
    stamp: int

    @property
    def entry(self) -> str:
        """The issue and the moment in which it was seen."""
        return f"{self.id}@{self.stamp}"

    @property
    def place(self) -> Place:
        """Where it stands in the order of the feed."""
        return self.stamp, int(self.id)


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """Everything up to the issue `after` at the moment `since` is settled; beyond it, `told` was told."""

    since: int = 0
    after: int = 0
    told: list[str] = []

    @property
    def place(self) -> Place:
        """Up to where the feed is settled."""
        return self.since, self.after


def taken(here: Cursor, read: Sequence[Seen], *, limit: int, settled: int, whole: bool) -> tuple[list[Seen], Cursor]:
    """What is new among changes read in order from the cursor on, and where the reader then stands.

    Up to the moment `settled` nothing can turn up any more. Younger changes are told as long as the cursor can
    remember them; a crowd beyond that waits until it is settled. `whole` says that there are no more.
    """
    place = here.place
    new: list[Seen] = []
    told = dict.fromkeys(here.told)
    through = True
    for change in read:
        young = change.stamp > settled
        if change.entry not in told:
            if len(new) >= limit or (young and len(told) >= _MOST_TOLD):
                through = False
                break
            new.append(change)
            if young:
                told[change.entry] = None
        if not young:
            place = change.place
    if whole and through:  # an entry that is settled and was not met again is of an issue that has changed since
        told = {entry: None for entry in told if _place(entry)[0] > settled}
    kept = [entry for entry in told if _place(entry) > place]
    return new, Cursor(since=place[0], after=place[1], told=kept)


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
        raise invalid() from None
    if min(cursor.place) < 0 or whole[:_CHECK] != _check(content) or not all(map(_ENTRY.fullmatch, cursor.told)):
        raise invalid()
    return cursor


def invalid() -> Problem:
    """What is said of a cursor that is none of ours, or of the vendor's no more."""
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this list")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out here, or has ended", errors=(fault,))


def _place(entry: str) -> Place:
    issue_id, _, stamp = entry.partition("@")
    return int(stamp), int(issue_id)


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"jira feed " + content).digest()[:_CHECK]
