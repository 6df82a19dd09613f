"""The first page: the reader's engagements with their light, what waits for the reader and what for the firm."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.process.change_requests import ChangeRequestPage
from contracts.process.client_billing import DisputePage, Payments
from experience_apis.portals.pages import waits
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Route, Visit

_ROWS: Final = 10
_LATEST: Final = 50


class HomePages:
    """The list of engagements."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/", self.home)]

    async def home(self, visit: Visit) -> Response[Any]:
        """Engagements, newest change first, with what has to be done."""
        may = rights(visit.caller)
        page = await self._service.engagements(cursor=visit.query.get("cursor", ""), limit=_ROWS)
        ids = [each.project_id for each in page.items]
        lights, milestones, payments, disputes, changes = await asyncio.gather(
            asyncio.gather(*(self._service.health(project_id=each) for each in ids)),
            asyncio.gather(*(self._service.milestones(project_id=each) for each in ids)),
            self._payments(ids if "payments" in may else []),
            self._disputes(may),
            self._changes(may),
        )
        mine = waits.decisions(milestones, today=visit.now.date()) if "accept" in may else []
        mine += waits.bills(payments) if "dispute" in may else []
        return visit.page(
            "home.html",
            page=page,
            lights={each.project_id: each for each in lights},
            balances={each.project_id: each for each in payments},
            sees_money="payments" in may,
            mine=mine,
            theirs=waits.answers(disputes.items, changes.items, milestones),
        )

    async def _payments(self, ids: list[str]) -> list[Payments]:
        return list(await asyncio.gather(*(self._service.payments(project_id=each) for each in ids)))

    async def _disputes(self, may: frozenset[str]) -> DisputePage:
        return await self._service.disputes(limit=_LATEST) if "disputes" in may else DisputePage(items=[])

    async def _changes(self, may: frozenset[str]) -> ChangeRequestPage:
        return await self._service.changes(limit=_LATEST) if "changes" in may else ChangeRequestPage(items=[])
