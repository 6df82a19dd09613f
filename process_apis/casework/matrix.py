"""The approval matrix (rule CTL-1): read once and strictly, then asked; pure. The first rule that fits decides.

Amounts are never converted. Without an amount, or in a currency no rule names, the rule for everything else decides,
which every object and attribute has.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from contracts.canonical.governance import Quorum, Rung
from contracts.canonical.money import Money
from kit.durable import ApprovalRequest, Route, Stage
from kit.settings import SettingsError
from process_apis.casework.catalogue import Called

FILE: Final = Path(__file__).with_name("approvals.toml")
ANY: Final = "*"


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose approval one step needs, and in how many hours."""

    roles: list[str]
    sla_h: float
    quorum: Quorum = Quorum.ANY_OF
    escalation: list[Called] = field(default_factory=list)


class Band(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Amounts below a bound and not below the one before; the last band has none."""

    steps: list[Step]
    below: Decimal | None = None


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who decides on one attribute of one kind of thing; hours from asking until it expires."""

    name: str
    object: str
    attribute: str
    expires_h: float
    bands: list[Band]
    currency: str = ANY
    entity: str = ANY
    flags: list[str] = field(default_factory=list)

    @property
    def about(self) -> tuple[str, str]:
        """What it is about."""
        return self.object, self.attribute

    @property
    def catches_all(self) -> bool:
        """Whether nothing about its object and attribute escapes it."""
        return (self.currency, self.entity, self.flags) == (ANY, ANY, [])

    def fits(self, request: ApprovalRequest) -> bool:
        """Whether it decides on a request."""
        money = amount_of(request)
        return (
            self.about == (request.object, request.attribute)
            and self.entity in {ANY, request.legal_entity_id}
            and (self.currency == ANY or (money is not None and money.currency == self.currency))
            and set(self.flags) <= set(request.flags)
        )

    def covers(self, other: Rule) -> bool:
        """Whether every request that fits the other fits this one."""
        return (
            self.about == other.about
            and self.currency in {ANY, other.currency}
            and self.entity in {ANY, other.entity}
            and set(self.flags) <= set(other.flags)
        )

    def band(self, money: Money | None) -> Band:
        """The one band an amount falls into; without an amount the last, which asks most."""
        if money is None:
            return self.bands[-1]
        amount = abs(money.amount)
        return next(band for band in self.bands if band.below is None or amount < band.below)


class Matrix(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file."""

    version: str
    roles: list[str]
    rules: list[Rule]

    def route(self, request: ApprovalRequest) -> Route | None:
        """The way of a request, or None when nothing is said about its object and attribute."""
        rule = next((each for each in self.rules if each.fits(request)), None)
        if rule is None:
            return None
        stages = [_stage(step) for step in rule.band(amount_of(request)).steps]
        return Route(stages=stages, expires_h=rule.expires_h, rule=f"{rule.name} of {self.version}")


def amount_of(request: ApprovalRequest) -> Money | None:
    """The amount a request is judged by."""
    return request.amount or request.at_stake


def read_matrix(text: str) -> Matrix:
    """The matrix of a file.

    Raises:
        SettingsError: with every fault at once.

    """
    try:
        matrix = msgspec.convert(tomllib.loads(text), Matrix)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise SettingsError(f"the approval matrix will not do: {wrong}") from None
    faults = [*_order(matrix.rules), *(fault for rule in matrix.rules for fault in _rule(rule, set(matrix.roles)))]
    if faults:
        raise SettingsError(f"the approval matrix will not do: {'; '.join(faults)}")
    return matrix


def _order(rules: list[Rule]) -> Iterator[str]:
    for name, number in Counter(rule.name for rule in rules).items():
        if number > 1:
            yield f"{name} stands twice"
    for position, rule in enumerate(rules):
        hides = next((before for before in rules[:position] if before.covers(rule)), None)
        if hides is not None:
            yield f"{rule.name} is never reached behind {hides.name}"
    for about in dict.fromkeys(rule.about for rule in rules):
        if not any(rule.catches_all for rule in rules if rule.about == about):
            yield f"nothing catches all of {' '.join(about)}"


def _rule(rule: Rule, roles: set[str]) -> Iterator[str]:
    if not rule.object or not rule.attribute:
        yield f"{rule.name} is about nothing"
    bounds = [band.below for band in rule.bands]
    if not bounds or bounds[-1] is not None or any(bound is None for bound in bounds[:-1]):
        yield f"{rule.name} leaves out large amounts: the last band, and only the last, has no bound"
        return
    stated = [Decimal(0), *(bound for bound in bounds if bound is not None)]
    if any(low >= high for low, high in pairwise(stated)):
        yield f"{rule.name}: bounds of bands must rise"
    if rule.currency == ANY and len(bounds) > 1:
        yield f"{rule.name}: a bound needs a currency"
    for band in rule.bands:
        yield from _band(rule, band, roles)


def _band(rule: Rule, band: Band, roles: set[str]) -> Iterator[str]:
    if not band.steps:
        yield f"{rule.name} has a band that nobody decides"
    if rule.expires_h < sum(step.sla_h for step in band.steps):
        yield f"{rule.name} expires before its steps are due"
    for step in band.steps:
        called = [rung.role for rung in step.escalation]
        hours = [rung.after_h for rung in step.escalation]
        yield from (
            f"{rule.name} calls {role}, which is no role" for role in [*step.roles, *called] if role not in roles
        )
        if not step.roles or len({*step.roles, *called}) < len([*step.roles, *called]):
            yield f"{rule.name} has a step that calls nobody, or somebody twice"
        if step.quorum is Quorum.ALL_OF and len(step.roles) == 1:
            yield f"{rule.name}: all of one role is any of it"
        if step.sla_h <= 0 or any(each < 0 for each in hours) or sorted(set(hours)) != hours:
            yield f"{rule.name} has hours out of order"


def _stage(step: Step) -> Stage:
    return Stage(
        roles=step.roles,
        quorum=step.quorum,
        sla_h=step.sla_h,
        escalation=[Rung(role=each.role, after_h=each.after_h) for each in step.escalation],
    )
