"""The deal that the tests are about: Northwind's managed cloud, sold from Germany to France, and its neighbours."""

import datetime as dt
from decimal import Decimal
from typing import Any

from contracts.canonical.deal import BillingMethod, DealLine, DealMilestone, Opportunity, StaffingNeed
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, Hierarchy, LegalEntity, TaxProfile
from contracts.canonical.rates import RateCard, RateEntry
from process_apis.quote_to_project.reading import Handoff

TAX_CODES = ["DE-S-19", "EU-RC", "GB-S-20", "US-NT", "EXPORT-0"]
ENTITIES = [
    LegalEntity(legal_entity_id="SG-DE", name="Sluicegate Deutschland GmbH", country="DE", currency="EUR"),
    LegalEntity(legal_entity_id="SG-GB", name="Sluicegate UK Ltd", country="GB", currency="GBP"),
    LegalEntity(legal_entity_id="SG-US", name="Sluicegate Inc", country="US", currency="USD"),
]
GROUP = Customer(
    customer_id="cus-group",
    name="Northwind Group plc",
    address=Address(country="GB"),
    currency="GBP",
    tax=TaxProfile(tax_code=None),
)
FRANCE = Customer(
    customer_id="cus-france",
    name="Northwind France SAS",
    address=Address(country="FR", city="Lyon"),
    currency="EUR",
    parent_id="cus-group",
    tax=TaxProfile(tax_code="EU-RC", tax_registration="FR40303265045"),
)
FIRST, LAST = dt.date(2027, 1, 4), dt.date(2027, 2, 28)


def eur(amount: str) -> Money:
    """So many euros."""
    return Money(amount=Decimal(amount), currency="EUR")


def milestone(name: str, percent: str, due_on: dt.date = LAST) -> DealMilestone:
    """A payment point."""
    return DealMilestone(name=name, percent=Decimal(percent), due_on=due_on)


def line(**changes: Any) -> DealLine:
    """The onboarding of France, or whatever the changes make of it."""
    stated: dict[str, Any] = {
        "line_id": "00k1",
        "name": "Onboarding France",
        "method": BillingMethod.MILESTONE,
        "amount": eur("240000.00"),
        "country": "FR",
        "starts_on": FIRST,
        "ends_on": LAST,
        "milestones": [
            milestone("Kick-off", "20", FIRST),
            milestone("Transition accepted", "50", dt.date(2027, 2, 12)),
            milestone("Hypercare accepted", "30"),
        ],
    }
    return DealLine(**{**stated, **changes})


GERMANY = line(
    line_id="00k2",
    name="Onboarding Germany",
    amount=eur("180000.00"),
    country="DE",
    milestones=[milestone("Kick-off", "33.33", FIRST), milestone("Half", "33.33"), milestone("End", "33.34")],
)
SERVICE = line(
    line_id="00k3",
    name="Managed cloud service",
    method=BillingMethod.SUBSCRIPTION,
    amount=eur("1000000.00"),
    starts_on=dt.date(2027, 3, 1),
    ends_on=dt.date(2029, 2, 28),
    milestones=[],
)


def rate(role: str, country: str, hourly: str, since: dt.date = dt.date(2026, 12, 1)) -> RateEntry:
    """One dated rate."""
    return RateEntry(role=role, country=country, hourly_rate=Decimal(hourly), effective_from=since)


CARD = RateCard(
    name="Northwind 2026",
    currency="EUR",
    entries=[
        rate("Cloud Architect", "FR", "195.00"),
        rate("Cloud Architect", "FR", "203.00", dt.date(2028, 1, 1)),
        rate("Cloud Architect", "DE", "185.00"),
        rate("Service Manager", "FR", "150.00"),
        rate("Service Manager", "DE", "142.50"),
        rate("Engineer", "DE", "120.00"),
    ],
)


def need(role: str, country: str, hours: str, starts_on: dt.date = FIRST, ends_on: dt.date = LAST) -> StaffingNeed:
    """People the deal asks for."""
    return StaffingNeed(role=role, country=country, hours=Decimal(hours), starts_on=starts_on, ends_on=ends_on)


STAFFING = [
    need("Cloud Architect", "FR", "320"),
    need("Cloud Architect", "DE", "240"),
    need("Service Manager", "DE", "480"),
    need("Engineer", "DE", "900"),
]


def deal(**changes: Any) -> Opportunity:
    """The deal with nothing wrong, or whatever the changes make of it."""
    stated: dict[str, Any] = {
        "opportunity_id": "006A000001",
        "name": "Northwind managed cloud EMEA",
        "won": True,
        "closed_on": dt.date(2026, 11, 19),
        "amount": eur("1420000.00"),
        "customer": FRANCE,
        "lines": [line(), GERMANY, SERVICE],
        "rate_cards": [CARD],
        "staffing": STAFFING,
        "legal_entity_id": "SG-DE",
        "service_line": "MANAGED-CLOUD",
        "delivery_owner": "dana.okafor@sluicegate.example",
        "statement_of_work": "SOW-2026-0117",
    }
    return Opportunity(**{**stated, **changes})


def untaxed() -> Customer:
    """The customer as sales left it: without a tax code."""
    tax = TaxProfile(tax_code=None, tax_registration="FR40303265045")
    return Customer(**{**{name: getattr(FRANCE, name) for name in FRANCE.__struct_fields__}, "tax": tax})


def handoff(opportunity: Opportunity | None = None, **changes: Any) -> Handoff:
    """The deal with everything known around it."""
    opportunity = opportunity or deal()
    stated: dict[str, Any] = {
        "opportunity": opportunity,
        "hierarchy": Hierarchy(customers=[GROUP, opportunity.customer]),
        "legal_entities": ENTITIES,
        "tax_codes": TAX_CODES,
    }
    return Handoff(**{**stated, **changes})
