"""Refuses a form that no page of ours has sent: 403, unless the browser says `same-origin`.

Only pages are meant: whoever calls an operation shows a token, which no browser sends by itself, and reads change
nothing. The cookie of a session is held back by the browser as well (SameSite); this does not depend on it.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.page import SAFE_METHODS, same_origin
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing can be set: there is no page that another site may send."""


class Origin:
    """Looks at what the browser says of the page a form was on."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "fields")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, pages: bool) -> None:
        del config  # there is nothing to set
        self._pages = pages

    @property
    def rests(self) -> bool:
        """Whether no pages are offered."""
        return not self._pages

    def __call__(self, request: Request, /) -> Verdict:
        """Let reads pass, operations, and what was sent from here."""
        if request.matched.page is None or request.method in SAFE_METHODS or same_origin(request.fields):
            return None
        return Problem(
            Kind.FORBIDDEN,
            "origin.elsewhere",
            "this form did not come from a page of ours",
            hint="open the page itself and send it from there",
        )
