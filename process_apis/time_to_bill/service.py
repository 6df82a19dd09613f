"""Answers the contract: keeps agreements and periods, starts cases once, and shows what the books say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import Actual
from contracts.canonical.agreements import AccountingPeriod, AgreementVersion, BillingAgreement, PeriodState
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.canonical.trade.exchange import ExchangeRateUnknown
from contracts.canonical.trade.ledger.lines import Refused
from contracts.problem import FieldError, Kind, Problem
from contracts.process.time_to_bill import (
    AcceptMilestone,
    BillingStanding,
    CaseStarted,
    Charged,
    ChargeDue,
    ElectronicInvoice,
    IdempotencyKey,
    InvoiceExplanation,
    Key,
    Month,
    ProForma,
    SetPeriod,
    StartBillingRun,
    StartCorrection,
    StartExpenseIntake,
    StartInvoice,
    StartReopening,
    StartTimeIntake,
    StartWriteOff,
    Unbilled,
)
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.caller import current_caller
from kit.durable import Road
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts, charged, looked
from process_apis.time_to_bill.agreeing import keep
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import by_treatment, draft_of
from process_apis.time_to_bill.drawing import agreement_of
from process_apis.time_to_bill.due import standings
from process_apis.time_to_bill.explaining import explained
from process_apis.time_to_bill.exporting import electronic, issued_document
from process_apis.time_to_bill.milestones import accepted

PREVIEW: Final = "preview"


@dataclass(frozen=True)
class Roads:
    """The roads of billing."""

    intake: Road
    expenses: Road
    invoice: Road
    correction: Road
    write_off: Road
    reopening: Road
    run: Road
    dispute: Road
    decline: Road
    report: Road

    @property
    def all(self) -> tuple[Road, ...]:
        """Every one of them."""
        return (
            self.intake,
            self.expenses,
            self.invoice,
            self.correction,
            self.write_off,
            self.reopening,
            self.run,
            self.dispute,
            self.decline,
            self.report,
        )


class TimeToBillService:
    """Speaks to the books and to the durable engine; a case of another process does not exist here."""

    def __init__(
        self, *, accounts: Accounts, durable: DurableSource, roads: Roads, crm: Crm, erp: Erp, config: Config
    ) -> None:
        self._accounts = accounts
        self._crm = crm
        self._erp = erp
        self._config = config
        self._durable = durable
        self._roads = roads

    async def agree(self, *, project_id: Key, body: BillingAgreement) -> AgreementVersion:
        """Keep what was agreed about a project's bills."""
        if body.project_id != project_id:
            error = FieldError(pointer="/project_id", code="key_differs", detail=f"the address says {project_id}")
            raise Problem(Kind.CONFLICT, "key_differs", "body and address are about two projects", errors=(error,))
        async with self._accounts.write() as books:
            return await keep(books, body, by=current_caller().subject)

    async def agreement(self, *, project_id: Key) -> AgreementVersion:
        """What holds now."""
        async with self._accounts.read() as books:
            found = await books.agreement(project_id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "agreement_not_found", f"nothing was agreed about {project_id}")
        return found

    async def propose(self, *, project_id: Key, opportunity_id: Key, legal_entity_id: Key) -> BillingAgreement:
        """Draw an agreement from the deal that was sold."""
        deal = await self._crm.opportunity(opportunity_id=opportunity_id)
        entities = {each.legal_entity_id: each for each in (await self._erp.legal_entities()).items}
        if legal_entity_id not in entities:
            raise Problem(Kind.NOT_FOUND, "legal_entity_not_found", f"the ERP knows no company {legal_entity_id}")
        seller = entities[legal_entity_id]
        return agreement_of(deal, seller, project_id=project_id, tax_codes=self._config.tax_codes)

    async def book(self, *, body: StartTimeIntake, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Book entries on the ledger."""
        del idempotency_key  # the batch itself is the key
        return await self._start(self._roads.intake, body.batch_id, body)

    async def book_expenses(self, *, body: StartExpenseIntake, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Book expenses on the ledger."""
        del idempotency_key  # the batch itself is the key
        return await self._start(self._roads.expenses, body.batch_id, body)

    async def accept(self, *, milestone_id: Key, body: AcceptMilestone) -> Actual:
        """Take a milestone as reached."""
        async with self._accounts.write() as books:
            return await accepted(books, milestone_id, body)

    async def unbilled(self, *, project_id: Key, through: dt.date) -> Unbilled:
        """The invoices that would be made now."""
        try:
            async with self._accounts.read() as books:
                version, held = await books.version(project_id), await books.ledger.held()
                agreement = version.agreement
                found = await looked(books, version, held=held, through=through)
                caps = await books.caps.of_contract(agreement.contract_id)
            groups = by_treatment(found.lines, agreement, held=held | found.waiting, through=through)
            drafts = {name: draft_of(PREVIEW, chosen, agreement, issued_on=through) for name, chosen in groups.items()}
        except (Refused, ExchangeRateUnknown) as reason:
            raise Problem(Kind.CONFLICT, "not_billable", str(reason), hint="complete the agreement") from reason
        documents = [
            ProForma(treatment=name, lines=groups[name], document=draft.document) for name, draft in drafts.items()
        ]
        retainers = standings(found, agreement)
        return Unbilled(project_id=project_id, through=through, documents=documents, caps=caps, retainers=retainers)

    async def charge(self, *, project_id: Key, body: ChargeDue) -> Charged:
        """Book what falls due."""
        try:
            async with self._accounts.write() as books:
                found = await charged(books, project_id, held=await books.ledger.held(), through=body.through)
                agreement = await books.agreed(project_id)
        except Refused as reason:
            raise Problem(Kind.CONFLICT, "not_billable", str(reason), hint="complete the agreement") from reason
        retainers = standings(found, agreement)
        return Charged(project_id=project_id, through=body.through, lines=found.appended, retainers=retainers)

    async def bill(self, *, body: StartInvoice, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Make one invoice."""
        del idempotency_key  # the id of the invoice is the key
        await self.agreement(project_id=body.project_id)
        return await self._start(self._roads.invoice, body.invoice_id, body)

    async def invoice(self, *, invoice_id: Key) -> Invoice:
        """One invoice as the ledger has it."""
        async with self._accounts.read() as books:
            return await books.ledger.invoice(invoice_id)

    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Why each line costs what it costs."""
        async with self._accounts.read() as books:
            invoice = await books.ledger.invoice(invoice_id)
            project_id = await books.project_of(invoice)
            before = takewhile(lambda each: each.invoice_id != invoice_id, await books.posted(project_id))
            since = max((each.posted_on for each in before if each.posted_on is not None), default=None)
            return explained(invoice, await books.lines(project_id), since=since)

    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """The invoice as its buyer's system reads it."""
        async with self._accounts.read() as books:
            invoice = await books.ledger.invoice(invoice_id)
            corrected = None if invoice.corrects is None else await books.ledger.invoice(invoice.corrects)
            project_id = await books.project_of(invoice)
            lines, agreement = await books.lines(project_id), await books.agreed(project_id)
        issuer = self._config.issuers.get(invoice.legal_entity_id)
        return electronic(invoice, issued_document(invoice, lines, agreement, issuer=issuer, corrected=corrected))

    async def correct(self, *, body: StartCorrection, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Correct a posted invoice; whoever asks for it does not decide on it."""
        del idempotency_key  # the id of the correction is the key
        invoice = await self.invoice(invoice_id=body.invoice_id)
        if invoice.state is not InvoiceState.POSTED:
            raise Problem(Kind.CONFLICT, "not_posted", f"{body.invoice_id} is {invoice.state.value}")
        asked = replace(body, requested_by=current_caller().subject)
        return await self._start(self._roads.correction, body.correction_id, asked)

    async def write_off(self, *, body: StartWriteOff, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Write off unbilled work; whoever asks for it does not decide on it."""
        del idempotency_key  # the id of the write-off is the key
        await self.agreement(project_id=body.project_id)
        asked = replace(body, requested_by=current_caller().subject)
        return await self._start(self._roads.write_off, body.write_off_id, asked)

    async def run(self, *, body: StartBillingRun, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Bill a legal entity."""
        del idempotency_key  # the id of the run is the key
        return await self._start(self._roads.run, body.run_id, body)

    async def standing(self, *, case_id: str) -> BillingStanding:
        """What a case has become so far."""
        file = await self._durable().standing(case_id)
        summary = file.summary
        if summary.process not in {road.process for road in self._roads.all}:
            raise Problem(Kind.NOT_FOUND, "case_not_found", f"there is no case {case_id} of billing")
        return BillingStanding(
            case_id=case_id, state=summary.state, step=summary.step, trace_id=file.trace_id, facts=file.facts
        )

    async def set_period(self, *, legal_entity_id: Key, period: Month, body: SetPeriod) -> AccountingPeriod:
        """Close or open a month."""
        wanted = AccountingPeriod(
            legal_entity_id=legal_entity_id,
            period=period,
            state=body.state,
            reason=body.reason,
            changed_by=current_caller().subject,
        )
        async with self._accounts.write() as books:
            return await books.set_period(wanted)

    async def reopen(self, *, body: StartReopening, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Open a hard-closed month."""
        del idempotency_key  # the id of the reopening is the key
        found = await self.period(legal_entity_id=body.legal_entity_id, period=body.period)
        if found.state is not PeriodState.HARD_CLOSED:
            detail = f"{body.period} of {body.legal_entity_id} is {found.state.value}"
            raise Problem(Kind.CONFLICT, "period_not_hard_closed", detail, hint="set the period instead")
        asked = replace(body, requested_by=current_caller().subject)
        return await self._start(self._roads.reopening, body.reopening_id, asked)

    async def period(self, *, legal_entity_id: Key, period: Month) -> AccountingPeriod:
        """Whether a month takes bookings."""
        async with self._accounts.read() as books:
            return await books.period(legal_entity_id, period)

    async def _start(self, road: Road, key: str, start: Struct) -> CaseStarted:
        by = current_caller().subject  # who opens a case does not decide on it
        started = await self._durable().start(road, business_key=key, start=start, by=by)
        return CaseStarted(case_id=started.case_id, attached=started.attached)
