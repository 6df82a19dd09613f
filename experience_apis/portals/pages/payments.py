"""Payments: what was invoiced, paid and is open, engagement by engagement, by the books of the firm."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.canonical.money import total
from experience_apis.portals.service import PortalsService
from kit.web import Route, Visit

_ROWS: Final = 10


class PaymentPages:
    """The balance."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/payments", self.shown)]

    async def shown(self, visit: Visit) -> Response[Any]:
        """Every document of the engagements of this page and how it is settled, with totals by currency."""
        page = await self._service.engagements(cursor=visit.query.get("cursor", ""), limit=_ROWS)
        found = await asyncio.gather(*(self._service.payments(project_id=each.project_id) for each in page.items))
        return visit.page(
            "payments.html",
            page=page,
            accounts=[(card, payments) for card, payments in zip(page.items, found, strict=True) if payments.items],
            open_=total(each.open for each in found if each.open is not None),
            overdue=total(each.overdue for each in found if each.overdue is not None and each.overdue.amount),
            paid=total(each.paid for each in found if each.paid is not None),
            whole=not page.next_cursor and not visit.query.get("cursor"),
        )
