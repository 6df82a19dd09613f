"""CRM, PSA and ERP of the seeded firm, as their contracts answer: pages in the order of their own ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from contracts.canonical.billing import BillingReport, BillingState, ScheduleReceipt
from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.deal import Opportunity, OpportunityChange, OpportunityChanges
from contracts.canonical.held import HeldDocument, HeldDocuments, HeldProject, HeldProjects
from contracts.canonical.money import Money, quantum
from contracts.canonical.party import Hierarchy
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind
from contracts.canonical.reference import Reference
from contracts.canonical.timesheets import TimeChanges, TimeEntry
from contracts.problem import Kind, Problem
from load.reconciliation.books import Bill, SeededBooks
from load.reconciliation.planted import Planted, Where

LONG_AGO: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_OTHER: Final = {"EUR": "USD"}
_EXTRA: Final = 100


def workspace_of(contract: int) -> str:
    """What the PSA calls a project."""
    return f"ws-{contract:06}"


def schedule_of(contract: int) -> str:
    """Our id of a schedule; the ERP calls it `so-…`."""
    return f"bsc-{contract:06}"


class Seeded:
    """What every system of the firm knows: its books, and what was planted in them."""

    def __init__(self, planted: Planted) -> None:
        self.planted = planted
        self.books: SeededBooks = planted.books

    async def capabilities(self) -> Capabilities:
        """Everything that is asked here."""
        return Capabilities(
            vendor="seeded",
            connection="seeded",
            roles=[],
            lacks=[],
            upsert=UpsertKind.NATIVE_KEY,
            feed=FeedKind.POLL,
            concurrency=4,
        )

    def money(self, contract: int, amount: Decimal) -> Money:
        """An amount in the currency of a contract."""
        return Money(amount=amount, currency=self.books.engagement(contract).currency)

    def more(self, contract: int, units: int) -> Money:
        """The value of a contract and so many minor units."""
        unit = quantum(self.books.engagement(contract).currency)
        return self.money(contract, self.books.value(contract) + units * unit)


class SeededCrm(Seeded):
    """Deals, and what sales was told of their bills."""

    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        """Every deal once, in order of number; those on their way come last."""
        first = int(cursor or 0)
        deals = self._deals()
        page = deals[first : first + limit]
        changes = [OpportunityChange(opportunity_id=deal, won=won, changed_at=LONG_AGO) for deal, won in page]
        return OpportunityChanges(changes=changes, cursor=str(first + len(page)))

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        """One deal, without what nobody compares."""
        contract = number_of(opportunity_id)
        where = self.planted.of(contract)
        amount = self.more(contract, _EXTRA if where is Where.DEAL_AMOUNT else 0)
        return Opportunity(
            opportunity_id=opportunity_id,
            name=f"Deal {contract}",
            won=where is not Where.DEAL_REOPENED,
            closed_on=LONG_AGO.date(),
            amount=amount,
            customer=self.books.engagement(contract).customer,
            lines=[],
        )

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        """A customer without ancestors."""
        customers = {each.customer.customer_id: each.customer for each in self.books.engagements}
        return Hierarchy(customers=[customers[account_id]])

    async def billing(self, *, opportunity_id: str) -> BillingReport:
        """What was told before anybody changed anything by hand."""
        if "new" in opportunity_id:
            raise Problem(Kind.NOT_FOUND, "nothing_told")
        contract = number_of(opportunity_id)
        where = self.planted.of(contract)
        gross = sum((bill.gross for bill in self.books.bills(contract)), Decimal(0))
        wrong = Decimal(1 if where is Where.BILLING_TOLD_WRONG else 0)
        unpaid = Decimal(1 if where is Where.PAYMENT_TOLD_WRONG else 0)
        return BillingReport(
            state=BillingState.PAID,
            invoiced=self.money(contract, gross + wrong),
            open=self.money(contract, unpaid),
        )

    def _deals(self) -> list[tuple[str, bool]]:
        there = [number for number in range(self.books.contracts) if self._is_there(number)]
        deals = [(self.books.deal(each), self.planted.of(each) is not Where.DEAL_REOPENED) for each in there]
        on_way = [number for number, where in self.planted if where is Where.DEAL_ON_ITS_WAY]
        return [*deals, *((f"opp-new-{number}", True) for number in on_way)]

    def _is_there(self, contract: int) -> bool:
        return self.planted.of(contract) is not Where.DEAL_MISSING


class SeededPsa(Seeded):
    """Projects with budgets, and entries of time."""

    async def held_projects(self, *, cursor: str = "", limit: int = 200) -> HeldProjects:
        """Projects contract by contract."""
        first = int(cursor or 0)
        last = min(first + limit, self.books.contracts)
        items = [each for contract in range(first, last) for each in self._projects(contract)]
        return HeldProjects(items=items, cursor="" if last == self.books.contracts else str(last))

    async def time_changes(self, *, cursor: str = "", limit: int = 200) -> TimeChanges:
        """Entries in order of number."""
        first = int(cursor or 0)
        last = min(first + limit, self.books.contracts * self.books.entries)
        entries = [each for number in range(first, last) for each in self._entries(number)]
        return TimeChanges(entries=entries, cursor=str(last))

    def _projects(self, contract: int) -> Iterator[HeldProject]:
        where, engagement = self.planted.of(contract), self.books.engagement(contract)
        if where is Where.PROJECT_MISSING:
            return
        budget = self.more(contract, _EXTRA if where is Where.BUDGET_AMOUNT else 0)
        if where is Where.BUDGET_CURRENCY:
            budget = Money(amount=budget.amount, currency=_OTHER.get(budget.currency, "EUR"))
        facts: dict[str, Any] = {
            "name": f"Project {contract}",
            "budget": budget,
            "customer_id": engagement.customer.customer_id,
            "project_id": "" if where is Where.PROJECT_UNLINKED else engagement.project_id,
            "open": where is not Where.PROJECT_ARCHIVED,
        }
        yield HeldProject(external_id=workspace_of(contract), **facts)
        if where is Where.PROJECT_TWICE:
            yield HeldProject(external_id=f"{workspace_of(contract)}-2", **facts)
        if where is Where.PROJECT_ORPHAN:
            yield HeldProject(external_id=f"ws-orphan-{contract}", **(facts | {"project_id": ""}))

    def _entries(self, number: int) -> Iterator[TimeEntry]:
        entry, where = self.books.entry(number), self.planted.entries.get(number)
        if where is Where.HOURS_UNKNOWN:
            return
        hours = entry.hours + (Decimal("0.5") if where is Where.HOURS_CHANGED else 0)
        yield TimeEntry(
            entry_id=entry.entry_id,
            version=1,
            approved=where is not Where.HOURS_WITHDRAWN,
            project_id=self.books.engagement(entry.contract).project_id,
            person_id="p-1",
            worked_on=entry.worked_on,
            hours=hours,
            billable_hours=hours,
        )


class SeededErp(Seeded):
    """Customers, schedules and documents."""

    async def customer(self, *, customer_id: str) -> Reference:
        """Found by our key."""
        lost = {
            self.books.engagement(number).customer.customer_id
            for number, where in self.planted.contracts.items()
            if where is Where.CUSTOMER_MISSING
        }
        if customer_id in lost:
            raise Problem(Kind.NOT_FOUND, "customer_not_found")
        return Reference(our_id=customer_id, external_id=f"erp-{customer_id}")

    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        """Found by our key."""
        contract = number_of(schedule_id)
        where = self.planted.of(contract)
        if where is Where.SCHEDULE_MISSING:
            raise Problem(Kind.NOT_FOUND, "schedule_not_found")
        total = self.more(contract, 1 if where is Where.SCHEDULE_CENT else 0)
        return ScheduleReceipt(schedule_id=schedule_id, external_id=f"so-{contract:06}", lines=1, total=total)

    async def held_documents(self, *, cursor: str = "", limit: int = 200) -> HeldDocuments:
        """Documents contract by contract."""
        first = int(cursor or 0)
        last = min(first + max(1, limit // 6), self.books.contracts)
        items = [each for contract in range(first, last) for each in self._documents(contract)]
        return HeldDocuments(items=items, cursor="" if last == self.books.contracts else str(last))

    async def document(self, *, document_id: str) -> BookedDocument:
        """Found by our key."""
        contract = int(document_id.split("-")[1])
        for each in self._documents(contract):
            if each.document.document_id == document_id:
                return each.document
        raise Problem(Kind.NOT_FOUND, "document_not_found")

    def _documents(self, contract: int) -> Iterator[HeldDocument]:
        where = self.planted.of(contract)
        for number, bill in enumerate(self.books.bills(contract)):
            if number == 0 and where is not None:
                yield from self._broken(bill, where)
            else:
                yield self._document(bill)

    def _broken(self, bill: Bill, where: Where) -> Iterator[HeldDocument]:
        unit = quantum(self.books.engagement(bill.contract).currency)
        apart = {Where.DOCUMENT_AMOUNT: _EXTRA * unit, Where.DOCUMENT_CENT: unit, Where.DOCUMENT_TAX: 7 * unit}
        if where is Where.DOCUMENT_DELETED:
            return
        tax = apart.get(where, Decimal(0)) if where is Where.DOCUMENT_TAX else Decimal(0)
        yield self._document(
            bill,
            gross=bill.gross + apart.get(where, Decimal(0)),
            tax=bill.tax + tax,
            document_id="" if where is Where.DOCUMENT_UNLINKED else bill.document_id,
            state=BookedState.VOIDED if where is Where.DOCUMENT_VOIDED else BookedState.PAID,
            currency="CHF" if where is Where.DOCUMENT_CURRENCY else None,
        )
        if where is Where.DOCUMENT_TWICE:
            yield self._document(bill, document_id="", external_id=f"{_erp_id(bill)}-2")
        if where is Where.DOCUMENT_ORPHAN:
            odd = bill.gross + 3 * unit
            yield self._document(bill, document_id="", external_id=f"erp-orphan-{bill.contract}", gross=odd)
        if where is Where.DOCUMENT_UNKNOWN_KEY:
            unknown = f"inv-unknown-{bill.contract}"
            yield self._document(bill, document_id=unknown, external_id=f"erp-{unknown}", project_id="")

    def _document(
        self,
        bill: Bill,
        *,
        gross: Decimal | None = None,
        tax: Decimal | None = None,
        document_id: str | None = None,
        external_id: str = "",
        state: BookedState = BookedState.PAID,
        currency: str | None = None,
        project_id: str | None = None,
    ) -> HeldDocument:
        engagement = self.books.engagement(bill.contract)
        whole, taxed = gross or bill.gross, bill.tax if tax is None else tax
        document = BookedDocument(
            document_id=bill.document_id if document_id is None else document_id,
            external_id=external_id or _erp_id(bill),
            kind=DocumentKind.INVOICE,
            state=state,
            currency=currency or engagement.currency,
            lines=1,
            net=whole - taxed,
            tax=taxed,
            gross=whole,
            open=Decimal(0),
            number=f"N-{bill.document_id}",
            posted_on=bill.posted_on,
        )
        project = engagement.project_id if project_id is None else project_id
        return HeldDocument(document=document, customer_id=engagement.customer.customer_id, project_id=project)


def number_of(name: str) -> int:
    """The number at the end of a name."""
    return int(name.rpartition("-")[2])


def _erp_id(bill: Bill) -> str:
    return f"erp-{bill.document_id}"
