"""One milestone: what follows from accepting it, and the forms with which its sponsor accepts or declines it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.problem import Kind, Problem
from contracts.process.client_billing import AcceptanceState, AcceptAsClient, DeclineAsClient
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Form, Route, Visit
from kit.web.acting import acting
from kit.web.reading import at_least, limited

_REFERENCE: Final = 128
_REASON: Final = 500


class MilestonePages:
    """The page of a milestone and its two forms."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        path = "/engagements/{project_id}/milestones/{milestone_id}"
        return [
            Route("GET", path, self.shown),
            Route("POST", f"{path}/accept", acting("accept", self._accept, self._page)),
            Route("POST", f"{path}/decline", acting("decline", self._decline, self._page)),
        ]

    async def shown(self, visit: Visit) -> Response[Any]:
        """The page."""
        return await self._page(visit, Form())

    async def _accept(self, visit: Visit, form: Form) -> Response[Any]:
        body = AcceptAsClient(document=limited(form, "document", _REFERENCE))
        await self._service.accept(
            project_id=visit.path["project_id"], milestone_id=visit.path["milestone_id"], body=body
        )
        return visit.see(f"/engagements/{visit.path['project_id']}", told="accepted")

    async def _decline(self, visit: Visit, form: Form) -> Response[Any]:
        await self._service.decline(
            project_id=visit.path["project_id"],
            milestone_id=visit.path["milestone_id"],
            body=DeclineAsClient(reason=at_least(form, "reason", 3, _REASON)),
            idempotency_key=form.key,
        )
        return visit.see(f"/engagements/{visit.path['project_id']}", told="declined")

    async def _page(self, visit: Visit, form: Form, *, status: int = 200, about: str = "") -> Response[Any]:
        project_id, milestone_id = visit.path["project_id"], visit.path["milestone_id"]
        paper, found = await asyncio.gather(
            self._service.engagement(project_id=project_id), self._service.milestones(project_id=project_id)
        )
        point = next((each for each in found.items if each.milestone_id == milestone_id), None)
        if point is None:
            raise Problem(Kind.NOT_FOUND, "milestone_not_found", f"{project_id} has no milestone {milestone_id}")
        may = rights(visit.caller)
        return visit.page(
            "milestone.html",
            status=status,
            card=paper.card,
            point=point,
            decides="accept" in may and point.state is AcceptanceState.OPEN,
            form=form,
            new_form=Form(),
            about=about,
        )
