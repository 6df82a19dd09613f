"""Approved time and withdrawn approvals, each once, none left out, although the vendor repeats and disorders.

What is approved stands in the list of entries. What is approved no more, or is gone, is told by events alone, which
the vendor keeps for nine days and shows in any order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import Struct

from contracts.canonical.timesheets import TimeChanges, TimeEntry
from contracts.problem import FieldError, Kind, Problem, Retry
from kit.clock import Clock
from system_apis.kantata import tracks, wire, worked
from system_apis.kantata.billed import Billed
from system_apis.kantata.client import PAGES_AT_MOST, Kantata
from system_apis.kantata.places import Loaded, Places
from system_apis.kantata.tracks import Cursor, Key, Track

HORIZON: Final = dt.timedelta(days=9)
INCLUDED: Final = "role,active_submission,invoice"
_MOST_CHANGES: Final = 2000
_DAY: Final = 86_400_000
_SECOND: Final = 1000  # the filters are asked for a second more than is wanted: how finely they compare is not told
_TRIES: Final = 3


class _MovedError(Exception):
    """The list changed between two looks at it."""


class _Told(Struct, frozen=True):
    """What one stream gives: entries to tell, with their versions, all that was met, and whether that is all."""

    rows: list[tuple[wire.TimeEntry, int]]
    met: list[Key]
    whole: bool


class TimeFeed:
    """The feed of time of one account."""

    def __init__(self, kantata: Kantata, places: Places, billed: Billed, *, clock: Clock, overlap_s: float) -> None:
        self._kantata = kantata
        self._places = places
        self._billed = billed
        self._clock = clock
        self._overlap_ms = int(overlap_s * 1000)

    async def changes(self, text: str, limit: int) -> TimeChanges:
        """A page of the feed.

        Raises:
            Problem: `invalid` when the cursor is not ours, or older than what the vendor keeps.

        """
        if not 0 < limit <= _MOST_CHANGES:
            fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST_CHANGES}")
            raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
        cursor = tracks.decoded(text)
        if cursor is not None:
            self._check_age(cursor)
        here, loaded = cursor or Cursor(), Loaded()
        gone = await self._withdrawn(here.withdrawn, limit, loaded)
        left = limit - len(gone.rows)
        came = await self._approved(here, left, loaded) if left else _Told([], [], whole=False)
        withdrawn = here.withdrawn.advanced(gone.met, overlap_ms=self._overlap_ms)
        approved = here.approved.advanced(came.met, overlap_ms=self._overlap_ms)
        after = Cursor(
            approved,
            self._rested(withdrawn) if gone.whole else withdrawn,
            approved.head[0] if came.whole else here.whole_ms,
        )
        entries = await self._entries([*gone.rows, *came.rows], loaded)
        return TimeChanges(entries=entries, cursor=tracks.encoded(after))

    def _check_age(self, cursor: Cursor) -> None:
        if cursor.withdrawn.head[0] < self._now_ms() - HORIZON // dt.timedelta(milliseconds=1):
            raise Problem(
                Kind.INVALID,
                "cursor_expired",
                "the vendor no longer keeps all that was withdrawn since this cursor",
                hint="start with an empty cursor, and compare what stands approved with what was taken over",
                errors=(FieldError(pointer="cursor", code="cursor_expired", detail="older than nine days"),),
            )

    def _rested(self, track: Track) -> Track:
        """The track where all events were read, brought to yesterday: quiet days must not let a cursor expire."""
        now = self._now_ms()
        idle = track.head[0] < now - 2 * _DAY
        return track.lifted(now - _DAY, overlap_ms=self._overlap_ms) if idle else track

    def _now_ms(self) -> int:
        return tracks.milliseconds(self._clock.now())

    async def _approved(self, here: Cursor, limit: int, loaded: Loaded) -> _Told:
        """Entries that stand approved and were not met as they stand; what changed by our own mark alone is passed."""
        for _ in range(_TRIES):
            try:
                return await self._read(here, limit, loaded)
            except _MovedError:
                continue
        detail = "the list of time changes faster than it can be read"
        raise Problem(Kind.UNAVAILABLE, "kantata.feed_moving", detail, retry=Retry.LATER)

    async def _read(self, here: Cursor, limit: int, loaded: Loaded) -> _Told:
        rows: list[wire.TimeEntry] = []
        passed: list[Key] = []
        whole = True
        async for batch in self._listed(here.approved, loaded):
            fresh = [row for row in batch if here.approved.wants(worked.key_of(row))]
            marked = await self._billed.only_marked(fresh, whole_ms=here.whole_ms)
            rows += [row for row in fresh if row.id not in marked]
            passed += [worked.key_of(row) for row in fresh if row.id in marked]
            if len(rows) > limit and worked.key_of(batch[-1])[0] > worked.key_of(rows[limit - 1])[0]:
                whole = False  # everything of the last moment told was read, so ids decide among equals
                break
        rows.sort(key=worked.key_of)
        whole = whole and len(rows) <= limit
        told = [(row, worked.key_of(row)[0]) for row in rows[:limit]]
        met = [worked.key_of(row) for row, _ in told]
        return _Told(told, met + [key for key in passed if whole or key < met[-1]], whole)

    async def _listed(self, track: Track, loaded: Loaded) -> AsyncIterator[list[wire.TimeEntry]]:
        """Approved entries from the track on, the oldest change first.

        Each window begins with the last entry of the one before, so that none slips between two of them.

        Raises:
            _MovedError: it does not, because an entry changed and went to the end meanwhile.

        """
        batch = loaded.take(await self._window(track, 0))
        place = 0
        for _ in range(PAGES_AT_MOST):
            if not batch:
                return
            yield batch
            place, last = place + len(batch), batch[-1]
            window = loaded.take(await self._window(track, place - 1))
            if not window or (window[0].id, window[0].updated_at) != (last.id, last.updated_at):
                raise _MovedError
            batch = window[1:]

    async def _window(self, track: Track, offset: int) -> wire.Answer:
        since = {"updated_after": tracks.stated(track.floor[0] - _SECOND)} if track.floor[0] else {}
        return await self._kantata.window(
            "time_entries",
            offset=offset,
            order="updated_at:asc",
            approved="true",
            from_archived_workspaces="true",
            include=INCLUDED,
            **since,
        )

    async def _withdrawn(self, track: Track, limit: int, loaded: Loaded) -> _Told:
        """Entries that were approved and are not any more; what stands approved again is told as that."""
        withdrawals = [event for event in await self._events(track) if worked.withdraws(event)]
        events = {worked.withdrawal_key(event): event for event in withdrawals}
        keys = sorted(key for key in events if track.wants(key))
        latest = {events[key].subject_id: key for key in keys}
        standing: dict[str, wire.TimeEntry] = {}
        filters = {"include": INCLUDED, "from_archived_workspaces": "true"}
        async for answer in self._kantata.every("time_entries", latest, **filters):
            standing |= {row.id: row for row in loaded.take(answer)}
        rows = [(key, standing.get(row_id) or worked.last_known(events[key])) for row_id, key in latest.items()]
        gone = sorted(((key, row) for key, row in rows if not row.approved), key=lambda pair: pair[0])
        told = [(row, max(worked.key_of(row)[0], key[0])) for key, row in gone[:limit]]
        if len(gone) <= limit:
            return _Told(told, keys, whole=True)
        return _Told(told, [key for key in keys if key <= gone[limit - 1][0]], whole=False)

    async def _events(self, track: Track) -> list[wire.SubscribedEvent]:
        since = {"subject_changed_after": tracks.stated(track.floor[0] - _SECOND)} if track.floor[0] else {}
        return await self._kantata.rows(
            "subscribed_events",
            wire.SubscribedEvent,
            event_types="time_entry:updated,time_entry:deleted",
            optional_fields="previous_payload,current_payload",
            **since,
        )

    async def _entries(self, rows: Sequence[tuple[wire.TimeEntry, int]], loaded: Loaded) -> list[TimeEntry]:
        places = await self._places.of([row for row, _ in rows], loaded)
        return [worked.entry(row, places[row.id], version=version) for row, version in rows]
