"""Where a reader of the feed of workers stands: a floor below which all was told, and an open window above it.

A window is everything from the floor to one entry moment of the tenant's own time, cut into pages as of that moment.
A transaction may become readable some time after its own moment, by the overlap at most. What lies further back is
settled: told once, and the floor rises to there. What is younger is read again until it settles; the cursor remembers
what of it was told, and a crowd that it cannot remember waits until it is settled.
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

_MOST_MET: Final = 200
_CHECK: Final = 8
_MARK: Final = 6


class Window(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """What is being read: as of which moment, which page of how many rows, how many rows in all, and what was met."""

    moment: dt.datetime
    count: int
    page: int = 1
    total: int = -1
    kept: list[str] = []


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """All up to `floor` was told, nothing yet if it is None; above it what has a mark in `met`."""

    floor: dt.datetime | None = None
    met: list[str] = []
    window: Window | None = None


def version(worker: LoggedWorker, *, moment: dt.datetime) -> int:
    """Milliseconds of the last transaction; of the moment of reading where the log does not tell."""
    return int((worker.entered_at or moment).timestamp() * 1000)


def mark(worker: LoggedWorker) -> str:
    """A worker in one version, in few letters."""
    digest = hashlib.sha256(f"{worker.wid} {worker.entered_at}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:_MARK]).decode()


def sifted(
    here: Cursor, window: Window, read: Sequence[LoggedWorker], *, overlap: dt.timedelta
) -> tuple[list[LoggedWorker], list[str]]:
    """Who of a page is to be told, and the marks of all young ones that have been told so far."""
    settled = window.moment - overlap
    told, before, kept = list[LoggedWorker](), set(here.met), dict.fromkeys(window.kept)
    for worker in read:
        if worker.entered_at is None:
            told.append(worker)
            continue
        if here.floor is not None and worker.entered_at <= here.floor:
            continue
        young, its = worker.entered_at > settled, mark(worker)
        known = its in before or its in kept
        if not known and young and len(before | kept.keys()) >= _MOST_MET:
            continue
        if not known:
            told.append(worker)
        if young:
            kept[its] = None
    return told, list(kept)


def turned(here: Cursor, window: Window, kept: list[str], *, pages: int, total: int, overlap: dt.timedelta) -> Cursor:
    """The cursor after a page of its window; after the last one the window is closed and the floor rises."""
    if window.page < pages:
        on = Window(moment=window.moment, count=window.count, page=window.page + 1, total=total, kept=kept)
        return Cursor(floor=here.floor, met=here.met, window=on)
    settled = window.moment - overlap
    return Cursor(floor=settled if here.floor is None else max(settled, here.floor), met=kept)


def restarted(here: Cursor) -> Cursor:
    """The cursor before its open window; what was told of it and is young stays remembered."""
    kept = here.window.kept if here.window else []
    return Cursor(floor=here.floor, met=list(dict.fromkeys((*here.met, *kept))))


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
