"""What people do on a page: a refused form comes back as its page, with what was typed and the fault beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from litestar import Response

from contracts.problem import Kind, Problem
from kit.web.form import Form
from kit.web.site import Handler
from kit.web.visit import Visit

Act = Callable[[Visit, Form], Awaitable[Response[Any]]]


class Draws(Protocol):
    """Draws the page that has the form; `about` is the act that was refused, so that its form alone is filled."""

    async def __call__(self, visit: Visit, form: Form, *, status: int = 200, about: str = "") -> Response[Any]:
        """The page."""
        ...


def acting(name: str, act: Act, page: Draws) -> Handler:
    """An act as a handler. What is not there has no page to come back to, and is told as such."""

    async def handle(visit: Visit) -> Response[Any]:
        form = await visit.form()
        try:
            return await act(visit, form)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                raise
            return await page(visit, form.refused(problem), status=problem.status, about=name)

    return handle
