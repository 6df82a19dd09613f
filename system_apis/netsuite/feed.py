"""Where a reader of the documents' feed stands: a floor below which all was read, and what was met above it.

NetSuite stamps whole seconds and a change may become readable after a later one, so the last seconds are read again and
what was met there is left out. Stamps stay as the account tells them; nothing is turned from one time zone to another.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from contracts.problem import FieldError, Kind, Problem

STAMP: Final = "%Y-%m-%d %H:%M:%S"
OVERLAP: Final = dt.timedelta(seconds=30)
_MOST_MET: Final = 40
_CHECK: Final = 8


class Met(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """One document in the state in which it was read."""

    stamp: dt.datetime
    id: int
    state: str


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All was read up to `floor_id` in the second `floor`, and above it what is in `met`."""

    floor: dt.datetime
    floor_id: int
    met: list[Met] = []


def met(row: Mapping[str, str]) -> Met:
    """A row as it was met: stamp, id, and a short word for all that may change of it."""
    told = "|".join(row.get(name, "") for name in ("posting", "voided", "gross", "unpaid", "unused"))
    state = base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:6]).decode()
    return Met(stamp=_stamp(row["modified"]), id=int(row["id"]), state=state)


def advanced(cursor: Cursor | None, read: Sequence[Met]) -> Cursor | None:
    """The cursor after some more rows: the floor rises as close to the newest row as it safely may."""
    if not read:
        return cursor
    everything = {(one.stamp, one.id): one for one in (*(cursor.met if cursor else ()), *read)}
    rows = [everything[place] for place in sorted(everything)]
    settled = rows[-1].stamp - OVERLAP
    cut = sum(one.stamp <= settled for one in rows)
    cut = max(cut, len(rows) - _MOST_MET)
    if cut:
        return Cursor(floor=rows[cut - 1].stamp, floor_id=rows[cut - 1].id, met=rows[cut:])
    floor = cursor if cursor is not None else Cursor(floor=settled, floor_id=0)
    return Cursor(floor=floor.floor, floor_id=floor.floor_id, met=rows)


def encoded(cursor: Cursor | None) -> str:
    """The cursor as text that means nothing to anybody else; empty before the first row."""
    if cursor is None:
        return ""
    content = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def decoded(text: str) -> Cursor | None:
    """The cursor in a text; None for an empty one.

    Raises:
        Problem: `invalid`, when the text is not one that we handed out.

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


def _stamp(told: str) -> dt.datetime:
    try:
        return dt.datetime.strptime(told, STAMP)  # noqa: DTZ007 - the account's own time, which we only hand back
    except ValueError:
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", f"'{told}' is no moment of NetSuite") from None


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"netsuite documents " + content).digest()[:_CHECK]


def _invalid() -> Problem:
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))
