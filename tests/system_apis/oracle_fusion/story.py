"""The sample firm's nouns, and what a test does with them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.canonical.project import Phase, Project
from contracts.problem import Problem
from contracts.system.erp import Erp

FIRST, LAST = dt.date(2027, 1, 4), dt.date(2027, 6, 30)
CUSTOMER = Customer(
    customer_id="cus-NWF",
    name="Northwind France SAS",
    address=Address(country="FR", street="2 Rue du Port", city="Lyon", postal_code="69002"),
    currency="EUR",
    tax=TaxProfile(tax_code="EU-RC", tax_registration="FR40303265045"),
    email="ap@northwind.example",
)


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def phase(name: str, amount: str = "100.00", **more: Any) -> Phase:
    values = {
        "phase_id": f"phs-{name}",
        "name": name,
        "starts_on": FIRST,
        "ends_on": LAST,
        "country": "FR",
        "method": BillingMethod.FIXED_FEE,
        "budget": eur(amount),
    }
    return Phase(**{**values, **more})


PROJECT = Project(
    project_id="prj-006A1",
    name="Northwind managed cloud EMEA",
    customer_id="cus-NWF",
    legal_entity_id="SG-DE",
    service_line="MANAGED-CLOUD",
    delivery_owner="dana.okafor@sluicegate.example",
    starts_on=FIRST,
    ends_on=LAST,
    currency="EUR",
    budget=eur("100.00"),
    phases=[phase("1")],
)


def schedule_line(number: int, amount: str, trigger: BillingTrigger = BillingTrigger.DATE) -> ScheduleLine:
    return ScheduleLine(
        line_id=f"bsl-{number}",
        name=f"Line {number}",
        method=BillingMethod.FIXED_FEE,
        trigger=trigger,
        due_on=LAST,
        amount=eur(amount),
        phase_id="phs-1",
    )


SCHEDULE = BillingSchedule(
    schedule_id="bsc-006A1",
    project_id="prj-006A1",
    customer_id="cus-NWF",
    legal_entity_id="SG-DE",
    tax_code="DE-S-19",
    currency="EUR",
    lines=[schedule_line(1, "60.00"), schedule_line(2, "39.99", BillingTrigger.MILESTONE), schedule_line(3, "0.01")],
)


def line(number: int, quantity: str, price: str, net: str, tax_code: str = "DE-S-19") -> PostingLine:
    return PostingLine(
        line_id=f"l-{number}",
        description=f"Hours of a cloud architect in Lyon and Grenoble, part {number}",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        tax_code=tax_code,
    )


INVOICE = PostingDocument(
    document_id="inv-1",
    kind=DocumentKind.INVOICE,
    customer_id="cus-NWF",
    legal_entity_id="SG-DE",
    project_id="prj-006A1",
    currency="EUR",
    issued_on=dt.date(2027, 1, 31),
    due_on=dt.date(2027, 3, 2),
    lines=[line(1, "7.5", "185.00", "1387.50"), line(2, "3.25", "120.12", "390.39"), line(3, "-1", "0.01", "-0.01")],
    net=Decimal("1777.88"),
    tax=Decimal("337.80"),
    gross=Decimal("2115.68"),
    purchase_order="PO-4711",
)
CREDIT = replace(
    INVOICE,
    document_id="crn-1",
    kind=DocumentKind.CREDIT_NOTE,
    corrects="inv-1",
    lines=[line(1, "-7.5", "185.00", "-1387.50"), line(2, "5.9", "185.00", "1091.50")],
    net=Decimal("-296.00"),
    tax=Decimal("-56.24"),
    gross=Decimal("-352.24"),
)


async def draft(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    return await erp.put_document(document_id=document.document_id, body=document)


async def post(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    await draft(erp, document)
    return await erp.post_document(document_id=document.document_id)


def told(booked: BookedDocument) -> tuple[BookedState, Decimal]:
    return booked.state, booked.open


async def problem_of(call: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await call
    return caught.value
