"""Webhook endpoints: the list, and adding one; its first signing secret is shown in the answer and never again."""

from __future__ import annotations

from typing import Any

from litestar import Response

from contracts.problem import Problem
from experience_apis.partners.pages.wishes import KEEPS, wanted
from experience_apis.partners.service import PartnersService
from kit.web import Form, Route, Visit


class EndpointsPages:
    """The list and the form below it."""

    def __init__(self, service: PartnersService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route("GET", "/webhooks", self.list), Route("POST", "/webhooks", self.added)]

    async def list(self, visit: Visit) -> Response[Any]:
        """Endpoints, oldest first."""
        return await self._page(visit, Form())

    async def added(self, visit: Visit) -> Response[Any]:
        """Add an endpoint. The answer is the page itself: sent twice, the same key shows the same secret."""
        form = await visit.form()
        try:
            made = await self._service.add_webhook_endpoint(body=wanted(form), idempotency_key=form.key)
        except Problem as problem:
            return await self._page(visit, form.refused(problem), status=problem.status)
        return visit.page("secret.html", endpoint=made.endpoint, shown=made.secret, is_new=True)

    async def _page(self, visit: Visit, form: Form, *, status: int = 200) -> Response[Any]:
        found = await self._service.webhook_endpoints()
        return visit.page(
            "endpoints.html", status=status, endpoints=found.items, keeps=visit.caller.may(KEEPS), form=form
        )
