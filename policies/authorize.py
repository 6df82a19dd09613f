"""Refuses a caller whose scopes do not reach the operation: 403, naming what is missing."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is told."""

    name_missing: bool = True
    """Whether the answer names the scopes that would have sufficed."""


class Authorize:
    """Holds the scopes a token was given against those the contract demands."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config) -> None:
        self._name_missing = config.name_missing

    def __call__(self, request: Request, /) -> Verdict:
        """Let pass when one alternative is held in full."""
        caller, alternatives = request.known, request.matched.scopes
        for scopes in alternatives:
            if scopes <= caller.scopes or all(caller.may(scope) for scope in scopes):
                return None
        if not alternatives:
            return Problem(Kind.FORBIDDEN, "authorize.undeclared", "the operation names no scope, so nobody holds it")
        wanted = " ".join(sorted(alternatives[0])) if self._name_missing else ""
        hint = f'Bearer error="insufficient_scope", scope="{wanted}"'
        request.answer.append((b"www-authenticate", hint.encode()))
        return Problem(
            Kind.FORBIDDEN,
            "authorize.scope_missing",
            f"the token lacks: {wanted}" if wanted else "the token does not reach this operation",
            hint="ask for the scope, or let someone act who holds it",
        )
