"""Puts our own side of the seeded firm into a store: cases with what they provisioned, documents, hours booked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import MoneyDocument
from contracts.canonical.invoices import DraftLine, Invoice, InvoiceKind, InvoiceState
from contracts.canonical.money import Money
from contracts.canonical.pricing import Rounding
from contracts.process.quote_to_project import ProvisionedPart
from kit.store import Store
from kit.store.actuals import ACTUAL, INVOICE
from kit.store.agreements import BILLING_AGREEMENT
from kit.store.tables import CASE_FACT, CASE_FILE
from load.reconciliation.books import Bill, Entry, SeededBooks
from load.reconciliation.planted import Planted, Where
from load.reconciliation.systems import LONG_AGO, schedule_of, workspace_of

PSA: Final = "psa-main"
_ROWS: Final = 10_000
Row = Mapping[str, Any]


async def fill(store: Store, planted: Planted, *, tenant: str) -> None:
    """Everything that our cases and our ledger would hold, in an empty store."""
    books = planted.books
    numbers = range(books.contracts)
    await _insert(store, CASE_FILE, (each for number in numbers for each in _cases(planted, number, tenant)))
    await _insert(store, CASE_FACT, (each for number in numbers for each in _facts(planted, number)))
    await _insert(store, BILLING_AGREEMENT, (_agreement(books, number, tenant) for number in numbers))
    bills = (bill for number in numbers for bill in books.bills(number))
    await _insert(store, INVOICE, (_invoice(books, bill, tenant) for bill in bills))
    firsts = (_line(books, bill, tenant) for number in numbers for bill in books.bills(number))
    await _insert(store, ACTUAL, firsts)
    booked = (
        _hours(books, entry, tenant)
        for number, entry in enumerate(books.all_entries())
        if planted.entries.get(number) is not Where.HOURS_UNBOOKED
    )
    await _insert(store, ACTUAL, booked)


async def _insert(store: Store, table: sa.Table, rows: Iterable[Row]) -> None:
    left = iter(rows)
    while some := list(islice(left, _ROWS)):
        async with store.write() as connection:
            await connection.execute(sa.insert(table), some)


def _case_id(contract: int) -> str:
    return f"quote_to_project--{contract:06}"


def _cases(planted: Planted, contract: int, tenant: str) -> Iterator[Row]:
    row = {
        "tenant": tenant,
        "process": "quote_to_project",
        "version": 1,
        "revision": 1,
        "opened_at": LONG_AGO,
        "changed_at": LONG_AGO,
        "legal_entity_id": planted.books.engagement(contract).seller.entity_id,
        "title": f"Deal {contract}",
    }
    yield row | {"case_id": _case_id(contract), "business_key": planted.books.deal(contract), "state": "completed"}
    if planted.of(contract) is Where.DOCUMENT_UNLINKED:
        bill = planted.books.bills(contract)[0].document_id
        billed = {"process": "time_to_bill", "business_key": bill, "state": "completed"}
        yield row | {"case_id": f"time_to_bill--{bill}"} | billed
    if planted.of(contract) is Where.DEAL_ON_ITS_WAY:
        yield row | {
            "case_id": f"{_case_id(contract)}-new",
            "business_key": f"opp-new-{contract}",
            "state": "exception",
        }


def _facts(planted: Planted, contract: int) -> Iterator[Row]:
    books = planted.books
    engagement = books.engagement(contract)
    value = Money(amount=books.value(contract), currency=engagement.currency)
    part = ProvisionedPart(
        legal_entity_id=engagement.seller.entity_id,
        currency=engagement.currency,
        project_id=engagement.project_id,
        schedule_id=schedule_of(contract),
        erp_project_id=f"job-{contract}",
        psa_project_id=workspace_of(contract),
        erp_schedule_id=f"so-{contract:06}",
        lines=1,
        sold=value,
        total=value,
    )
    facts = {
        "opportunity_id": books.deal(contract),
        "customer_id": engagement.customer.customer_id,
        "parts": msgspec.json.encode([part]).decode(),
    }
    yield from ({"case_id": _case_id(contract), "name": name, "value": value} for name, value in facts.items())
    if planted.of(contract) is Where.DEAL_ON_ITS_WAY:
        new = f"{_case_id(contract)}-new"
        yield {"case_id": new, "name": "opportunity_id", "value": f"opp-new-{contract}"}
    if planted.of(contract) is Where.DOCUMENT_UNLINKED:
        document_id = books.bills(contract)[0].document_id
        yield {"case_id": f"time_to_bill--{document_id}", "name": "erp_document", "value": f"erp-{document_id}"}


def _agreement(books: SeededBooks, contract: int, tenant: str) -> Row:
    engagement = books.engagement(contract)
    agreement = BillingAgreement(
        project_id=engagement.project_id,
        contract_id=engagement.contract_id,
        customer_id=engagement.customer.customer_id,
        legal_entity_id=engagement.seller.entity_id,
        currency=engagement.currency,
        entity_currency=engagement.seller.currency,
        starts_on=engagement.starts_on,
        lines=[AgreementLine(line_id="1", name="Advice", method=BillingMethod.TIME_AND_MATERIALS)],
        opportunity_id=books.deal(contract),
    )
    return {
        "tenant": tenant,
        "project_id": engagement.project_id,
        "version": 1,
        "legal_entity_id": engagement.seller.entity_id,
        "agreement": msgspec.json.encode(agreement).decode(),
        "written_by": "seed",
        "written_at": LONG_AGO,
    }


def _invoice(books: SeededBooks, bill: Bill, tenant: str) -> Row:
    engagement = books.engagement(bill.contract)
    document = MoneyDocument(
        currency=engagement.currency,
        rounding=Rounding.HALF_UP,
        lines=[],
        groups=[],
        net=bill.net,
        tax=bill.tax,
        gross=bill.gross,
        prepaid=Decimal(0),
        rounding_amount=Decimal(0),
        payable=bill.gross,
    )
    actual_id = f"act-{bill.document_id}"
    invoice = Invoice(
        invoice_id=bill.document_id,
        kind=InvoiceKind.INVOICE,
        customer_id=engagement.customer.customer_id,
        legal_entity_id=engagement.seller.entity_id,
        currency=engagement.currency,
        lines=[DraftLine(line_id="1", actual_id=actual_id, quantity=Decimal(1))],
        state=InvoiceState.POSTED,
        document=document,
        posted_on=bill.posted_on,
        erp_number=f"N-{bill.document_id}",
    )
    return {
        "tenant": tenant,
        "invoice_id": bill.document_id,
        "state": InvoiceState.POSTED.value,
        "legal_entity_id": engagement.seller.entity_id,
        "series": "S",
        "number": None,
        "invoice": msgspec.json.encode(invoice).decode(),
        "written_at": LONG_AGO,
    }


def _line(books: SeededBooks, bill: Bill, tenant: str) -> Row:
    entry = Entry(f"line-{bill.document_id}", bill.contract, Decimal(1), bill.posted_on)
    source = {"source_system": "seed", "side": "unbilled_sales", "actual_id": f"act-{bill.document_id}"}
    return {**_hours(books, entry, tenant), **source}


def _hours(books: SeededBooks, entry: Entry, tenant: str) -> Row:
    engagement = books.engagement(entry.contract)
    line = f'{{"quantity":"{entry.hours}","legal_entity_id":"{engagement.seller.entity_id}","kind":"hours"}}'
    return {
        "tenant": tenant,
        "actual_id": f"act-{entry.entry_id}",
        "source_system": PSA,
        "source_id": entry.entry_id,
        "customer_id": engagement.customer.customer_id,
        "revision": 1,
        "side": "cost",
        "chargeability": "non_chargeable",
        "is_reversal": False,
        "project_id": engagement.project_id,
        "contract_line_id": f"{engagement.contract_id}-1",
        "work_date": entry.worked_on,
        "accounting_date": entry.worked_on,
        "line": line,
        "written_at": LONG_AGO,
    }
