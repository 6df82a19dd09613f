"""Answers clients about their bills: whose a thing is, is looked at before anything is read of it or done with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from contracts.canonical.casework import Limit
from contracts.canonical.invoices import Invoice
from contracts.canonical.posting import BookedDocument
from contracts.problem import Kind, Problem
from contracts.process.client_billing import (
    AcceptAsClient,
    Arrears,
    Bill,
    BillPage,
    DeclineAsClient,
    Dispute,
    DisputePage,
    Milestones,
    MilestoneStanding,
    Payments,
    People,
    ProjectAccount,
    RaiseDispute,
)
from contracts.process.time_to_bill import ElectronicInvoice, IdempotencyKey, InvoiceExplanation, Key, TimeToBill
from contracts.system.erp import Erp
from kit.caller import Caller, calling, current_caller
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.client_bills import bill_of, payments_of, summary_of
from process_apis.time_to_bill.client_disputes import ClientDisputes
from process_apis.time_to_bill.client_milestones import ClientMilestones
from process_apis.time_to_bill.client_reading import ClientBooks, customers_of
from process_apis.time_to_bill.client_views import account_of, people_of
from process_apis.time_to_bill.config import Config

_AT_ONCE: Final = 4
_OWN: Final = "process:time_to_bill"


class ClientBillingService:
    """Reads the ledger, and the ERP for what is paid; what people object to are cases."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        billing: TimeToBill,
        erp: Erp,
        milestones: ClientMilestones,
        disputes: ClientDisputes,
        config: Config,
    ) -> None:
        self._accounts = accounts
        self._billing = billing
        self._erp = erp
        self._milestones = milestones
        self._disputes = disputes
        self._config = config

    async def milestones(self, *, project_id: Key) -> Milestones:
        """Read the payment points of a project."""
        return await self._milestones.of(project_id)

    async def accept(self, *, project_id: Key, milestone_id: Key, body: AcceptAsClient) -> MilestoneStanding:
        """Accept a milestone, so that it is billed."""
        return await self._milestones.accept(project_id, milestone_id, body)

    async def decline(
        self, *, project_id: Key, milestone_id: Key, body: DeclineAsClient, idempotency_key: IdempotencyKey
    ) -> MilestoneStanding:
        """Decline a milestone; delivery has to answer."""
        return await self._milestones.decline(project_id, milestone_id, body, key=idempotency_key)

    async def account(self, *, project_id: Key) -> ProjectAccount:
        """Read what of a contract was consumed, billed and not yet billed."""
        async with self._books() as mine:
            agreement = await mine.agreed(project_id)
            lines = await mine.books.lines(project_id)
            caps = await mine.books.caps.of_contract(agreement.contract_id)
            return account_of(agreement, lines, caps, as_of=mine.books.now.date())

    async def payments(self, *, project_id: Key) -> Payments:
        """Read how the documents of a project are settled, by the ERP's own books."""
        async with self._books() as mine:
            agreement = await mine.agreed(project_id)
            posted = await mine.books.posted(project_id)
            today = mine.books.now.date()
        gate = asyncio.Semaphore(_AT_ONCE)
        booked = await asyncio.gather(*(self._booked(invoice, gate) for invoice in posted))
        summaries = [summary_of(invoice, agreement) for invoice in posted]
        return payments_of(agreement, list(zip(summaries, booked, strict=True)), today=today)

    async def arrears(self, *, project_id: Key) -> Arrears:
        """Read whether documents of a project are open past their day."""
        late = [each.days_overdue for each in (await self.payments(project_id=project_id)).items if each.days_overdue]
        return Arrears(project_id=project_id, documents=len(late), days_overdue=max(late, default=0))

    async def people(self, *, project_id: Key) -> People:
        """Read who works on a project, and as what."""
        async with self._books() as mine:
            await mine.agreed(project_id)
            return People(project_id=project_id, items=people_of(await mine.books.lines(project_id)))

    async def invoices(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> BillPage:
        """List the caller's invoices and credit notes."""
        async with self._books() as mine:
            found = await mine.page(project_id=project_id, cursor=cursor, limit=limit)
        items = [summary_of(invoice, agreement) for invoice, agreement in found.items]
        return BillPage(items=items, next_cursor=found.cursor)

    async def invoice(self, *, invoice_id: Key) -> Bill:
        """Read one invoice with its lines."""
        async with self._books() as mine:
            invoice, agreement = await mine.posted(invoice_id)
            lines = await mine.books.lines(agreement.project_id)
            today = mine.books.now.date()
        booked = await self._booked(invoice, asyncio.Semaphore(1))
        return bill_of(invoice, agreement, lines, booked, today=today)

    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Read why each line costs what it costs."""
        await self._must_be_mine(invoice_id)
        return await self._billing.explanation(invoice_id=invoice_id)

    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """Read an invoice by EN 16931."""
        await self._must_be_mine(invoice_id)
        return await self._billing.electronic(invoice_id=invoice_id)

    async def dispute(self, *, invoice_id: Key, body: RaiseDispute, idempotency_key: IdempotencyKey) -> Dispute:
        """Disagree with an invoice; finance has to answer."""
        return await self._disputes.raise_one(invoice_id, body, key=idempotency_key)

    async def disputes(
        self, *, project_id: str = "", invoice_id: str = "", cursor: str = "", limit: Limit = 50
    ) -> DisputePage:
        """List the caller's disputes."""
        having = {"project_id": project_id, "invoice_id": invoice_id}
        return await self._disputes.page(having=having, cursor=cursor, limit=limit)

    async def one_dispute(self, *, dispute_id: Key) -> Dispute:
        """Read one dispute with its answer."""
        return await self._disputes.one(dispute_id)

    async def withdraw(self, *, dispute_id: Key, idempotency_key: IdempotencyKey) -> Dispute:
        """Let a dispute go that was not answered yet."""
        del idempotency_key  # what was withdrawn stays so, whoever repeats it
        return await self._disputes.withdraw(dispute_id)

    @asynccontextmanager
    async def _books(self) -> AsyncIterator[ClientBooks]:
        async with self._accounts.read() as books:
            yield ClientBooks(books, customers_of(current_caller(), self._config))

    async def _must_be_mine(self, invoice_id: str) -> None:
        async with self._books() as mine:
            await mine.posted(invoice_id)

    async def _booked(self, invoice: Invoice, gate: asyncio.Semaphore) -> BookedDocument:
        """The document by the ERP's own books, asked in the name of this process: no client speaks to a system."""
        try:
            async with gate:
                with _in_own_name():
                    return await self._erp.document(document_id=invoice.invoice_id)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise
            detail = f"the ERP does not find {invoice.invoice_id} at present"
            raise Problem(Kind.UNAVAILABLE, "books_unavailable", detail, hint="ask again later") from problem


@contextmanager
def _in_own_name() -> Iterator[None]:
    caller = current_caller()
    scopes = frozenset({"erp:read"})
    own = Caller(subject=_OWN, scopes=scopes, tenant=caller.tenant, actor=(caller.subject, *caller.actor))
    with calling(own):
        yield
