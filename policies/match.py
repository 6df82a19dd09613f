"""Refuses what no contract offers: 404 for an unknown path, 405 with `Allow` for a wrong method."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict
from kit.door.routing import Router


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How operations are found."""

    head: bool = True
    """Whether HEAD is let through where GET is offered."""


class Match:
    """Finds the operation by its exact template; default deny."""

    needs: ClassVar[tuple[str, ...]] = ("target",)
    gives: ClassVar[tuple[str, ...]] = ("operation",)

    def __init__(self, config: Config, *, router: Router) -> None:
        self._router = router
        self._head = config.head

    def __call__(self, request: Request, /) -> Verdict:
        """Find it."""
        methods, request.path_values = self._router.find(request.target)
        if not methods:
            return Problem(Kind.NOT_FOUND, "match.path_unknown", "no operation is offered at this path")
        method = "GET" if request.method == "HEAD" and self._head else request.method
        operation = methods.get(method)
        if operation is None:
            allowed = sorted({*methods, "HEAD"} if self._head and "GET" in methods else methods)
            request.answer.append((b"allow", ", ".join(allowed).encode()))
            return Problem(Kind.UNSUPPORTED, "match.method_unknown", f"offered here: {', '.join(allowed)}", status=405)
        request.operation = operation
        return None
