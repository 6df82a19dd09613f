"""What billing does to the world, each act with the one that takes it back; none acts twice under one key."""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.canonical.actuals import ActualKind
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.billing import BillingReport
from contracts.canonical.casework import FixField
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.canonical.posting import BookedDocument
from contracts.canonical.timesheets import BilledTime
from contracts.canonical.trade.exchange import ExchangeRateUnknown
from contracts.canonical.trade.ledger.billing import posted
from contracts.canonical.trade.ledger.lines import Refused
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartInvoice
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa
from contracts.system.tax import Tax
from kit.durable import Effect, Held, step
from process_apis.time_to_bill.accounts import Accounts, charged, move_caps
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.charging import TAX_CODE_MISSING
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import Draft, by_treatment, completed, draft_of, exchange_on, open_day
from process_apis.time_to_bill.patient import Patient
from process_apis.time_to_bill.posting import mismatch, posting_of
from process_apis.time_to_bill.reporting import report_of
from process_apis.time_to_bill.tax_steps import TaxSteps

NEXT_PERIOD: Final = "next_open_period"
_AT_ONCE: Final = 500
_POST_INTO: Final = FixField(name="post_into", label="Where it is posted", choices=[NEXT_PERIOD, "reopened_period"])


class Steps(TaxSteps, Patient):
    """The steps from a draft to word of a posted invoice, over one ledger, one ERP, one PSA and one CRM.

    The ERP posts first: what it refuses leaves the ledger as it was. What it has posted the ledger follows, in the
    month that the ERP booked it in.
    """

    def __init__(
        self,
        *,
        accounts: Accounts,
        crm: Crm,
        erp: Erp,
        psa: Psa,
        psa_name: str,
        config: Config,
        tax: Tax | None = None,
    ) -> None:
        self._accounts = accounts
        self._crm = crm
        self._erp = erp
        self._psa = psa
        self._psa_name = psa_name
        self._config = config
        self._tax = tax

    @step(undo="discard_draft")
    async def draft(self, effect: Effect, start: StartInvoice) -> Draft | None:
        """Book what falls due, and hold what is ready for one invoice; None when nothing is.

        Raises:
            Held: the month is closed, there is no rate of exchange, or nobody decided on a tax.

        """
        async with self._accounts.write() as books:
            agreement = await books.agreed(start.project_id)
            standing = await invoice_or_none(books, start.invoice_id)
            issued_on = await self._day(books, agreement, start, effect)
            try:
                if standing is not None:
                    lines = await books.lines(start.project_id)
                    return self.asking(completed(standing, lines, agreement, issued_on=issued_on))
                held = await books.ledger.held()
                found = await charged(books, start.project_id, held=held, through=start.through)
                kept = held | found.waiting
                chosen = by_treatment(found.lines, agreement, held=kept, through=start.through).get(start.treatment)
                if not chosen:
                    return None
                made = draft_of(start.invoice_id, chosen, agreement, issued_on=issued_on)
            except ExchangeRateUnknown as unknown:
                context = {"project_id": start.project_id, "invoice_id": start.invoice_id}
                raise Held(fault("EXCHANGE_RATE_MISSING", f"{unknown}.", context=context)) from unknown
            except Refused as refusal:
                if refusal.code != TAX_CODE_MISSING:
                    raise
                context = {"project_id": start.project_id, "invoice_id": start.invoice_id}
                raise Held(fault("BILLING_TAX_MISSING", f"{refusal}.", context=context)) from refusal
            await books.ledger.draft(made.invoice)
            return self.asking(made)

    async def discard_draft(self, effect: Effect, start: StartInvoice) -> None:
        """Free the lines of a draft that is given up."""
        del effect
        async with self._accounts.write() as books:
            standing = await invoice_or_none(books, start.invoice_id)
            if standing is not None and standing.state is InvoiceState.DRAFT:
                await books.ledger.discard(start.invoice_id)

    @step(undo="unbook", system="erp")
    async def book(self, effect: Effect, draft: Draft) -> BookedDocument:
        """Draft the document in the ERP, where it must come to the same amounts.

        Raises:
            Held: the ERP's books say other amounts than ours.

        """
        del effect  # the id of the document is the key
        async with self._accounts.read() as books:
            agreement = await books.agreed(draft.project_id)
        wanted = posting_of(draft, agreement)
        booked = await self._erp.put_document(document_id=wanted.document_id, body=wanted)
        must_tie(draft, booked)
        return booked

    async def unbook(self, effect: Effect, draft: Draft) -> None:
        """Discard the ERP's draft; one that is posted was taken back by a document, as a person has said."""
        del effect
        try:
            await self._erp.discard_document(document_id=draft.invoice.invoice_id)
        except Problem as problem:
            if problem.kind is not Kind.CONFLICT:
                raise

    @step(pivot=True, system="erp")
    async def post(self, effect: Effect, draft: Draft) -> BookedDocument:
        """Post the ERP's draft; from here on the document is only ever credited.

        Raises:
            Held: somebody changed the draft in the ERP since it was decided on; nothing is posted then.

        """
        del effect
        must_tie(draft, await self._erp.document(document_id=draft.invoice.invoice_id))
        return await self._erp.post_document(document_id=draft.invoice.invoice_id)

    @step()
    async def seal(self, effect: Effect, draft: Draft, booked: BookedDocument) -> Invoice:
        """Bill the lines on the ledger under a number without gaps, and move what the caps count.

        Raises:
            Held: what the ERP has posted differs from what was decided on; a person reverses it there first.

        """
        del effect
        must_tie(draft, booked)
        async with self._accounts.write() as books:
            agreement = await books.agreed(draft.project_id)
            standing = await books.ledger.invoice(draft.invoice.invoice_id)
            if standing.state is InvoiceState.POSTED:
                return standing
            appended = posted(await books.lines(draft.project_id), standing, posted_on=draft.issued_on)
            done = await books.ledger.post(
                standing.invoice_id,
                series=agreement.series,
                posted_on=draft.issued_on,
                closed=frozenset(),  # the ERP's books took it, and ours follow them
                exchange=exchange_on(agreement, draft.issued_on),
                erp_number=booked.number,
            )
            await move_caps(books, agreement, standing.invoice_id, appended)
            return done

    @step(system="psa")
    async def mark_time(self, effect: Effect, draft: Draft, number: str) -> int:
        """Mark the entries as billed where they were entered; how many were, none where the system cannot."""
        del effect
        hours = [line for line in draft.lines if line.kind is ActualKind.HOURS]
        entry_ids = sorted({line.source.source_id for line in hours if line.source.system == self._psa_name})
        if not entry_ids or "report_billed" in (await self._psa.capabilities()).lacks:
            return 0
        document_id = draft.invoice.invoice_id
        for start in range(0, len(entry_ids), _AT_ONCE):
            body = BilledTime(document_id=document_id, number=number, entry_ids=entry_ids[start : start + _AT_ONCE])
            await self._psa.report_billed(document_id=document_id, body=body)
        return len(entry_ids)

    @step(system="crm")
    async def tell_sales(self, effect: Effect, project_id: str) -> BillingReport | None:
        """Tell sales how the bills of the deal stand, by the ERP's own books; None where there is nobody to tell."""
        del effect
        async with self._accounts.read() as books:
            agreement = await books.agreed(project_id)
            invoices = await books.posted(project_id)
        if not agreement.opportunity_id or "report_billing" in (await self._crm.capabilities()).lacks:
            return None
        documents = [await self._erp.document(document_id=each.invoice_id) for each in invoices]
        report = report_of(documents, agreement.currency)
        return await self._crm.report_billing(opportunity_id=agreement.opportunity_id, body=report)

    @property
    def config(self) -> Config:
        """What the process was told."""
        return self._config

    async def _day(self, books: Books, agreement: BillingAgreement, start: StartInvoice, effect: Effect) -> dt.date:
        closed = await books.closed(agreement.legal_entity_id)
        if f"{start.issued_on:%Y-%m}" not in closed:
            return start.issued_on
        if effect.fixes.get(_POST_INTO.name) == NEXT_PERIOD:
            return open_day(start.issued_on, closed=closed)
        detail = (
            f"The invoice would be dated {start.issued_on}, in a month that {agreement.legal_entity_id} has closed."
        )
        context = {"project_id": start.project_id, "invoice_id": start.invoice_id}
        raise Held(fault("PERIOD_CLOSED", detail, context=context, form=(_POST_INTO,)))


def must_tie(draft: Draft, booked: BookedDocument) -> None:
    """Let nothing pass whose amounts in the ERP are others than ours.

    Raises:
        Held: they are.

    """
    problem = mismatch(draft, booked)
    if problem is not None:
        raise Held(problem)


async def invoice_or_none(books: Books, invoice_id: str) -> Invoice | None:
    """An invoice of the ledger, if there is one."""
    try:
        return await books.ledger.invoice(invoice_id)
    except Problem as problem:
        if problem.kind is not Kind.NOT_FOUND:
            raise
        return None
