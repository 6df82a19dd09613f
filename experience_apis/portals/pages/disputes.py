"""Disputes: the list, and one with what was said to it; it is raised on the page of its invoice."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from contracts.process.client_billing import DisputeState
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Route, Visit

_ROWS: Final = 50


class DisputePages:
    """The list and the dispute."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/disputes", self.list),
            Route("GET", "/disputes/{dispute_id}", self.shown),
            Route("POST", "/disputes/{dispute_id}/withdrawal", self.withdrawn),
        ]

    async def list(self, visit: Visit) -> Response[Any]:
        """Disputes, the newest first."""
        page = await self._service.disputes(cursor=visit.query.get("cursor", ""), limit=_ROWS)
        return visit.page("disputes.html", page=page)

    async def shown(self, visit: Visit) -> Response[Any]:
        """One dispute with its answer."""
        found = await self._service.one_dispute(dispute_id=visit.path["dispute_id"])
        withdraws = "withdraw_dispute" in rights(visit.caller) and found.state is DisputeState.OPEN
        return visit.page("dispute.html", dispute=found, withdraws=withdraws)

    async def withdrawn(self, visit: Visit) -> Response[Any]:
        """Let it go."""
        form = await visit.form()
        dispute_id = visit.path["dispute_id"]
        await self._service.withdraw_dispute(dispute_id=dispute_id, idempotency_key=form.key)
        return visit.see(f"/disputes/{dispute_id}", told="dispute_withdrawn")
