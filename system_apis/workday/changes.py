"""Workers who changed, each whole: the log says who, a report says what, and staffing whether one is only hidden."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from contracts.canonical.workforce import Standing, Worker, WorkerChange, WorkerChanges
from contracts.problem import Kind, Problem, Retry
from system_apis.workday import feed
from system_apis.workday.client import WorkdayClient
from system_apis.workday.config import Config
from system_apis.workday.feed import Cursor, Window
from system_apis.workday.log import TransactionLog
from system_apis.workday.mapping import Reader
from system_apis.workday.moments import VendorTime, ahead
from system_apis.workday.wire import LoggedWorker, LogPage

_MOST_ROWS: Final = 999
_MOST_PAGES: Final = 50
_TRIES: Final = 3
_FRESH: Final = dt.timedelta(seconds=3)
_CUT: Final = dt.timedelta(seconds=4)
_NOTHING: Final = dt.timedelta()


class People:
    """Workers of the report, those who come later among them."""

    def __init__(self, client: WorkdayClient, *, config: Config, reader: Reader) -> None:
        self._client = client
        self._config = config
        self._reader = reader

    async def of(self, wids: Sequence[str] | None, *, on: dt.date, horizon: dt.date | None = None) -> dict[str, Worker]:
        """Workers by the vendor's id as of a day, of all where no ids are given.

        With a horizon those who are not there yet are read as they will be by then, and judged by the day.
        """
        found = await self._read(wids, on=on, effective=on)
        missing = None if wids is None else [wid for wid in wids if wid not in found]
        if horizon is not None and (missing is None or missing):
            found = await self._read(missing, on=on, effective=horizon) | found
        return found

    async def _read(self, wids: Sequence[str] | None, *, on: dt.date, effective: dt.date) -> dict[str, Worker]:
        prompts = {self._config.prompts.effective_on: effective.isoformat()}
        rows = await self._client.report(self._config.worker_report, wids=wids, prompts=prompts)
        wanted = None if wids is None else set(wids)
        read = ((self._reader.wid(row), row) for row in rows)
        return {wid: self._reader.worker(row, on=on) for wid, row in read if wanted is None or wid in wanted}


class WorkerFeed:
    """The feed of workers of one tenant."""

    def __init__(
        self, client: WorkdayClient, log: TransactionLog, people: People, *, config: Config, time: VendorTime
    ) -> None:
        self._client = client
        self._log = log
        self._people = people
        self._config = config
        self._time = time
        self._overlap = dt.timedelta(seconds=config.feed_overlap_s)

    async def changes(self, text: str, limit: int) -> WorkerChanges:
        """A page of the feed. A window that moves under the reader is begun anew, so that nobody is left out.

        Raises:
            Problem: invalid, for a cursor that is not ours; unavailable, when the window does not come to rest.

        """
        here, moved = feed.decoded(text), 0
        for _ in range(_MOST_PAGES):
            window, page = await self._read(here, limit)
            if window.total not in {-1, page.total}:
                moved += 1
                if moved >= _TRIES:
                    break
                here = feed.restarted(here)
                continue
            fresh, kept = feed.sifted(here, window, page.workers, overlap=self._overlap)
            here = feed.turned(here, window, kept, pages=page.pages, total=page.total, overlap=self._overlap)
            if fresh or here.window is None:
                told = await self._told(fresh, moment=window.moment)
                return WorkerChanges(changes=told, cursor=feed.encoded(here))
        detail = "the list of workers changes faster than it can be read"
        raise Problem(Kind.UNAVAILABLE, "vendor_feed_moving", detail, retry=Retry.LATER)

    async def _read(self, here: Cursor, limit: int) -> tuple[Window, LogPage]:
        """The next page of the open window, or the first of a new one.

        A moment that the tenant has not reached fixes nothing, and one it has only just reached may not either while
        there are more pages: such a window is opened again as of a moment that has passed.
        """
        window = here.window or Window(moment=self._time.now(), count=min(limit, _MOST_ROWS))
        page = await self._page(here, window)
        age = self._time.now() - window.moment
        if here.window is None and (age < _NOTHING or (page.pages > 1 and age < _FRESH)):
            back = _CUT if page.pages > 1 else _NOTHING
            window = Window(moment=self._time.now() - back, count=window.count)
            page = await self._page(here, window)
        return window, page

    async def _page(self, here: Cursor, window: Window) -> LogPage:
        page = await self._log.page(
            since=here.floor, moment=window.moment, on=self._horizon(), page=window.page, count=window.count
        )
        if here.floor is not None and any(worker.entered_at is None for worker in page.workers):
            raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "the log tells no entry moments")
        return page

    async def _told(self, fresh: Sequence[LoggedWorker], *, moment: dt.datetime) -> list[WorkerChange]:
        found = (
            await self._people.of([worker.wid for worker in fresh], on=self._time.today(), horizon=self._horizon())
            if fresh
            else {}
        )
        return [await self._change(each, found.get(each.wid), moment=moment) for each in fresh]

    async def _change(self, logged: LoggedWorker, worker: Worker | None, *, moment: dt.datetime) -> WorkerChange:
        standing = Standing.TOLD
        if worker is None:
            standing = Standing.HIDDEN if await self._client.exists(logged.wid) else Standing.GONE
        return WorkerChange(
            worker_id=logged.worker_id,
            external_id=logged.wid,
            version=feed.version(logged, moment=moment),
            standing=standing,
            worker=worker,
        )

    def _horizon(self) -> dt.date:
        return ahead(self._time.today(), days=self._config.horizon_days)
