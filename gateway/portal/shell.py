"""What every page of the portal has: its frame, its headers and its refusals; no page may load from elsewhere."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from jinja2 import Environment
from litestar import Request, Response
from litestar.exceptions import HTTPException

from contracts.problem import Kind, Problem
from gateway.portal.session import Sessions

CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "content-security-policy": CONTENT_POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
}
_KINDS: Final = {400: Kind.INVALID, 404: Kind.NOT_FOUND, 405: Kind.UNSUPPORTED, 413: Kind.TOO_LARGE}


class Shell:
    """Makes pages."""

    def __init__(self, environment: Environment, *, sessions: Sessions) -> None:
        self.sessions = sessions
        self._environment = environment

    def page(
        self, request: Request[Any, Any, Any], template: str, *, status: int = 200, **values: Any
    ) -> Response[str]:
        """A page in the frame."""
        session = self.sessions.of(request)
        here = request.url.path.rstrip("/") or "/portal"
        text = self._environment.get_template(template).render(session=session, here=here, **values)
        return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=_HEADERS)

    def refusal(self, request: Request[Any, Any, Any], problem: Problem) -> Response[str]:
        """A page that says what was refused, why, and what to do."""
        return self.page(request, "refusal.html", status=problem.status, problem=problem)


def free(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method as a function of its own: the framework copies handlers, and with a method all it belongs to."""
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def waited(**given: Any) -> Any:
            return await method(**given)

        return waited

    @functools.wraps(method)
    def plain(**given: Any) -> Any:
        return method(**given)

    return plain


def problem_of(fault: Exception) -> Problem:
    """Any failure as a problem; of an unexpected one only the type is told."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, HTTPException) and fault.status_code in _KINDS:
        status = fault.status_code
        return Problem(_KINDS[status], f"portal.http_{status}", str(fault.detail), status=status)
    return Problem(Kind.UNEXPECTED, "portal.fault", f"the portal failed ({type(fault).__name__})")
