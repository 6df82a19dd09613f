"""A place in five steps: each fault is found by its own step, and steps that do not apply have not failed."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contracts.canonical.jurisdictions import (
    AddressQuality,
    Jurisdiction,
    JurisdictionLevel,
    PlaceQuestion,
    PlaceStep,
    PlaceVerdict,
    ResolvedAddress,
    TaxCoverage,
    TaxRegistration,
)
from contracts.canonical.party import Address
from contracts.canonical.taxation import TaxDocument, TaxDocumentKind, TaxDocumentState, TaxedLine, TaxShare
from contracts.canonical.trade.jurisdictions import judged

pytestmark = pytest.mark.req(125, 142)

DAY: Final = dt.date(2026, 7, 15)
LONG_AGO: Final = dt.date(2000, 1, 1)
USA: Final = Jurisdiction(country="US", level=JurisdictionLevel.COUNTRY, code="US", name="UNITED STATES")
STATE: Final = Jurisdiction(country="US", region="NY", level=JurisdictionLevel.STATE, code="36", name="NEW YORK")
CITY: Final = Jurisdiction(country="US", region="NY", level=JurisdictionLevel.CITY, code="51000", name="NEW YORK CITY")
BROADWAY: Final = Address(country="US", street="1440 Broadway", city="New York", region="NY", postal_code="10001")
QUESTION: Final = PlaceQuestion(
    legal_entity_id="SG-US", sold_from=BROADWAY, sold_to=BROADWAY, service_code="P0", taxed_on=DAY, currency="USD"
)
LOCATED: Final = ResolvedAddress(
    address=BROADWAY, quality=AddressQuality.BUILDING, accepted=True, jurisdictions=[USA, STATE, CITY]
)


def registered(place: Jurisdiction, **more: Any) -> TaxRegistration:
    """A registration for one jurisdiction."""
    facts = {"country": place.country, "region": place.region, "level": place.level, "code": "?", "name": place.name}
    return TaxRegistration(**{**facts, "starts_on": LONG_AGO, **more})


def covered(*registrations: TaxRegistration) -> TaxCoverage:
    """What the engine does for the seller."""
    resolves = ["US", "CA"]
    return TaxCoverage(
        legal_entity_id="SG-US", resolves=resolves, records=True, adjusts=True, registrations=list(registrations)
    )


def estimated(*places: Jurisdiction, percent: str = "4") -> TaxDocument:
    """A hundred, taxed by these."""
    shares = [
        TaxShare(
            jurisdiction=place,
            name="TAX",
            percent=Decimal(percent),
            taxable=Decimal(100),
            exempt=Decimal(0),
            tax=Decimal(percent),
        )
        for place in places
    ]
    tax = sum((share.tax for share in shares), Decimal(0))
    hundred, nothing = Decimal(100), Decimal(0)
    line = TaxedLine(line_id="1", net=hundred, taxable=hundred, exempt=nothing, tax=tax, shares=shares)
    return TaxDocument(
        document_id="place-check",
        external_id="",
        kind=TaxDocumentKind.SALE,
        state=TaxDocumentState.ESTIMATE,
        legal_entity_id="SG-US",
        customer_id="cus-1",
        currency="USD",
        issued_on=DAY,
        taxed_on=DAY,
        net=hundred,
        taxable=hundred,
        exempt=nothing,
        tax=tax,
        computed=tax,
        lines=[line],
    )


EVERYWHERE: Final = covered(registered(USA), registered(STATE, local_too=True))


def verdict(**change: Any) -> PlaceVerdict:
    """The verdict where one thing is otherwise."""
    facts = {"resolved": LOCATED, "coverage": EVERYWHERE, "estimate": estimated(STATE, CITY), **change}
    return judged(facts.pop("question", QUESTION), **facts)


def failed(found: PlaceVerdict) -> list[PlaceStep]:
    """Steps that apply and have not passed."""
    return [each.step for each in found.findings if each.applies and not each.passed]


def test_a_place_that_holds_is_certain() -> None:
    """With its set of jurisdictions and what they take together; what crosses no border does not apply."""
    found = verdict()

    assert (True, Decimal(8), [USA, STATE, CITY]) == (found.certain, found.percent, found.jurisdictions)
    assert list(PlaceStep) == [each.step for each in found.findings]
    assert [PlaceStep.CROSS_BORDER] == [each.step for each in found.findings if not each.applies]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"resolved": replace(LOCATED, accepted=False)}, PlaceStep.ADDRESS),
        ({"resolved": replace(LOCATED, jurisdictions=[STATE, CITY])}, PlaceStep.STACK),
        ({"coverage": covered(registered(USA), registered(STATE))}, PlaceStep.REGISTRATION),
        ({"coverage": covered(registered(STATE, local_too=True))}, PlaceStep.REGISTRATION),
        (
            {"coverage": covered(registered(USA), registered(STATE, local_too=True, ends_on=dt.date(2026, 6, 30)))},
            PlaceStep.REGISTRATION,
        ),
        (
            {"coverage": covered(registered(USA), registered(STATE, local_too=True, starts_on=dt.date(2026, 8, 1)))},
            PlaceStep.REGISTRATION,
        ),
        ({"estimate": estimated(CITY)}, PlaceStep.ESTIMATE),
        ({"estimate": estimated()}, PlaceStep.ESTIMATE),
        ({"estimate": estimated(STATE, replace(CITY, name="YONKERS"))}, PlaceStep.ESTIMATE),
    ],
    ids=["address", "stack", "city", "country", "ended", "not begun", "no state", "no tax", "elsewhere"],
)
def test_each_fault_is_found_by_its_step(change: dict[str, Any], step: PlaceStep) -> None:
    """And by no other; its detail says why."""
    found = verdict(**change)

    assert ([step], False) == (failed(found), found.certain)
    assert next(each.detail for each in found.findings if each.step is step)


GERMANY: Final = Jurisdiction(country="DE", level=JurisdictionLevel.COUNTRY, code="DE", name="DE")


@pytest.mark.parametrize(
    ("country", "registration", "steps"),
    [
        ("DE", None, []),
        ("FR", "FR40303265045", []),
        ("GR", "EL094259216", []),
        ("FR", None, [PlaceStep.CROSS_BORDER]),
        ("FR", "DE811234567", [PlaceStep.CROSS_BORDER]),
        ("GR", "GR094259216", [PlaceStep.CROSS_BORDER]),
    ],
)
def test_abroad_the_buyers_registration_proves_the_place(
    country: str, registration: str | None, steps: list[PlaceStep]
) -> None:
    """There are no coordinates to look at: the number has to be of the buyer's country (rule TAX-1)."""
    hamburg, there = Address(country="DE"), Address(country=country)
    question = replace(QUESTION, sold_from=hamburg, sold_to=there, buyer_registration=registration)
    found = verdict(
        question=question, resolved=None, coverage=covered(registered(GERMANY)), estimate=estimated(GERMANY)
    )
    nowhere = verdict(question=question, resolved=None, coverage=covered(), estimate=estimated())

    assert steps == failed(found)
    assert [PlaceStep.REGISTRATION, *steps] == failed(nowhere)
    assert [GERMANY] == found.jurisdictions
