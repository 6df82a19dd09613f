"""The story that every vendor's development landscape can carry, in canonical words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Phase, Project, ProjectPhases, StaffingRequest
from contracts.canonical.rates import RateCard, RateEntry

STARTS, ENDS = dt.date(2027, 1, 4), dt.date(2027, 2, 28)


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


PARENT = Customer(
    customer_id="cus-group",
    name="Northwind Group plc",
    address=Address(country="GB", city="London"),
    currency="EUR",
    tax=TaxProfile(tax_code="GB-S-20"),
)
CHILD = Customer(
    customer_id="cus-france",
    name="Northwind France SAS",
    address=Address(country="FR", street="1 rue de Rivoli", city="Paris", postal_code="75001"),
    currency="EUR",
    parent_id="cus-group",
    tax=TaxProfile(tax_code="EU-RC", tax_registration="FR40303265045"),
)


def phase(number: int, name: str, budget: str, *, parent: int | None = None) -> Phase:
    return Phase(
        phase_id=f"phs-s1-{number}",
        name=name,
        starts_on=STARTS,
        ends_on=ENDS,
        country="FR",
        method=BillingMethod.MILESTONE,
        budget=euros(budget),
        milestone=parent is not None,
        parent_id=None if parent is None else f"phs-s1-{parent}",
    )


PROJECT = Project(
    project_id="prj-s1",
    name="Northwind managed cloud EMEA",
    customer_id="cus-france",
    legal_entity_id="SG-DE",
    service_line="MANAGED-CLOUD",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=STARTS,
    ends_on=ENDS,
    currency="EUR",
    budget=euros("240000.00"),
    phases=[
        phase(1, "Onboarding France", "240000.00"),
        phase(2, "Kick-off", "48000.00", parent=1),
        phase(3, "Transition accepted", "192000.00", parent=1),
    ],
)


def line(number: int, amount: str, phase_number: int) -> ScheduleLine:
    return ScheduleLine(
        line_id=f"bsl-s1-{number}",
        name=f"Milestone {number}",
        method=BillingMethod.MILESTONE,
        trigger=BillingTrigger.MILESTONE,
        due_on=ENDS,
        amount=euros(amount),
        phase_id=f"phs-s1-{phase_number}",
    )


SCHEDULE = BillingSchedule(
    schedule_id="bsc-s1",
    project_id="prj-s1",
    customer_id="cus-france",
    legal_entity_id="SG-DE",
    tax_code="EU-RC",
    currency="EUR",
    lines=[line(1, "48000.00", 2), line(2, "191999.99", 3), line(3, "0.01", 3)],
)

RATE_CARD = RateCard(
    name="Northwind 2026",
    currency="EUR",
    entries=[
        RateEntry(role="Cloud Architect", country="FR", hourly_rate=Decimal(rate), effective_from=since)
        for rate, since in (("195.00", dt.date(2026, 12, 1)), ("203.00", dt.date(2028, 1, 1)))
    ],
)
STAFFING = [
    StaffingRequest(
        request_id="stf-s1-1",
        project_id="prj-s1",
        role="Cloud Architect",
        country="FR",
        hours=Decimal(320),
        starts_on=STARTS,
        ends_on=ENDS,
    )
]

MORE = [
    msgspec.structs.replace(phase(7, "Laboratories", "60000.00"), ends_on=dt.date(2027, 9, 30)),
    phase(8, "Laboratories accepted", "60000.00", parent=7),
]
ADDED = ProjectPhases(project_id="prj-s1", currency="EUR", phases=MORE, settle=True)
