"""One engagement: how it stands, its milestones, what was consumed, who works on it and what is to be changed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.experience.portals import BillingOverview
from experience_apis.portals.pages.bars import cap_bars, line_bars
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Form, Route, Visit

_LATEST: Final = 50


class EngagementPages:
    """The page of an engagement."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/engagements/{project_id}", self.shown)]

    async def shown(self, visit: Visit) -> Response[Any]:
        """The page."""
        return await engagement_page(self._service, visit, Form())


async def engagement_page(service: PortalsService, visit: Visit, form: Form, *, status: int = 200) -> Response[Any]:
    """An engagement, with the form of a change request as it was typed where it was refused."""
    project_id, may = visit.path["project_id"], rights(visit.caller)
    (paper, health, team), (milestones, account, changes, billing) = await asyncio.gather(
        asyncio.gather(
            service.engagement(project_id=project_id),
            service.health(project_id=project_id),
            service.people(project_id=project_id),
        ),
        asyncio.gather(
            service.milestones(project_id=project_id),
            service.consumption(project_id=project_id),
            service.changes(project_id=project_id, limit=_LATEST),
            _billing(service, project_id, may),
        ),
    )
    return visit.page(
        "engagement.html",
        status=status,
        paper=paper,
        health=health,
        milestones=milestones.items,
        account=account,
        lines=line_bars(account, visit.local),
        caps=cap_bars(account, visit.local),
        team=team,
        changes=changes.items,
        billing=billing,
        may=may,
        form=form,
    )


async def _billing(service: PortalsService, project_id: str, may: frozenset[str]) -> BillingOverview | None:
    return await service.billing(project_id=project_id) if "billing" in may else None
