"""After posting: credit and rebill line by line, full credit, write-down, and re-pricing of what is unbilled.

Rules TIM-5 to TIM-7, BIL-10, RAT-8 and MON-7. What is billed changes only by a corrective document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, Chargeability, InvoiceLineReference, Side, TaxDecision
from contracts.canonical.field import Noun
from contracts.canonical.invoices import DraftLine, Invoice, InvoiceKind, InvoiceState
from contracts.canonical.money import Money
from contracts.canonical.pricing import RATE_MISSING, Price
from contracts.canonical.trade.documents import credited
from contracts.canonical.trade.ledger.lines import (
    ACTUAL_ON_DRAFT,
    Refused,
    derived,
    found,
    named,
    next_revision,
    reversal,
    valued,
)


class Rebill(Noun, frozen=True, kw_only=True):
    """Fresh decisions for what is billed again; without it those of the original are kept (rule TIM-7)."""

    price: Price
    tax: TaxDecision


class WriteDown(Noun, frozen=True, kw_only=True):
    """What a write-down appends, and what it does to the margin; the cost stays (rule BIL-10)."""

    lines: list[Actual]
    margin_effect: Money


def corrected(
    lines: Sequence[Actual],
    actual_id: str,
    quantity: Decimal,
    *,
    place: InvoiceLineReference,
    corrected_on: dt.date,
    reason: str,
    decided_by: str,
    write_off: Decimal = Decimal(0),
    rebill: Rebill | None = None,
) -> list[Actual]:
    """The lines that bring a billed line to a final quantity: its credit, its rebill, and what returns to the backlog.

    A decrease leaves the difference chargeable and unbilled, but for `write_off` of it. An increase bills the final
    quantity and reverses the original one. `place` is the line of the corrective document.

    Raises:
        Refused: REASON_MISSING; NOT_BILLED; INVALID_QUANTITY, when quantity or write-off are negative or the
            write-off is more than what is taken off; RATE_MISSING; UNADJUSTABLE or ACTUAL_UNKNOWN.

    """
    billed = _billed(lines, actual_id, reason=reason, decided_by=decided_by)
    less = billed.quantity - quantity
    if quantity < 0 or not 0 <= write_off <= max(less, Decimal(0)):
        raise Refused("INVALID_QUANTITY", f"{actual_id} cannot be corrected to {quantity} with {write_off} written off")
    appended = [
        reversal(billed, accounting_date=corrected_on, reason=reason, decided_by=decided_by, invoice_line=place)
    ]
    parts = [
        (Side.BILLED_SALES, billed.chargeability, quantity),
        (Side.UNBILLED_SALES, billed.chargeability, max(less, Decimal(0)) - write_off),
        (Side.UNBILLED_SALES, Chargeability.WRITTEN_OFF, write_off),
    ]
    for side, chargeability, part in parts:
        if part:
            line = derived(
                billed,
                quantity=part,
                revision=next_revision([*lines, *appended], billed),
                accounting_date=corrected_on,
                side=side,
                chargeability=chargeability,
                invoice_line=place if side is Side.BILLED_SALES else None,
                reason=reason,
                decided_by=decided_by,
            )
            appended.append(_decided_anew(line, rebill))
    return appended


def reopened(
    lines: Sequence[Actual], invoice: Invoice, *, credit_id: str, credited_on: dt.date, reason: str, decided_by: str
) -> tuple[Invoice, list[Actual]]:
    """The full credit of a posted invoice: every line that still stands billed by it returns to the backlog (TIM-7).

    The draft of the credit has its document already, which negates every amount as it stands (rule MON-7).

    Raises:
        Refused: NOT_POSTED; REASON_MISSING; PARTLY_CREDITED, when some of its lines were corrected since, so that
            what is left is corrected line by line.

    """
    if invoice.state is not InvoiceState.POSTED or invoice.document is None:
        raise Refused("NOT_POSTED", f"{invoice.invoice_id} is {invoice.state.value}")
    billed = [line for line in lines if _is_billed_by(line, invoice)]
    undone = {line.reversal_of for line in lines}
    if not billed or any(line.actual_id in undone for line in billed):
        raise Refused("PARTLY_CREDITED", f"lines of {invoice.invoice_id} were corrected before")
    appended: list[Actual] = []
    draft_lines: list[DraftLine] = []
    for number, line in enumerate(billed, start=1):
        place = InvoiceLineReference(invoice_id=credit_id, line_id=f"{credit_id}-{number}")
        draft_lines.append(DraftLine(line_id=place.line_id, actual_id=line.actual_id, quantity=Decimal(0)))
        appended += corrected(
            [*lines, *appended],
            line.actual_id,
            Decimal(0),
            place=place,
            corrected_on=credited_on,
            reason=reason,
            decided_by=decided_by,
        )
    credit = replace(
        invoice,
        invoice_id=credit_id,
        kind=InvoiceKind.CORRECTION,
        state=InvoiceState.DRAFT,
        lines=draft_lines,
        corrects=invoice.invoice_id,
        document=credited(invoice.document),
        series=None,
        number=None,
        posted_on=None,
    )
    return credit, appended


def written_down(
    lines: Sequence[Actual],
    actual_id: str,
    quantity: Decimal,
    *,
    held: Collection[str],
    written_on: dt.date,
    reason: str,
    decided_by: str,
) -> WriteDown:
    """Take a quantity out of what will be billed, as goodwill or lost: a line of its own, never a silent edit (BIL-10).

    Raises:
        Refused: REASON_MISSING; ACTUAL_ON_DRAFT; NOT_UNBILLED; INVALID_QUANTITY, when it is not positive or more
            than the line has.

    """
    unbilled = _unbilled(lines, actual_id, held=held, reason=reason, decided_by=decided_by)
    if not 0 < quantity <= unbilled.quantity:
        raise Refused("INVALID_QUANTITY", f"of {unbilled.quantity} no {quantity} can be written down")
    revision = next_revision(lines, unbilled)
    appended = [reversal(unbilled, accounting_date=written_on, reason=reason, decided_by=decided_by)]
    for chargeability, part in (
        (Chargeability.CHARGEABLE, unbilled.quantity - quantity),
        (Chargeability.WRITTEN_OFF, quantity),
    ):
        if part:
            appended.append(
                derived(
                    unbilled,
                    quantity=part,
                    revision=revision,
                    accounting_date=written_on,
                    chargeability=chargeability,
                    reason=reason,
                    decided_by=decided_by,
                )
            )
    kept = sum(
        (line.amount.amount for line in appended[1:] if line.chargeability is Chargeability.CHARGEABLE), Decimal(0)
    )
    effect = replace(unbilled.amount, amount=kept - unbilled.amount.amount)
    return WriteDown(lines=appended, margin_effect=effect)


def repriced(
    lines: Sequence[Actual],
    actual_id: str,
    price: Price,
    *,
    held: Collection[str],
    repriced_on: dt.date,
    reason: str,
    decided_by: str,
) -> list[Actual]:
    """A new rate for what is unbilled: a reversal and a new line; what is billed is credited instead (RAT-8).

    Raises:
        Refused: REASON_MISSING; ACTUAL_ON_DRAFT; NOT_UNBILLED; RATE_MISSING; MIXED_DOCUMENT, when the price is in
            another currency.

    """
    unbilled = _unbilled(lines, actual_id, held=held, reason=reason, decided_by=decided_by)
    fresh = derived(
        unbilled,
        quantity=unbilled.quantity,
        revision=next_revision(lines, unbilled),
        accounting_date=repriced_on,
        unit_rate=_rate(price, unbilled),
        reason=reason,
        decided_by=decided_by,
    )
    return [
        reversal(unbilled, accounting_date=repriced_on, reason=reason, decided_by=decided_by),
        replace(fresh, price_trace=price.trace),
    ]


def _billed(lines: Sequence[Actual], actual_id: str, *, reason: str, decided_by: str) -> Actual:
    if not reason or not decided_by:
        raise Refused("REASON_MISSING", "what was billed is corrected for a reason, by somebody")
    line = found(lines, actual_id)
    if line.side is not Side.BILLED_SALES:
        raise Refused("NOT_BILLED", f"{actual_id} is {line.side.value}")
    return line


def _unbilled(
    lines: Sequence[Actual], actual_id: str, *, held: Collection[str], reason: str, decided_by: str
) -> Actual:
    if not reason or not decided_by:
        raise Refused("REASON_MISSING", "what will be billed is changed for a reason, by somebody")
    line = found(lines, actual_id)
    if actual_id in held:
        raise Refused(ACTUAL_ON_DRAFT, f"{actual_id} is on a draft; discard it first")
    if line.side is not Side.UNBILLED_SALES or line.chargeability is not Chargeability.CHARGEABLE:
        raise Refused("NOT_UNBILLED", f"{actual_id} is {line.side.value}, {line.chargeability.value}")
    return line


def _decided_anew(line: Actual, rebill: Rebill | None) -> Actual:
    if rebill is None:
        return line
    fresh = replace(line, unit_rate=_rate(rebill.price, line), price_trace=rebill.price.trace, tax=rebill.tax)
    return named(valued(fresh))


def _rate(price: Price, line: Actual) -> Decimal:
    if price.rate is None:
        raise Refused(RATE_MISSING, f"there is no rate for {line.actual_id}")
    if price.currency != line.amount.currency:
        raise Refused("MIXED_DOCUMENT", f"{line.actual_id} is in {line.amount.currency}, the price in {price.currency}")
    return price.rate


def _is_billed_by(line: Actual, invoice: Invoice) -> bool:
    place = line.invoice_line
    mine = place is not None and place.invoice_id == invoice.invoice_id
    return mine and line.side is Side.BILLED_SALES and line.reversal_of is None
