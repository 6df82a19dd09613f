"""From what is ready to a posted invoice, each line once; a period selects and never overrides (BIL-12, TIM-6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Final

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, Chargeability, InvoiceLineReference, Side
from contracts.canonical.documents import DocumentLine, ExchangeRecord, MoneyDocument
from contracts.canonical.field import Noun
from contracts.canonical.invoices import DraftLine, Invoice, InvoiceKind, InvoiceState
from contracts.canonical.trade.documents import computed
from contracts.canonical.trade.ledger.lines import (
    ACTUAL_ON_DRAFT,
    ACTUAL_UNKNOWN,
    Refused,
    by_id,
    derived,
    found_in,
    live,
    next_revision,
    reversal,
)

_SHOWN: Final = (Chargeability.CHARGEABLE, Chargeability.NON_CHARGEABLE)


class OverBill(Noun, frozen=True, kw_only=True):
    """How much more of one source is billed than was worked; shown, and never netted against other work."""

    system: str
    source_id: str
    quantity: Decimal


def ready(
    lines: Sequence[Actual],
    *,
    held: Collection[str],
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> list[Actual]:
    """The lines that can be billed now: unbilled, chargeable, on no draft, and worked within the days given.

    Days are included and select by the day of work alone; what a line is was decided by the lines about it.
    """
    return [
        line
        for line in live(lines, side=Side.UNBILLED_SALES)
        if line.chargeability is Chargeability.CHARGEABLE
        and line.actual_id not in held
        and (first is None or line.work_date >= first)
        and (last is None or line.work_date <= last)
    ]


def drafted(invoice_id: str, chosen: Sequence[Actual], *, held: Collection[str]) -> Invoice:
    """A draft over some unbilled lines, each at its own quantity.

    Raises:
        Refused: NOTHING_TO_BILL; ACTUAL_ON_DRAFT; NOT_UNBILLED; or MIXED_DOCUMENT, when the lines are not of one
            customer, seller and currency (rules BIL-11, BIL-12).

    """
    if not chosen:
        raise Refused("NOTHING_TO_BILL", "a draft needs a line")
    for line in chosen:
        if line.actual_id in held:
            raise Refused(ACTUAL_ON_DRAFT, f"{line.actual_id} is on another draft")
        if line.side is not Side.UNBILLED_SALES or line.chargeability not in _SHOWN:
            raise Refused("NOT_UNBILLED", f"{line.actual_id} is {line.side.value}, {line.chargeability.value}")
    if len({(line.customer_id, line.legal_entity_id, line.amount.currency) for line in chosen}) != 1:
        raise Refused("MIXED_DOCUMENT", "a document has one customer, one seller and one currency")
    if len({line.actual_id for line in chosen}) != len(chosen):
        raise Refused(ACTUAL_ON_DRAFT, "a line is on the draft twice")
    return Invoice(
        invoice_id=invoice_id,
        kind=InvoiceKind.INVOICE,
        customer_id=chosen[0].customer_id,
        legal_entity_id=chosen[0].legal_entity_id,
        currency=chosen[0].amount.currency,
        lines=[
            DraftLine(line_id=f"{invoice_id}-{number}", actual_id=line.actual_id, quantity=line.quantity)
            for number, line in enumerate(chosen, start=1)
        ],
    )


def requantified(draft: Invoice, actual_id: str, quantity: Decimal, *, reason: str) -> Invoice:
    """The draft with another quantity for one line. What is cut off is not charged; what is added is over-billed.

    Raises:
        Refused: NOT_A_DRAFT; REASON_MISSING; INVALID_QUANTITY; ACTUAL_UNKNOWN.

    """
    _must_be_draft(draft)
    if not reason:
        raise Refused("REASON_MISSING", "a quantity is changed for a reason")
    if quantity < 0:
        raise Refused("INVALID_QUANTITY", "a quantity is not negative")
    if actual_id not in {line.actual_id for line in draft.lines}:
        raise Refused(ACTUAL_UNKNOWN, f"{actual_id} is not on the draft")
    changed = [
        replace(line, quantity=quantity, reason=reason) if line.actual_id == actual_id else line for line in draft.lines
    ]
    return replace(draft, lines=changed)


def posted(lines: Sequence[Actual], draft: Invoice, *, posted_on: dt.date) -> list[Actual]:
    """The lines that posting appends: what was unbilled is reversed, and stands as billed (rule BIL-12).

    A changed quantity first makes new unbilled lines, the cut part as non-chargeable; these are reversed as well.

    Raises:
        Refused: NOT_A_DRAFT; UNADJUSTABLE or ACTUAL_UNKNOWN, when a line of the draft no longer counts;
            NOT_CHARGEABLE, when the quantity of a line was changed that is not charged.

    """
    _must_be_draft(draft)
    known = by_id(lines)
    appended: list[Actual] = []
    for line in draft.lines:
        unbilled = found_in(known, line.actual_id)
        place = InvoiceLineReference(invoice_id=draft.invoice_id, line_id=line.line_id)
        appended.append(reversal(unbilled, accounting_date=posted_on, reason="billed", invoice_line=place))
        for part in _parts(chain(lines, appended), unbilled, line, posted_on=posted_on):
            if part is not unbilled:
                undone = reversal(part, accounting_date=posted_on, reason="billed", invoice_line=place)
                appended += [part, undone]
            billed = derived(
                part,
                quantity=part.quantity,
                revision=part.revision,
                accounting_date=posted_on,
                side=Side.BILLED_SALES,
                invoice_line=place,
                reason=line.reason,
            )
            appended.append(billed)
    return appended


def document_of(appended: Sequence[Actual], *, exchange: ExchangeRecord | None = None) -> MoneyDocument:
    """The amounts of a document from the lines that its posting appends; what is not charged is shown at nothing.

    Raises:
        Refused: NOTHING_TO_BILL; TAX_CODE_MISSING; MIXED_DOCUMENT, when amounts are cut in several ways.

    """
    billed = [line for line in appended if line.side is Side.BILLED_SALES]
    if not billed:
        raise Refused("NOTHING_TO_BILL", "a document needs a line")
    if len({(line.amount.currency, line.rounding) for line in billed}) != 1:
        raise Refused("MIXED_DOCUMENT", "a document has one currency and one way to cut amounts")
    return computed(
        [_document_line(line) for line in billed],
        billed[0].amount.currency,
        mode=billed[0].rounding,
        exchange=exchange,
    )


def over_billed(lines: Sequence[Actual]) -> list[OverBill]:
    """Where more is billed than was worked, by source and in order of source."""
    worked: dict[tuple[str, str], Decimal] = {}
    billed: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line.source.system, line.source.source_id)
        if line.side is Side.COST:
            worked[key] = worked.get(key, Decimal(0)) + line.quantity
        elif line.side is Side.BILLED_SALES and line.chargeability is Chargeability.CHARGEABLE:
            billed[key] = billed.get(key, Decimal(0)) + line.quantity
    return [
        OverBill(system=key[0], source_id=key[1], quantity=quantity - worked[key])
        for key, quantity in sorted(billed.items())
        if key in worked and quantity > worked[key]
    ]


def sealed(draft: Invoice, document: MoneyDocument, *, series: str, number: int, posted_on: dt.date) -> Invoice:
    """The draft as a posted document with its legal number.

    Raises:
        Refused: NOT_A_DRAFT; INVALID_NUMBER, when the number is not positive.

    """
    _must_be_draft(draft)
    if number < 1:
        raise Refused("INVALID_NUMBER", "legal numbers begin with 1")
    return replace(
        draft, state=InvoiceState.POSTED, document=document, series=series, number=number, posted_on=posted_on
    )


def held_by(invoices: Mapping[str, Invoice]) -> set[str]:
    """The lines of actuals that are on a draft."""
    return {
        line.actual_id for invoice in invoices.values() if invoice.state is InvoiceState.DRAFT for line in invoice.lines
    }


def _must_be_draft(invoice: Invoice) -> None:
    if invoice.state is not InvoiceState.DRAFT:
        raise Refused("NOT_A_DRAFT", f"{invoice.invoice_id} is {invoice.state.value}")


def _parts(lines: Iterable[Actual], unbilled: Actual, line: DraftLine, *, posted_on: dt.date) -> list[Actual]:
    if line.quantity == unbilled.quantity:
        return [unbilled]
    if unbilled.chargeability is not Chargeability.CHARGEABLE:
        raise Refused("NOT_CHARGEABLE", f"{unbilled.actual_id} is not charged, so its quantity is not changed")
    revision = next_revision(lines, unbilled)
    quantities = [
        (unbilled.chargeability, line.quantity),
        (Chargeability.NON_CHARGEABLE, max(unbilled.quantity - line.quantity, Decimal(0))),
    ]
    return [
        derived(
            unbilled,
            quantity=quantity,
            revision=revision,
            accounting_date=posted_on,
            chargeability=chargeability,
            reason=line.reason,
        )
        for chargeability, quantity in quantities
        if quantity
    ]


def _document_line(line: Actual) -> DocumentLine:
    if line.tax is None:
        raise Refused("TAX_CODE_MISSING", f"nobody decided how {line.actual_id} is taxed")
    charged = line.chargeability is Chargeability.CHARGEABLE
    return DocumentLine(
        line_id=line.actual_id,
        quantity=line.quantity,
        rate=line.unit_rate if charged else Decimal(0),
        category=line.tax.category,
        tax_percent=line.tax.percent,
    )
