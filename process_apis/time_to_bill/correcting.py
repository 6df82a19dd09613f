"""The road of a correction: what a posted invoice comes to in the end, by a document of its own (TIM-5 to TIM-7)."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, InvoiceLineReference, Side
from contracts.canonical.invoices import DraftLine, Invoice, InvoiceKind, InvoiceState
from contracts.canonical.posting import BookedDocument
from contracts.canonical.trade.ledger.billing import document_of
from contracts.canonical.trade.ledger.correcting import corrected, reopened
from contracts.canonical.trade.ledger.lines import ACTUAL_UNKNOWN, Refused
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartCorrection
from kit.durable import Effect, Held, Road, record, step
from process_apis.time_to_bill.accounts import move_caps
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.decisions import needed_for_correction
from process_apis.time_to_bill.drafting import Draft, shown
from process_apis.time_to_bill.patient import decided
from process_apis.time_to_bill.process import note, told
from process_apis.time_to_bill.steps import Steps, invoice_or_none, must_tie

PROCESS: Final = "invoice_correction"


class CorrectionSteps(Steps):
    """The steps of a correction; booking, posting and telling are those of an invoice."""

    @step(undo="give_up")
    async def prepare(self, effect: Effect, start: StartCorrection) -> Draft:
        """Hold the billed lines, and say what the correction comes to.

        Raises:
            Held: a line is being corrected already, or what is asked cannot be.

        """
        del effect
        async with self._accounts.write() as books:
            invoice = await books.ledger.invoice(start.invoice_id)
            project_id = await books.project_of(invoice)
            agreement = await books.agreed(project_id)
            try:
                correction, appended = made(start, invoice, await books.lines(project_id), decided_by="pending")
                await books.hold(start.correction_id, [line.actual_id for line in correction.lines])
            except (Refused, Problem) as refusal:
                if isinstance(refusal, Problem) and refusal.kind is not Kind.CONFLICT:
                    raise
                detail = f"{refusal.detail if isinstance(refusal, Problem) else refusal}."
                context = {"invoice_id": start.invoice_id, "correction_id": start.correction_id}
                raise Held(fault("CORRECTION_BLOCKED", detail, context=context)) from refusal
            exchange = None if invoice.document is None else invoice.document.exchange
            document = correction.document or document_of(appended, exchange=exchange)
            return self.asking(shown(correction, document, appended, agreement, issued_on=start.corrected_on))

    async def give_up(self, effect: Effect, start: StartCorrection) -> None:
        """Let go of the lines."""
        del effect
        async with self._accounts.write() as books:
            await books.release(start.correction_id)

    @step()
    async def tie(self, effect: Effect, draft: Draft, booked: BookedDocument) -> None:
        """Let the ledger follow only what was decided on.

        Raises:
            Held: what the ERP has posted differs; a person reverses it there first.

        """
        del effect
        must_tie(draft, booked)

    @step()
    async def correct(self, effect: Effect, start: StartCorrection, booked: BookedDocument, decided_by: str) -> Invoice:
        """Credit and bill again on the ledger, line by line, and move what the caps count."""
        del effect
        async with self._accounts.write() as books:
            standing = await invoice_or_none(books, start.correction_id)
            if standing is not None and standing.state is InvoiceState.POSTED:
                return standing
            return await _sealed(books, start, booked, decided_by=decided_by)


async def invoice_correction(steps: CorrectionSteps, start: StartCorrection) -> None:
    """Lines held, decision, ERP, ledger; then delivery and sales are told."""
    draft = await steps.prepare(start)
    await note(draft)
    await record(facts={"corrects": start.invoice_id, "reason": start.reason})
    await steps.book(draft)
    request = needed_for_correction(draft, reason=start.reason, by=start.requested_by, config=steps.config)
    decided_by = await decided(steps, start.correction_id, request)
    booked = await steps.post(draft)
    await steps.tie(draft, booked)
    invoice = await steps.correct(start, booked, decided_by)
    await told(steps, draft, invoice, booked)
    if draft.taxed:
        await steps.correct_tax(start, draft)


def correction_road(steps: CorrectionSteps, *, version: int) -> Road:
    """The road of a correction over these steps."""
    return Road(process=PROCESS, version=version, run=invoice_correction, steps=steps, starts=StartCorrection)


def made(
    start: StartCorrection, invoice: Invoice, lines: list[Actual], *, decided_by: str
) -> tuple[Invoice, list[Actual]]:
    """The correction and the lines that it appends; all of the invoice when no line is named.

    Raises:
        Refused: as `reopened` and `corrected`; ACTUAL_UNKNOWN, when a line was not billed by this invoice.

    """
    if not start.lines:
        return reopened(
            lines,
            invoice,
            credit_id=start.correction_id,
            credited_on=start.corrected_on,
            reason=start.reason,
            decided_by=decided_by,
        )
    mine = {line.actual_id for line in lines if _billed_by(line, invoice)}
    appended: list[Actual] = []
    draft_lines = []
    for number, wanted in enumerate(start.lines, start=1):
        if wanted.actual_id not in mine:
            raise Refused(ACTUAL_UNKNOWN, f"{wanted.actual_id} is not billed by {invoice.invoice_id}")
        place = InvoiceLineReference(invoice_id=start.correction_id, line_id=f"{start.correction_id}-{number}")
        draft_lines.append(DraftLine(line_id=place.line_id, actual_id=wanted.actual_id, quantity=wanted.quantity))
        appended += corrected(
            [*lines, *appended],
            wanted.actual_id,
            wanted.quantity,
            place=place,
            corrected_on=start.corrected_on,
            reason=start.reason,
            decided_by=decided_by,
            write_off=wanted.write_off,
        )
    correction = Invoice(
        invoice_id=start.correction_id,
        kind=InvoiceKind.CORRECTION,
        customer_id=invoice.customer_id,
        legal_entity_id=invoice.legal_entity_id,
        currency=invoice.currency,
        lines=draft_lines,
        corrects=invoice.invoice_id,
    )
    return correction, appended


async def _sealed(books: Books, start: StartCorrection, booked: BookedDocument, *, decided_by: str) -> Invoice:
    invoice = await books.ledger.invoice(start.invoice_id)
    project_id = await books.project_of(invoice)
    agreement = await books.agreed(project_id)
    correction, appended = made(start, invoice, await books.lines(project_id), decided_by=decided_by)
    done = await books.ledger.correct(
        replace(correction, erp_number=booked.number),
        appended,
        series=agreement.series,
        posted_on=start.corrected_on,
        closed=frozenset(),  # the ERP's books took it, and ours follow them
    )
    await move_caps(books, agreement, start.correction_id, appended)
    return done


def _billed_by(line: Actual, invoice: Invoice) -> bool:
    place = line.invoice_line
    return place is not None and place.invoice_id == invoice.invoice_id and line.side is Side.BILLED_SALES
