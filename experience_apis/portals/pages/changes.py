"""Change requests: asked for on the page of their engagement, followed and withdrawn on their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from litestar import Response

from contracts.problem import Problem
from contracts.process.change_requests import ChangeState, RaiseChange
from experience_apis.portals.pages.engagement import engagement_page
from experience_apis.portals.pages.figures import typed
from experience_apis.portals.pages.rights import rights
from experience_apis.portals.service import PortalsService
from kit.web import Form, Route, Visit
from kit.web.reading import at_least

_TITLE: Final = 120
_TEXT: Final = 2_000


class ChangePages:
    """The page of a change request, and what is done about it."""

    def __init__(self, service: PortalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("POST", "/engagements/{project_id}/changes", self.asked),
            Route("GET", "/changes/{request_id}", self.shown),
            Route("POST", "/changes/{request_id}/withdrawal", self.withdrawn),
        ]

    async def asked(self, visit: Visit) -> Response[Any]:
        """Ask for a change; a refused form comes back with all that was typed."""
        form = await visit.form()
        try:
            body = RaiseChange(
                title=at_least(form, "title", 3, _TITLE),
                text=at_least(form, "text", 3, _TEXT),
                budget=_budget(visit, form),
            )
            made = await self._service.ask_change(
                project_id=visit.path["project_id"], body=body, idempotency_key=form.key
            )
        except Problem as problem:
            return await engagement_page(self._service, visit, form.refused(problem), status=problem.status)
        return visit.see(f"/changes/{made.request_id}", told="asked")

    async def shown(self, visit: Visit) -> Response[Any]:
        """One change request with the decision on it."""
        found = await self._service.change(request_id=visit.path["request_id"])
        withdraws = "withdraw_change" in rights(visit.caller) and found.state is ChangeState.OPEN
        return visit.page("change.html", change=found, withdraws=withdraws)

    async def withdrawn(self, visit: Visit) -> Response[Any]:
        """Let it go."""
        form = await visit.form()
        request_id = visit.path["request_id"]
        await self._service.withdraw_change(request_id=request_id, idempotency_key=form.key)
        return visit.see(f"/changes/{request_id}", told="change_withdrawn")


def _budget(visit: Visit, form: Form) -> Decimal | None:
    return typed(visit, form, "budget") if form["budget"] else None
