"""What a consumer has agreed on: limits and quotas beside those of the products; refuses two plans of one name."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from msgspec import Struct

from kit.caller import Caller

Outage: TypeAlias = Literal["open", "closed", "local"]
"""Without the store: let pass, refuse with 503, or count in this process meanwhile."""


class Claim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to recognise a consumer by the token."""

    claim: Literal["issuer", "subject", "tenant", "client", "role"]
    """Which claim is looked at."""
    value: str
    """What it says, with * for any."""

    def holds(self, caller: Caller) -> bool:
        """Whether this caller's claim says so."""
        if self.claim == "role":
            return any(fnmatchcase(role, self.value) for role in caller.roles)
        field = {"client": "client_id"}.get(self.claim, self.claim)
        return fnmatchcase(str(getattr(caller, field)), self.value)


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits and quotas of the consumers who match it; the first plan that matches counts."""

    name: str
    """What it is called in answers."""
    title: str
    """For people."""
    of: tuple[Claim, ...] = ()
    """Any of these makes a consumer one of the plan's; none at all: everybody."""
    limits: str = ""
    """In slowapi's grammar, over all operations together."""
    quota: str = ""
    """Business units in the same grammar, by day, month or year of the calendar in UTC: "10000/day;200000/month"."""
    on_outage: Outage = "closed"
    """What becomes of its limits while the store is away."""
    even: bool = False
    """Whether the shares of its limits come back evenly."""

    def holds(self, caller: Caller) -> bool:
        """Whether this caller is one of the plan's."""
        return not self.of or any(claim.holds(caller) for claim in self.of)


def plan_of(caller: Caller, plans: Sequence[Plan]) -> Plan | None:
    """The first plan that holds for the caller."""
    for plan in plans:
        if plan.holds(caller):
            return plan
    return None
