"""Answers the HR role from a Workday tenant: ask, then map; remembers nothing between calls and writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from contracts.canonical.capability import Capabilities
from contracts.canonical.reference import Reference
from contracts.canonical.trade.capacity import availability
from contracts.canonical.workforce import (
    Absence,
    Absences,
    Assignment,
    Availabilities,
    CostRate,
    CostRates,
    EmploymentStatus,
    Worker,
    WorkerChanges,
)
from contracts.problem import FieldError, Kind, Problem
from kit.room import lacking
from system_apis.workday.changes import People, WorkerFeed
from system_apis.workday.client import WorkdayClient
from system_apis.workday.config import Config
from system_apis.workday.log import TransactionLog
from system_apis.workday.mapping import Reader, ending
from system_apis.workday.moments import VendorTime, ahead
from system_apis.workday.pages import after, marked

T = TypeVar("T")

_MOST: Final = 2000
_MOST_DAYS: Final = 732


class WorkdayHr:
    """The HR role over one connection."""

    def __init__(
        self,
        client: WorkdayClient,
        log: TransactionLog,
        *,
        config: Config,
        capabilities: Capabilities,
        time: VendorTime,
    ) -> None:
        self._client = client
        self._config = config
        self._capabilities = capabilities
        self._time = time
        self._reader = Reader(config)
        self._people = People(client, config=config, reader=self._reader)
        self._feed = WorkerFeed(client, log, self._people, config=config, time=time)

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def worker(self, *, worker_id: str, on: dt.date | None = None) -> Worker:
        """One worker; staffing tells somebody who is not there from somebody whom the report does not show us."""
        wid = (await self._client.by_number(worker_id)).wid
        day = on or self._time.today()
        horizon = ahead(max(day, self._time.today()), days=self._config.horizon_days)
        found = await self._people.of([wid], on=day, horizon=horizon)
        if wid in found:
            return found[wid]
        hint = "add the worker to the report, or the report's domain to the user's security group"
        raise Problem(Kind.FORBIDDEN, "worker_hidden", "the report does not show this worker", hint=hint)

    async def worker_changes(self, *, cursor: str = "", limit: int = 200) -> WorkerChanges:
        """Whom the transaction log names since the cursor."""
        _check_limit(limit)
        return await self._feed.changes(cursor, limit)

    async def absences(
        self, *, starts_on: dt.date, ends_on: dt.date, worker_id: str = "", cursor: str = "", limit: int = 200
    ) -> Absences:
        """Absences that touch the days."""
        _check_days(starts_on, ends_on)
        away = await self._absences(starts_on, ends_on, await self._wids(worker_id))
        found = [each for each in away if worker_id in {"", each.worker_id}]
        told, there = _page(found, _absence_key, cursor=cursor, limit=limit)
        return Absences(absences=told, cursor=there)

    async def availability(
        self, *, starts_on: dt.date, ends_on: dt.date, worker_id: str = "", cursor: str = "", limit: int = 200
    ) -> Availabilities:
        """What contracted hours and absences leave: hours as of the first day, an end as it is known on the last."""
        _check_days(starts_on, ends_on)
        wids = await self._wids(worker_id)
        first = await self._people.of(wids, on=starts_on)
        last = await self._people.of(wids, on=ends_on)
        joined = [ending(first[wid], later) if wid in first else later for wid, later in last.items()]
        there = [worker for worker in joined if worker.employment.status is not EmploymentStatus.ENDED]
        told, onward = _page(there, lambda each: (each.worker_id,), cursor=cursor, limit=limit)
        away = await self._absences(starts_on, ends_on, wids) if told else []
        weeks = [week for worker in told for week in availability(worker, away, starts_on=starts_on, ends_on=ends_on)]
        return Availabilities(weeks=weeks, cursor=onward)

    async def cost_rates(self, *, worker_id: str = "", cursor: str = "", limit: int = 200) -> CostRates:
        """Dated cost rates, from the tenant's own report."""
        wids = await self._wids(worker_id)
        rows = await self._client.report(self._config.rate_report, wids=wids)
        found = [rate for row in rows for rate in self._reader.rates(row) if worker_id in {"", rate.worker_id}]
        told, there = _page(found, _rate_key, cursor=cursor, limit=limit)
        return CostRates(rates=told, cursor=there)

    async def publish_assignment(self, *, assignment_id: str, body: Assignment) -> Reference:
        """The vendor's staffing service knows job changes and no projects."""
        del assignment_id, body
        raise lacking("publish_assignment")

    async def withdraw_assignment(self, *, assignment_id: str) -> None:
        """The vendor's staffing service knows job changes and no projects."""
        del assignment_id
        raise lacking("withdraw_assignment")

    async def _wids(self, worker_id: str) -> list[str] | None:
        return [(await self._client.by_number(worker_id)).wid] if worker_id else None

    async def _absences(self, starts_on: dt.date, ends_on: dt.date, wids: Sequence[str] | None) -> list[Absence]:
        names = self._config.prompts
        prompts = {names.starts_on: starts_on.isoformat(), names.ends_on: ends_on.isoformat()}
        rows = await self._client.report(self._config.absence_report, wids=wids, prompts=prompts)
        read = (self._reader.absence(row) for row in rows)
        return [each for each in read if each and each.starts_on <= ends_on and each.ends_on >= starts_on]


def _absence_key(absence: Absence) -> tuple[str, ...]:
    return absence.worker_id, absence.starts_on.isoformat(), absence.absence_id


def _rate_key(rate: CostRate) -> tuple[str, ...]:
    return rate.worker_id, rate.effective_from.isoformat()


def _page(found: Sequence[T], key: Callable[[T], tuple[str, ...]], *, cursor: str, limit: int) -> tuple[list[T], str]:
    """The next rows beyond the cursor in the order of their keys, and where to go on; empty at the end."""
    _check_limit(limit)
    here = after(cursor)
    beyond = sorted((each for each in found if key(each) > here), key=key)
    told = beyond[:limit]
    return told, marked(key(told[-1])) if len(beyond) > limit else ""


def _check_limit(limit: int) -> None:
    if not 0 < limit <= _MOST:
        fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST}")
        raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))


def _check_days(starts_on: dt.date, ends_on: dt.date) -> None:
    if not 0 <= (ends_on - starts_on).days < _MOST_DAYS:
        fault = FieldError(pointer="ends_on", code="out_of_range", detail=f"0 to {_MOST_DAYS - 1} days after starts_on")
        raise Problem(Kind.INVALID, "days_invalid", "the last day is before the first, or too far", errors=(fault,))
