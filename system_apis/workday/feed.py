"""Where a reader of the feed of workers stands: a floor below which all was told, and an open window above it.

A window is everything from the floor to one entry moment, cut into pages as of that moment. The floor rises by the
tenant's own stamps alone, and stays behind the newest by the overlap, because a transaction may become readable after
its entry moment; what was told above the floor is remembered and not told again.
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
from system_apis.workday.wire import LoggedWorker

_MOST_MET: Final = 400
_CHECK: Final = 8
_MARK: Final = 6


class Window(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """What is being read: as of which moment, which page of how many rows, and how many rows in all."""

    moment: dt.datetime
    count: int
    page: int = 1
    total: int = -1
    newest: dt.datetime | None = None


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All up to `floor` was told, everything if it is None; above it what has a mark in `met`."""

    floor: dt.datetime | None = None
    met: list[str] = []
    window: Window | None = None


def version(worker: LoggedWorker, *, moment: dt.datetime) -> int:
    """Milliseconds of the last transaction; of the moment of reading where the log does not tell."""
    return int((worker.entered_at or moment).timestamp() * 1000)


def mark(worker: LoggedWorker) -> str:
    """A worker in one version, in few letters."""
    stamp = worker.entered_at.isoformat() if worker.entered_at else ""
    digest = hashlib.sha256(f"{worker.wid} {stamp}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:_MARK]).decode()


def turned(
    here: Cursor, window: Window, read: Sequence[LoggedWorker], *, pages: int, total: int, overlap: dt.timedelta
) -> Cursor:
    """The cursor after a page of its window; after the last one the window is closed and the floor rises."""
    stamps = [worker.entered_at for worker in read if worker.entered_at is not None]
    newest = max([*stamps, *([window.newest] if window.newest else [])], default=None)
    above = here.floor if newest is None else newest - overlap
    fresh = [mark(each) for each in read if each.entered_at and (above is None or each.entered_at > above)]
    met = list(dict.fromkeys((*here.met, *fresh)))[-_MOST_MET:]
    if window.page < pages:
        on = Window(moment=window.moment, count=window.count, page=window.page + 1, total=total, newest=newest)
        return Cursor(floor=here.floor, met=met, window=on)
    if newest is None:  # nobody is there, or the log tells no moments: the tenant's own moment has to do
        return Cursor(floor=here.floor or window.moment - overlap, met=met)
    floor = newest - overlap
    return Cursor(floor=floor if here.floor is None else max(floor, here.floor), met=met)


def encoded(cursor: Cursor) -> str:
    """The cursor as text that means nothing to anybody else."""
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
        raise refused_cursor() from None
    if whole[:_CHECK] != _check(content):
        raise refused_cursor()
    return cursor


def refused_cursor() -> Problem:
    """The answer to a cursor that nobody handed out."""
    fault = FieldError(pointer="cursor", code="cursor_invalid", detail="not a cursor of this feed")
    return Problem(Kind.INVALID, "cursor_invalid", "the cursor was not handed out by this feed", errors=(fault,))


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"workday workers " + content).digest()[:_CHECK]
