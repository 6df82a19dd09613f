"""Reads weekly timecards and what the org remembers of them, deleted ones as long as the bin keeps them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from kit.force.soql import bound, select
from system_apis.certinia.position import Position
from system_apis.certinia.rows import MOST_IDS, Org, among
from system_apis.certinia.wire import Change, Timecard

TIMECARD: Final = "pse__Timecard_Header__c"
_HISTORY: Final = "pse__Timecard_Header__History"


class Timecards:
    """The timecards of one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    async def since(self, here: Position | None, *, until: dt.datetime | None, limit: int) -> list[Timecard]:
        """Timecards in the order of their last change, from a position on; deleted ones are among them."""
        conditions: list[str] = []
        if here is not None and here.after:
            later = "(SystemModstamp > {since} OR (SystemModstamp = {since} AND Id > {after}))"
            conditions.append(bound(later, since=here.since, after=here.after))
        elif here is not None:
            conditions.append(bound("SystemModstamp >= {since}", since=here.since))
        if until is not None:
            conditions.append(bound("SystemModstamp <= {until}", until=until))
        where = " AND ".join(conditions)
        text = select(Timecard, TIMECARD, where=where, order="SystemModstamp, Id", limit=limit)
        return await self._org.client.query_all(text, Timecard)

    async def named(self, ids: Sequence[str]) -> list[Timecard]:
        """Timecards by id; those in the bin are left out."""
        found: list[Timecard] = []
        for start in range(0, len(ids), MOST_IDS):
            some = among("Id", ids[start : start + MOST_IDS])
            found += await self._org.client.query(select(Timecard, TIMECARD, where=some), Timecard)
        return found

    async def changes(self, ids: Sequence[str]) -> dict[str, list[Change]]:
        """What the org remembers of timecards, the oldest first, by timecard."""
        found: dict[str, list[Change]] = {one: [] for one in ids}
        for start in range(0, len(ids), MOST_IDS):
            some = among("ParentId", ids[start : start + MOST_IDS])
            text = select(Change, _HISTORY, where=some, order="CreatedDate, Id")
            for change in await self._org.client.query_all(text, Change):
                found[change.timecard_id].append(change)
        return found
