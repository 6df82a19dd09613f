"""An ERP, a PSA, a CRM, a tax engine and one agreement in memory; the ERP sums for itself and numbers what it posts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec.structs import replace

from contracts.canonical.actuals import CapLevel, CapPolicy, CapTerm, CapUnit, TaxDecision
from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.billing import BillingReport
from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import TaxCategory
from contracts.canonical.posting import BookedChanges, BookedDocument, BookedState, PostingDocument
from contracts.canonical.pricing import PriceList, RateRow
from contracts.canonical.timesheets import BilledTime, TimeChanges, TimeEntry
from contracts.problem import Kind, Problem
from tests.process_apis.time_to_bill.engine import FakeTax

PROJECT = "prj-1"
MONDAY = dt.date(2026, 6, 15)
CENT = Decimal("0.01")
PERCENT = {"DE-S-19": Decimal(19), "EU-RC": Decimal(0)}
HOME = TaxDecision(category=TaxCategory.STANDARD, percent=Decimal(19), tax_code="DE-S-19")
ABROAD = TaxDecision(category=TaxCategory.REVERSE_CHARGE, percent=Decimal(0), tax_code="EU-RC")


def entry(entry_id: str = "1", hours: str = "8", billable: str | None = None, **changes: Any) -> TimeEntry:
    """Approved hours of one architect on one Monday."""
    facts: dict[str, Any] = {
        "entry_id": entry_id,
        "version": 1,
        "approved": True,
        "project_id": PROJECT,
        "person_id": "p-1",
        "worked_on": MONDAY,
        "hours": Decimal(hours),
        "billable_hours": Decimal(hours if billable is None else billable),
        "role": "Architect",
        "approved_by": "lea.lead",
    }
    return TimeEntry(**(facts | changes))


def prices(list_id: str, rate: str, **changes: Any) -> PriceList:
    """One rate of one role, all of 2026."""
    first = dt.date(2026, 1, 1)
    row = RateRow(row_id=f"{list_id}-1", rate=Decimal(rate), starts_on=first, role="Architect")
    facts: dict[str, Any] = {"name": list_id, "currency": "EUR", "starts_on": first, "rows": [row]}
    return PriceList(list_id=list_id, **(facts | changes))


def agreement(**changes: Any) -> BillingAgreement:
    """An hour costs 100 and sells for 200, taxed at home; no cap."""
    facts: dict[str, Any] = {
        "project_id": PROJECT,
        "contract_id": "con-1",
        "customer_id": "cus-1",
        "legal_entity_id": "SG-DE",
        "currency": "EUR",
        "entity_currency": "EUR",
        "starts_on": dt.date(2026, 1, 1),
        "lines": [AgreementLine(line_id="line-1", name="Advice", method=BillingMethod.TIME_AND_MATERIALS, tax=HOME)],
        "price_lists": [prices("sell", "200")],
        "cost_lists": [prices("cost", "100")],
        "opportunity_id": "opp-1",
    }
    return BillingAgreement(**(facts | changes))


def cap(limit: str, policy: CapPolicy = CapPolicy.REJECT, **changes: Any) -> CapTerm:
    """The most that the contract may come to."""
    facts: dict[str, Any] = {
        "cap_id": "cap-1",
        "level": CapLevel.CONTRACT,
        "unit": CapUnit.AMOUNT,
        "limit": Decimal(limit),
        "policy": policy,
        "contract_id": "con-1",
    }
    return CapTerm(**(facts | changes))


def able(vendor: str, lacks: list[str]) -> Capabilities:
    return Capabilities(
        vendor=vendor,
        connection=vendor,
        roles=[],
        lacks=lacks,
        upsert=UpsertKind.NATIVE_KEY,
        feed=FeedKind.POLL,
        concurrency=4,
    )


class FakeErp:
    """Keeps documents under our ids; its tax table is its own, and it rounds each tax code once."""

    def __init__(self) -> None:
        self.documents: dict[str, BookedDocument] = {}
        self.sent: dict[str, PostingDocument] = {}
        self.drafted: Counter[str] = Counter()
        self.posted: Counter[str] = Counter()
        self.off_by = Decimal(0)
        self.adds_at_posting = Decimal(0)
        self.refuses: Problem | None = None
        self.changed: list[str] = []
        self.lacks: list[str] = []

    async def capabilities(self) -> Capabilities:
        return able("erp", self.lacks)

    async def put_document(self, *, document_id: str, body: PostingDocument) -> BookedDocument:
        if self.refuses is not None:
            raise self.refuses
        if document_id not in self.documents:
            self.drafted[document_id] += 1
            self.sent[document_id] = body
            self.documents[document_id] = self._booked(body)
        return self.documents[document_id]

    async def document(self, *, document_id: str) -> BookedDocument:
        if document_id not in self.documents:
            raise Problem(Kind.NOT_FOUND, "document_not_found")
        return self.documents[document_id]

    async def post_document(self, *, document_id: str) -> BookedDocument:
        draft = await self.document(document_id=document_id)
        if draft.state is BookedState.DRAFT:
            self.posted[document_id] += 1
            number = f"R{sum(self.posted.values())}"
            posted_on = self.sent[document_id].issued_on
            gross = draft.gross + self.adds_at_posting
            asked = replace(draft, gross=gross, open=gross, posted_on=posted_on)
            self.put(replace(asked, state=BookedState.POSTED, number=number))
        return self.documents[document_id]

    async def discard_document(self, *, document_id: str) -> None:
        if document_id in self.documents and self.documents[document_id].state is not BookedState.DRAFT:
            raise Problem(Kind.CONFLICT, "document_posted")
        self.documents.pop(document_id, None)

    async def document_changes(self, *, cursor: str = "", limit: int = 200) -> BookedChanges:
        start = int(cursor or 0)
        ids = self.changed[start : start + limit]
        return BookedChanges(documents=[self.documents[each] for each in ids], cursor=str(start + len(ids)))

    def put(self, document: BookedDocument) -> None:
        """Change a document, as whoever works there does."""
        self.documents[document.document_id] = document
        self.changed.append(document.document_id)

    def pay(self, document_id: str, amount: str) -> None:
        """A customer pays."""
        before = self.documents[document_id]
        left = before.open - Decimal(amount)
        self.put(replace(before, open=left, state=BookedState.PARTLY_PAID if left else BookedState.PAID))

    def _booked(self, body: PostingDocument) -> BookedDocument:
        bases: dict[str, Decimal] = {}
        for line in body.lines:
            net = (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_UP)
            bases[line.tax_code] = bases.get(line.tax_code, Decimal(0)) + net
        net = sum(bases.values(), Decimal(0))
        taxes = [(base * PERCENT[code] / 100).quantize(CENT, ROUND_HALF_UP) for code, base in bases.items()]
        tax = sum(taxes, Decimal(0)) + self.off_by
        return BookedDocument(
            document_id=body.document_id,
            external_id=f"E-{body.document_id}",
            kind=body.kind,
            state=BookedState.DRAFT,
            currency=body.currency,
            lines=len(body.lines),
            net=net,
            tax=tax,
            gross=net + tax,
            open=Decimal(0),
        )


class FakePsa:
    """Tells entries in pages and remembers which were billed by what."""

    def __init__(self) -> None:
        self.entries: list[TimeEntry] = []
        self.billed: dict[str, str] = {}
        self.lacks: list[str] = []

    async def capabilities(self) -> Capabilities:
        return able("psa", self.lacks)

    async def time_changes(self, *, cursor: str = "", limit: int = 200) -> TimeChanges:
        start = int(cursor or 0)
        page = self.entries[start : start + limit]
        return TimeChanges(entries=page, cursor=str(start + len(page)))

    async def report_billed(self, *, document_id: str, body: BilledTime) -> BilledTime:
        assert document_id == body.document_id
        self.billed |= dict.fromkeys(body.entry_ids, body.number)
        return body


class FakeCrm:
    """Remembers what was told of bills."""

    def __init__(self) -> None:
        self.reports: list[BillingReport] = []
        self.lacks: list[str] = []

    async def capabilities(self) -> Capabilities:
        return able("crm", self.lacks)

    async def report_billing(self, *, opportunity_id: str, body: BillingReport) -> BillingReport:
        assert opportunity_id == "opp-1"
        if not self.reports or self.reports[-1] != body:
            self.reports.append(body)
        return body


class World:
    """All of them together."""

    def __init__(self) -> None:
        self.crm, self.erp, self.psa = FakeCrm(), FakeErp(), FakePsa()
        self.tax = FakeTax()

    def connect(self, contract: Any, role: str) -> Any:
        """Whoever serves a role, as a tier would hand it to the room."""
        del contract
        return getattr(self, role)
