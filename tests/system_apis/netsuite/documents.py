"""Sample documents of the firm, and what a test does with them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Problem
from contracts.system.erp import Erp


def line(number: int, quantity: str, price: str, net: str, tax_code: str = "DE-S-19") -> PostingLine:
    return PostingLine(
        line_id=f"l-{number}",
        description=f"Hours, part {number}",
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
LINE = INVOICE.lines[0]
ONE_LINE = replace(INVOICE, lines=[LINE], net=LINE.net, tax=Decimal("263.63"), gross=Decimal("1651.13"))


async def draft(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    return await erp.put_document(document_id=document.document_id, body=document)


async def post(erp: Erp, document: PostingDocument = INVOICE) -> BookedDocument:
    await draft(erp, document)
    return await erp.post_document(document_id=document.document_id)


async def problem_of(call: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await call
    return caught.value


async def pay(vendor: Any, amount: str, *, key: str = "inv-1", day: str = "2027-02-10") -> str:
    """A clerk enters a payment at the vendor's own screen; its address."""
    body = {"customer": {"externalId": "cus-NWF"}, "payment": amount, "tranDate": day}
    body["apply"] = {"items": [{"doc": {"externalId": key}, "apply": True, "amount": amount}]}
    made = await vendor.post("customerPayment", body)
    assert 204 == made.status_code, made.text
    return str(made.headers["location"])


def told(booked: BookedDocument) -> tuple[BookedState, Decimal]:
    return booked.state, booked.open
