"""Documents of ours in the order in which they changed last; the cursor is a time of Tryton's clock and an id."""

from __future__ import annotations

import datetime as dt
from typing import Any

from contracts.canonical.posting import BookedChanges
from kit.clock import Clock
from system_apis.tryton import booking, mapping, wire
from system_apis.tryton.client import Tryton
from system_apis.tryton.keyed import INVOICE, Keyed
from system_apis.tryton.wire import Moment

_ORDER = (("last_modified_at", "ASC"), ("id", "ASC"))


class Feed:
    """Polls. While the last change is fresh the cursor stays a little behind it: others may commit late."""

    def __init__(self, client: Tryton, *, keyed: Keyed, clock: Clock, overlap_s: float) -> None:
        self._client = client
        self._keyed = keyed
        self._clock = clock
        self._overlap = dt.timedelta(seconds=overlap_s)

    async def page(self, *, cursor: str, limit: int) -> BookedChanges:
        """Documents changed since the cursor, at most `limit`; the last ones may be told again."""
        domain: list[Any] = [*self._keyed.ours(INVOICE), ["reference", "!=", None]]
        if cursor:
            domain.append(_after(*_read(cursor)))
        rows = await self._client.find(wire.Invoice, *domain, order=_ORDER, limit=limit)
        if not rows:
            return BookedChanges(documents=[], cursor=cursor)
        last = rows[-1]
        changed = last.last_modified_at.time
        told = _written(changed, last.id)
        if len(rows) < limit and changed > self._clock.now() - self._overlap:
            told = max(cursor, _written(changed - self._overlap, 0))
        return BookedChanges(documents=[booking.booked(row) for row in rows], cursor=told)


def _after(time: dt.datetime, number: int) -> list[Any]:
    """Later, or at the same time with a greater id."""
    moment = Moment.of(time)
    return ["OR", ["last_modified_at", ">", moment], [["last_modified_at", "=", moment], ["id", ">", number]]]


def _written(time: dt.datetime, number: int) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S.%f}|{number:020d}"


def _read(cursor: str) -> tuple[dt.datetime, int]:
    time, _, number = cursor.partition("|")
    try:
        return dt.datetime.fromisoformat(time).replace(tzinfo=dt.UTC), int(number)
    except ValueError:
        raise mapping.refused("cursor_unreadable", "cursor", "the cursor is none of ours") from None
