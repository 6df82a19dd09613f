"""Time to bill: from approved time to a posted invoice, its corrections, and what sales is told of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta, field

from contracts.canonical.actuals import Actual, CapStanding
from contracts.canonical.agreements import AccountingPeriod, AgreementVersion, BillingAgreement, PeriodState
from contracts.canonical.casework import CaseState
from contracts.canonical.documents import MoneyDocument
from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.invoices import Invoice, Retainer
from contracts.canonical.money import Money
from contracts.canonical.timesheets import TimeEntry
from contracts.port import Header, get, post, put

IdempotencyKey = Annotated[str, Header("Idempotency-Key"), Meta(min_length=1, max_length=255)]
Key = Annotated[str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]
Month = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]
Reason = Annotated[str, Meta(min_length=3, max_length=500)]


class StartTimeIntake(Command, frozen=True, kw_only=True):
    """Entries of one project to be booked. A batch sent again attaches to the case that stands."""

    batch_id: Key
    project_id: Key
    system: Annotated[str, Meta(description="Connection they come from", min_length=1, max_length=64)]
    entries: Annotated[list[TimeEntry], Meta(min_length=1, max_length=500)]


class StartExpenseIntake(Command, frozen=True, kw_only=True):
    """Expenses of one project to be booked. A batch sent again attaches to the case that stands."""

    batch_id: Key
    project_id: Key
    system: Annotated[str, Meta(description="Connection they come from", min_length=1, max_length=64)]
    entries: Annotated[list[ExpenseEntry], Meta(min_length=1, max_length=500)]


class StartInvoice(Command, frozen=True, kw_only=True):
    """Bill what is ready of a project up to a day of work, on one document of one tax treatment."""

    invoice_id: Annotated[Key, Meta(description="Our id of the invoice, given by whoever asks for it")]
    project_id: Key
    through: Annotated[dt.date, Meta(description="Last day of work that is billed")]
    issued_on: Annotated[dt.date, Meta(description="Date of the document")]
    treatment: Annotated[str, Meta(description="domestic, or the code of another tax category", max_length=16)] = (
        "domestic"
    )


class LineCorrection(Command, frozen=True, kw_only=True):
    """One billed line and its final quantity; what is taken off is billed later, or written off."""

    actual_id: Annotated[str, Meta(min_length=1, max_length=255)]
    quantity: Annotated[Decimal, Meta(description="Final quantity")]
    write_off: Annotated[Decimal, Meta(description="How much of what is taken off is never billed")] = Decimal(0)


class StartCorrection(Command, frozen=True, kw_only=True):
    """Correct a posted invoice: single lines to final quantities, or all of it when no line is named."""

    correction_id: Key
    invoice_id: Key
    reason: Reason
    corrected_on: dt.date
    lines: Annotated[list[LineCorrection], Meta(max_length=500)] = field(default_factory=list)
    requested_by: Annotated[str, Meta(description="Who asks; whoever sends it, if empty", max_length=128)] = ""


class WriteOffLine(Command, frozen=True, kw_only=True):
    """One unbilled line, and how much of it is never billed, in its own unit."""

    actual_id: Annotated[str, Meta(min_length=1, max_length=255)]
    quantity: Annotated[Decimal, Meta(description="What is written off; of an expense, the amount")]


class StartWriteOff(Command, frozen=True, kw_only=True):
    """Write off what would be billed, before the invoice (rule BIL-10)."""

    write_off_id: Key
    project_id: Key
    reason: Reason
    written_on: dt.date
    lines: Annotated[list[WriteOffLine], Meta(min_length=1, max_length=500)]
    requested_by: Annotated[str, Meta(description="Who asks; always who sends it", max_length=128)] = ""


class AcceptMilestone(Command, frozen=True, kw_only=True):
    """Proof that a milestone was reached; without a document nothing is ready to be billed (rule BIL-5)."""

    project_id: Key
    accepted_on: dt.date
    accepted_by: Annotated[str, Meta(description="Who accepted for the customer", min_length=1, max_length=128)]
    document: Annotated[str, Meta(description="Reference of the signed protocol", min_length=1, max_length=128)]


class ChargeDue(Command, frozen=True, kw_only=True):
    """Book what falls due by its date: installments, advances, subscriptions, and what is drawn from advances."""

    through: Annotated[dt.date, Meta(description="Last day of what falls due; a year ahead of today at most counts")]


class StartBillingRun(Command, frozen=True, kw_only=True):
    """Bill everything that is ready of a legal entity, in one run with control totals and a sign-off (CTL-7)."""

    run_id: Key
    legal_entity_id: Key
    through: dt.date
    issued_on: dt.date
    dry_run: Annotated[bool, Meta(description="Only count what it would bill")] = False


class StartBillingReport(Command, frozen=True, kw_only=True):
    """A document changed in the ERP: sales is told how the bills of its project stand by now."""

    project_id: Key
    document_id: Key
    change: Annotated[str, Meta(description="State and open amount that were met", max_length=128)]


class CaseStarted(Noun, frozen=True, kw_only=True):
    """The case that carries the work; `attached` is true when it stood there before."""

    case_id: str
    attached: bool


class BillingFault(Noun, frozen=True, kw_only=True):
    """Why something cannot be billed, and what to do."""

    code: str
    detail: str
    entry_id: str = ""


class ProForma(Noun, frozen=True, kw_only=True):
    """A document as it would be posted now; nothing is held for it."""

    treatment: str
    lines: list[Actual]
    document: MoneyDocument


class RetainerStanding(Noun, frozen=True, kw_only=True):
    """How a retainer stands: each advance with what was applied and given back, and what can still be drawn.

    What is drawn for the next document counts as applied already.
    """

    line_id: str
    advances: list[Retainer]
    available: Money
    waiting: Annotated[int, Meta(description="Lines of work that wait for an advance")] = 0


class Charged(Noun, frozen=True, kw_only=True):
    """The lines that were booked because they fell due; none, when all of them stood already."""

    project_id: str
    through: dt.date
    lines: list[Actual]
    retainers: list[RetainerStanding] = field(default_factory=list)


class Unbilled(Noun, frozen=True, kw_only=True):
    """What of a project is ready to be billed up to a day, and how its caps stand."""

    project_id: str
    through: dt.date
    documents: list[ProForma]
    caps: list[CapStanding] = field(default_factory=list)
    retainers: list[RetainerStanding] = field(default_factory=list)


class LineExplanation(Noun, frozen=True, kw_only=True):
    """Why a line of an invoice costs what it costs, each reason in a sentence, in the order they were weighed."""

    line_id: str
    actual_id: str
    net: Money
    sentences: list[str]


class InvoiceExplanation(Noun, frozen=True, kw_only=True):
    """Every line of an invoice with its reasons, and how the document comes to its total."""

    invoice_id: str
    lines: list[LineExplanation]
    sentences: list[str]


class ElectronicInvoice(Noun, frozen=True, kw_only=True):
    """A posted document as the buyer's system reads it; the same document always gives the same text."""

    invoice_id: str
    number: Annotated[str, fact("Legal number", Record.ERP, example="2026-00017")]
    syntax: Annotated[str, fact("How it is written", Record.SLUICE, example="UBL 2.1")]
    specification: Annotated[str, fact("By which rules", Record.SLUICE, example="urn:cen.eu:en16931:2017")]
    sha256: Annotated[str, fact("Hash of the text in UTF-8", Record.SLUICE)]
    xml: Annotated[str, fact("The document", Record.SLUICE, classification=Classification.CONFIDENTIAL)]


class BillingStanding(Noun, frozen=True, kw_only=True):
    """What a case of time to bill has become so far."""

    case_id: str
    state: CaseState
    step: str
    trace_id: str
    facts: Annotated[dict[str, str], fact("What the case has learnt", Record.SLUICE)] = field(default_factory=dict)


class SetPeriod(Command, frozen=True, kw_only=True):
    """Close a month of a legal entity, or open it again; a hard-closed one is never opened here (rule CTL-5)."""

    state: PeriodState
    reason: Reason


class ReopenedState(StrEnum):
    """What a hard-closed month becomes: open, or open to nobody but finance."""

    OPEN = "open"
    SOFT_CLOSED = "soft_closed"


class StartReopening(Command, frozen=True, kw_only=True):
    """Open a hard-closed month again, which two people in two roles decide (rule CTL-5)."""

    reopening_id: Key
    legal_entity_id: Key
    period: Month
    reason: Reason
    state: ReopenedState = ReopenedState.SOFT_CLOSED
    requested_by: Annotated[str, Meta(description="Who asks; always who sends it", max_length=128)] = ""


class TimeToBill(Protocol):
    """Approved time becomes lines of actuals, lines become invoices, invoices are posted, corrected and reported."""

    @put("/agreements/{project_id}", scope="time_to_bill:agree", problems=(409,))
    async def agree(self, *, project_id: Key, body: BillingAgreement) -> AgreementVersion:
        """Keep what was agreed about a project's bills; the same again makes no new version."""
        ...

    @get("/agreements/{project_id}", scope="time_to_bill:read", problems=(404,))
    async def agreement(self, *, project_id: Key) -> AgreementVersion:
        """What holds now."""
        ...

    @get("/agreement-proposals/{project_id}", scope="time_to_bill:read", problems=(404, 409))
    async def propose(self, *, project_id: Key, opportunity_id: Key, legal_entity_id: Key) -> BillingAgreement:
        """Draw an agreement from the deal that was sold, for finance to complete; nothing is kept."""
        ...

    @post("/time-batches", scope="time_to_bill:book", status=202)
    async def book(self, *, body: StartTimeIntake, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Book entries on the ledger; those that cannot be booked wait as one exception each."""
        ...

    @post("/expense-batches", scope="time_to_bill:book", status=202)
    async def book_expenses(self, *, body: StartExpenseIntake, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Book expenses on the ledger; those that cannot be booked wait as one exception each."""
        ...

    @put("/milestones/{milestone_id}/acceptance", scope="time_to_bill:book", problems=(404, 409))
    async def accept(self, *, milestone_id: Key, body: AcceptMilestone) -> Actual:
        """Take a milestone as reached, so that it is ready to be billed; the same again changes nothing."""
        ...

    @put("/projects/{project_id}/charges", scope="time_to_bill:book", problems=(404, 409))
    async def charge(self, *, project_id: Key, body: ChargeDue) -> Charged:
        """Book what falls due by its date; the same again books nothing, an amended agreement books the difference."""
        ...

    @get("/projects/{project_id}/unbilled", scope="time_to_bill:read", problems=(404, 409))
    async def unbilled(self, *, project_id: Key, through: dt.date) -> Unbilled:
        """The invoices that would be made now, with what falls due by then."""
        ...

    @post("/invoices", scope="time_to_bill:start", status=202, problems=(404, 409))
    async def bill(self, *, body: StartInvoice, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Make one invoice: draft, approval, ERP, ledger, and word to delivery and sales."""
        ...

    @get("/invoices/{invoice_id}", scope="time_to_bill:read", problems=(404,))
    async def invoice(self, *, invoice_id: Key) -> Invoice:
        """One invoice as the ledger has it."""
        ...

    @get("/invoices/{invoice_id}/explanation", scope="time_to_bill:read", problems=(404, 409))
    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Why each line costs what it costs."""
        ...

    @get("/invoices/{invoice_id}/electronic", scope="time_to_bill:read", problems=(404, 409))
    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """A posted invoice or credit note by EN 16931; refused with every fault at once when something is missing."""
        ...

    @post("/corrections", scope="time_to_bill:correct", status=202, problems=(404, 409))
    async def correct(self, *, body: StartCorrection, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Correct a posted invoice by a document of its own."""
        ...

    @post("/write-offs", scope="time_to_bill:correct", status=202, problems=(404, 409))
    async def write_off(self, *, body: StartWriteOff, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Write off unbilled work, once somebody decided; nothing is deleted."""
        ...

    @post("/runs", scope="time_to_bill:start", status=202)
    async def run(self, *, body: StartBillingRun, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Bill a legal entity: survey, sign-off, one case an invoice."""
        ...

    @get("/cases/{case_id}", scope="time_to_bill:read", problems=(404,))
    async def standing(self, *, case_id: str) -> BillingStanding:
        """What a case has become so far."""
        ...

    @put("/periods/{legal_entity_id}/{period}", scope="time_to_bill:close", problems=(409,))
    async def set_period(self, *, legal_entity_id: Key, period: Month, body: SetPeriod) -> AccountingPeriod:
        """Close or open a month."""
        ...

    @post("/period-reopenings", scope="time_to_bill:close", status=202, problems=(409,))
    async def reopen(self, *, body: StartReopening, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Open a hard-closed month, once two people in two roles decided."""
        ...

    @get("/periods/{legal_entity_id}/{period}", scope="time_to_bill:read")
    async def period(self, *, legal_entity_id: Key, period: Month) -> AccountingPeriod:
        """Whether a month takes bookings; one that nobody closed is open."""
        ...
