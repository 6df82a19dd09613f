"""Whether a place is taxed as it should be, in five steps: what an engine says once is held against what it says again.

No tax is no proof: an engine charges none where a seller is not registered, and says nothing of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.jurisdictions import (
    Jurisdiction,
    JurisdictionLevel,
    PlaceFinding,
    PlaceQuestion,
    PlaceStep,
    PlaceVerdict,
    ResolvedAddress,
    TaxCoverage,
    TaxRegistration,
)
from contracts.canonical.taxation import TaxDocument

_PREFIXES: Final = {"GR": "EL"}
"""VAT numbers begin with the country, but for Greece."""
_LARGE: Final = (JurisdictionLevel.COUNTRY, JurisdictionLevel.STATE)


def judged(
    question: PlaceQuestion, *, resolved: ResolvedAddress | None, coverage: TaxCoverage, estimate: TaxDocument
) -> PlaceVerdict:
    """The verdict over a place; `resolved` is None where the engine cannot locate addresses of that country."""
    stack = resolved.jurisdictions if resolved is not None else _taxing(estimate)
    shares = [share for line in estimate.lines[:1] for share in line.shares]
    findings = list(_findings(question, resolved, coverage, estimate))
    return PlaceVerdict(
        certain=all(finding.passed for finding in findings if finding.applies),
        taxed_on=question.taxed_on,
        findings=findings,
        jurisdictions=list(stack),
        percent=sum((share.percent for share in shares), Decimal(0)),
    )


def _findings(
    question: PlaceQuestion, resolved: ResolvedAddress | None, coverage: TaxCoverage, estimate: TaxDocument
) -> Iterator[PlaceFinding]:
    if resolved is None:
        yield from (PlaceFinding(step=step, applies=False) for step in (PlaceStep.ADDRESS, PlaceStep.STACK))
    else:
        yield _found(PlaceStep.ADDRESS, [] if resolved.accepted else resolved.faults or ["the address is not located"])
        levels = {each.level for each in resolved.jurisdictions}
        absent = [f"no {level.value} among the jurisdictions" for level in _LARGE if level not in levels]
        yield _found(PlaceStep.STACK, absent)
    yield _found(PlaceStep.REGISTRATION, _unregistered(question, resolved, coverage))
    yield _found(PlaceStep.ESTIMATE, _strayed(question, resolved, estimate))
    if resolved is None:
        yield _found(PlaceStep.CROSS_BORDER, _unproven(question))
    else:
        yield PlaceFinding(step=PlaceStep.CROSS_BORDER, applies=False)


def _unregistered(question: PlaceQuestion, resolved: ResolvedAddress | None, coverage: TaxCoverage) -> list[str]:
    """Every jurisdiction of the stack that no registration covers on the day; abroad one of the two countries does."""
    standing = [each for each in coverage.registrations if _holds(each, question.taxed_on)]
    if resolved is not None:
        return [f"not registered: {each.name}" for each in resolved.jurisdictions if not _covers(standing, each)]
    countries = {question.sold_from.country, question.sold_to.country}
    if any(each.level is JurisdictionLevel.COUNTRY and each.country in countries for each in standing):
        return []
    return [f"not registered in {' or '.join(sorted(filter(None, countries)))}"]


def _strayed(question: PlaceQuestion, resolved: ResolvedAddress | None, estimate: TaxDocument) -> list[str]:
    """Jurisdictions that the estimate taxes and the place does not lie in; or of the place, and not asked."""
    taxing = _taxing(estimate)
    if resolved is None:
        home = {question.sold_from.country, question.sold_to.country}
        return [f"taxed elsewhere: {each.name}" for each in taxing if each.country not in home]
    stack, told = {_name(each) for each in resolved.jurisdictions}, {_name(each) for each in taxing}
    strangers = [f"taxed elsewhere: {each.name}" for each in taxing if _name(each) not in stack]
    return strangers + [
        f"not in the estimate: {each.name}"
        for each in resolved.jurisdictions
        if each.level is JurisdictionLevel.STATE and _name(each) not in told
    ]


def _unproven(question: PlaceQuestion) -> list[str]:
    """What a sale across a border lacks: rule TAX-1 wants the buyer's registration in the buyer's country."""
    seller, buyer = question.sold_from.country, question.sold_to.country
    if not seller or not buyer:
        return ["a country is missing"]
    if seller == buyer:
        return []
    number = (question.buyer_registration or "").replace(" ", "").upper()
    if not number:
        return ["across a border without a registration of the buyer"]
    if not number.startswith(_PREFIXES.get(buyer, buyer)):
        return [f"the buyer's registration is not of {buyer}"]
    return []


def _taxing(estimate: TaxDocument) -> list[Jurisdiction]:
    found = {_name(share.jurisdiction): share.jurisdiction for line in estimate.lines for share in line.shares}
    return list(found.values())


def _name(place: Jurisdiction | TaxRegistration) -> tuple[str, str, str, str]:
    """A jurisdiction as addresses, registrations and taxes all name it; their codes are of different sorts."""
    return place.country, place.region, place.level.value, place.name.upper()


def _covers(standing: Sequence[TaxRegistration], wanted: Jurisdiction) -> bool:
    for each in standing:
        if _name(each) == _name(wanted):
            return True
        within = each.level is JurisdictionLevel.STATE and each.local_too and wanted.level not in _LARGE
        if within and (each.country, each.region) == (wanted.country, wanted.region):
            return True
    return False


def _holds(registration: TaxRegistration, day: dt.date) -> bool:
    return registration.starts_on <= day <= (registration.ends_on or day)


def _found(step: PlaceStep, faults: Sequence[str]) -> PlaceFinding:
    return PlaceFinding(step=step, passed=not faults, detail="; ".join(faults))
