"""Refuses what moves much money to whoever has not lately proved to be there: 401, as RFC 9470 has it.

Which operations ask for it, above which number, and for which kind of proof of which age stands in routes.toml.
The proof is the token's: `acr` says how somebody was authenticated, `auth_time` when (OpenID Connect Core, 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.clock import Clock
from kit.door.coerce import Unreadable, json_document
from kit.door.lifecycle import StepUp as Rule
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How exact the clocks are."""

    leeway_s: float = 30.0
    """How far the issuer's clock may be from ours."""


class StepUp:
    """Asks once more who is there. A token of a program, and an API key, have no such proof."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "caller", "body")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, asked: Mapping[str, tuple[Rule, ...]], clock: Clock) -> None:
        self._leeway_s = config.leeway_s
        self._asked = {name: rules for name, rules in asked.items() if rules}
        self._clock = clock

    @property
    def rests(self) -> bool:
        """Whether no operation asks for more than a token."""
        return not self._asked

    def __call__(self, request: Request, /) -> Verdict:
        """Look at how and when the caller was authenticated, where the operation asks for it."""
        for rule in self._asked.get(request.matched.name, ()):
            if _concerns(rule, request.body or b"") and not self._proved(rule, request.known):
                return _challenge(rule, request)
        return None

    def _proved(self, rule: Rule, caller: Caller) -> bool:
        age_s = self._clock.now().timestamp() - caller.authenticated_at
        return caller.acr in rule.acr and -self._leeway_s <= age_s <= rule.max_age_s + self._leeway_s


def _concerns(rule: Rule, body: bytes) -> bool:
    """Whether a command is above the rule's number; what holds no number that can be read is."""
    if not rule.number:
        return True
    try:
        numbers = [abs(Decimal(str(each))) for each in _at(json_document(body), rule.number.split("/"))]
        return not numbers or sum(numbers) > Decimal(rule.above)
    except (Unreadable, ValueError, InvalidOperation):
        return True


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif path[0] == "*" and isinstance(value, list):
        for each in value:
            yield from _at(each, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _challenge(rule: Rule, request: Request) -> Problem:
    detail = "a different or a more recent authentication is needed for this"
    wanted = f'acr_values="{" ".join(rule.acr)}", max_age="{rule.max_age_s}"'
    error = f'Bearer error="insufficient_user_authentication", error_description="{detail}", {wanted}'
    request.answer.append((b"www-authenticate", error.encode()))
    return Problem(
        Kind.UNAUTHENTICATED,
        "stepup.insufficient_user_authentication",
        detail,
        hint="sign in again as the challenge says, and repeat the same command with the same key",
        context={"acr_values": " ".join(rule.acr), "max_age_s": str(rule.max_age_s)},
    )
