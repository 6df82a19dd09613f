"""Projects: the list, and one with the people it asks for, what will be billed and what was invoiced.

The door leaves amounts out of operations for whoever lacks the scope for them; pages do it themselves.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.experience.partners import Acknowledge, ProjectState
from contracts.problem import Kind, Problem
from experience_apis.partners.exporting import AMOUNTS
from experience_apis.partners.service import PartnersService
from kit.web import Form, Route, Visit
from kit.web.reading import limited

_ROWS: Final = 50
_NOTE: Final = 500


class ProjectPages:
    """The list and the project."""

    def __init__(self, service: PartnersService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/", self.list),
            Route("GET", "/projects/{project_id}", self.shown),
            Route("POST", "/projects/{project_id}/requests/{request_id}", self.noted),
        ]

    async def list(self, visit: Visit) -> Response[Any]:
        """Projects, newest change first."""
        state = visit.query.get("state", "")
        page = await self._service.projects(state=_state(state), cursor=visit.query.get("cursor", ""), limit=_ROWS)
        return visit.page(
            "projects.html",
            page=page,
            state=state,
            states=list(ProjectState),
            sees_money=visit.caller.may(AMOUNTS),
        )

    async def shown(self, visit: Visit) -> Response[Any]:
        """The project."""
        return await self._page(visit, Form())

    async def noted(self, visit: Visit) -> Response[Any]:
        """Take note of a request for people; a refused note comes back with what was typed."""
        form = await visit.form()
        project_id, request_id = visit.path["project_id"], visit.path["request_id"]
        try:
            body = Acknowledge(note=limited(form, "note", _NOTE))
            await self._service.acknowledge(
                project_id=project_id, request_id=request_id, body=body, idempotency_key=form.key
            )
        except Problem as problem:
            return await self._page(visit, form.refused(problem), status=problem.status, about=request_id)
        return visit.see(f"/projects/{project_id}", told="noted")

    async def _page(self, visit: Visit, form: Form, *, status: int = 200, about: str = "") -> Response[Any]:
        project_id = visit.path["project_id"]
        project, staffing, plan, invoices = await asyncio.gather(
            self._service.project(project_id=project_id),
            self._service.staffing(project_id=project_id),
            self._service.billing(project_id=project_id),
            self._service.invoices(project_id=project_id, cursor=visit.query.get("cursor", ""), limit=_ROWS),
        )
        return visit.page(
            "project.html",
            status=status,
            project=project,
            requests=staffing.items,
            plan=plan,
            invoices=invoices,
            sees_money=visit.caller.may(AMOUNTS),
            acknowledges=visit.caller.may("engagements:acknowledge"),
            form=form,
            new_form=Form(),
            about=about,
        )


def _state(given: str) -> ProjectState | None:
    if not given:
        return None
    try:
        return ProjectState(given)
    except ValueError:
        raise Problem(Kind.INVALID, "state_unknown", f"no project is ever {given}", status=400) from None
