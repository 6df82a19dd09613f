"""A customer, a project and an invoice in canonical words, as these tests tell them."""

import datetime as dt
from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.posting import DocumentKind, PostingDocument, PostingLine
from contracts.canonical.project import Phase, Project

ISSUED: Final = dt.date(2027, 1, 31)
CUSTOMER: Final = Customer(
    customer_id="cus-hansewerk",
    name="Hansewerk AG",
    address=Address(country="DE", street="Am Kai 1", city="Hamburg", postal_code="20457"),
    currency="EUR",
    tax=TaxProfile(tax_code="DE-S-19", tax_registration="DE811234567"),
    email="ap@hansewerk.example",
)


def euros(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


PROJECT: Final = Project(
    project_id="prj-hansewerk",
    name="Hansewerk platform",
    customer_id=CUSTOMER.customer_id,
    legal_entity_id="SG-DE",
    service_line="ADVISORY",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=dt.date(2027, 1, 4),
    ends_on=dt.date(2027, 3, 31),
    currency="EUR",
    budget=euros("9000.00"),
    phases=[
        Phase(
            phase_id="phs-1",
            name="Design",
            starts_on=dt.date(2027, 1, 4),
            ends_on=dt.date(2027, 3, 31),
            country="DE",
            method=BillingMethod.MILESTONE,
            budget=euros("9000.00"),
        )
    ],
)
SCHEDULE: Final = BillingSchedule(
    schedule_id="bsc-hansewerk",
    project_id=PROJECT.project_id,
    customer_id=CUSTOMER.customer_id,
    legal_entity_id="SG-DE",
    tax_code="DE-S-19",
    currency="EUR",
    lines=[
        ScheduleLine(
            line_id=f"bsl-{number}",
            name=f"Part {number}",
            method=BillingMethod.MILESTONE,
            trigger=BillingTrigger.MILESTONE,
            due_on=dt.date(2027, 3, 31),
            amount=euros("4500.00"),
            phase_id="phs-1",
        )
        for number in (1, 2)
    ],
)
INVOICE: Final = PostingDocument(
    document_id="inv-1",
    kind=DocumentKind.INVOICE,
    customer_id=CUSTOMER.customer_id,
    legal_entity_id="SG-DE",
    project_id=PROJECT.project_id,
    currency="EUR",
    issued_on=ISSUED,
    due_on=dt.date(2027, 3, 2),
    lines=[
        PostingLine(
            line_id="inv-1-1",
            description="Architect, January",
            quantity=Decimal("7.5"),
            unit_price=Decimal("185.00"),
            net=Decimal("1387.50"),
            tax_code="DE-S-19",
        )
    ],
    net=Decimal("1387.50"),
    tax=Decimal("263.63"),
    gross=Decimal("1651.13"),
)
