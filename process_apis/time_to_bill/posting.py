"""Our documents as an ERP is to book them, and whether its own books agree. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import Actual, ActualKind
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.documents import ComputedLine
from contracts.canonical.posting import BookedDocument, DocumentKind, PostingDocument, PostingLine
from kit.durable import Fault
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.drafting import Draft
from process_apis.time_to_bill.naming import fitting
from process_apis.time_to_bill.retaining import DRAWN, REFUNDED
from process_apis.time_to_bill.spending import SPENT

AMOUNTS: Final = frozenset({DRAWN, REFUNDED, SPENT})
_TEXT: Final = 255


def posting_of(draft: Draft, agreement: BillingAgreement) -> PostingDocument:
    """The document as the ERP is to book it; one whose total is negative is a credit note."""
    document = draft.document
    return PostingDocument(
        document_id=draft.invoice.invoice_id,
        kind=DocumentKind.CREDIT_NOTE if document.gross < 0 else DocumentKind.INVOICE,
        customer_id=draft.invoice.customer_id,
        legal_entity_id=draft.invoice.legal_entity_id,
        project_id=draft.project_id,
        currency=document.currency,
        issued_on=draft.issued_on,
        due_on=draft.due_on,
        lines=_lines(draft, names={line.line_id: line.name for line in agreement.lines}),
        net=document.net,
        tax=document.tax,
        gross=document.gross,
        corrects=draft.invoice.corrects if document.gross < 0 else None,
        purchase_order=agreement.purchase_order,
    )


def mismatch(draft: Draft, booked: BookedDocument) -> Fault | None:
    """The problem of an ERP whose books say another net, tax or gross than ours; None when they tie."""
    ours = draft.document
    held = (booked.net, booked.tax, booked.gross, booked.currency)
    if held == (ours.net, ours.tax, ours.gross, ours.currency):
        return None
    detail = (
        f"The ERP holds {booked.net} net, {booked.tax} tax and {booked.gross} gross in {booked.currency}; "
        f"ours has {ours.net}, {ours.tax} and {ours.gross} in {ours.currency}."
    )
    context = {
        "invoice_id": draft.invoice.invoice_id,
        "erp_document": booked.external_id,
        "gross_ours": f"{ours.gross} {ours.currency}",
        "gross_held": f"{booked.gross} {booked.currency}",
    }
    return fault("INVOICE_TOTAL_MISMATCH", detail, context=context)


def _lines(draft: Draft, *, names: Mapping[str, str]) -> list[PostingLine]:
    """What the customer reads: work of one person in one role at one rate is one line, in order of its first day.

    Only amounts that need no rounding are put together, so that the sum of the lines is the same to the cent; any
    other stands alone.
    """
    groups: dict[Hashable, list[tuple[Actual, ComputedLine]]] = {}
    for number, (actual, computed) in enumerate(_billed(draft)):
        line = computed.line
        exact = actual.kind is ActualKind.HOURS and line.quantity * line.rate == computed.net
        who = (actual.contract_line_id, actual.person_id, actual.role, actual.tax)
        groups.setdefault((*who, line.rate, line.quantity < 0, 0 if exact else number), []).append((actual, computed))
    numbered = enumerate(groups.values(), 1)
    return [_line(fitting(f"{draft.invoice.invoice_id}-{number}"), parts, names) for number, parts in numbered]


def _billed(draft: Draft) -> Iterator[tuple[Actual, ComputedLine]]:
    """A computed line has the id of the line of actuals that it bills, or of the one that it credits."""
    actuals = {line.reversal_of: line for line in draft.lines if line.reversal_of is not None}
    actuals |= {line.actual_id: line for line in draft.lines}
    found = [(actuals[computed.line.line_id], computed) for computed in draft.document.lines]
    yield from sorted(found, key=lambda pair: (pair[0].work_date, pair[0].person_id or "", pair[1].line.line_id))


def _line(line_id: str, parts: Sequence[tuple[Actual, ComputedLine]], names: Mapping[str, str]) -> PostingLine:
    actual, computed = parts[0]
    quantity = sum((part.line.quantity for _, part in parts), Decimal(0))
    price = computed.line.rate
    if actual.unit in AMOUNTS:  # the customer reads one expense of so much, not so much of one
        quantity, price = (quantity / abs(quantity), abs(quantity) * price) if quantity else (quantity, price)
    return PostingLine(
        line_id=line_id,
        description=_description([actual for actual, _ in parts], names, quantity),
        quantity=quantity,
        unit_price=price,
        net=sum((part.net for _, part in parts), Decimal(0)),
        tax_code=actual.tax.tax_code if actual.tax is not None else "",
    )


def _description(actuals: Sequence[Actual], names: Mapping[str, str], quantity: Decimal) -> str:
    first = actuals[0]
    name = names.get(first.contract_line_id, first.contract_line_id)
    about = first.category if first.kind is ActualKind.EXPENSE else first.task_id
    days = sorted({actual.work_date for actual in actuals})
    when = str(days[0]) if len(days) == 1 else f"{days[0]} to {days[-1]}"
    verb = f"{first.unit}, " if first.unit in {DRAWN, REFUNDED} else "credit, " if quantity < 0 else ""
    words = (
        f"{verb}{name}",
        None if first.kind is ActualKind.HOURS else about,
        None if first.kind is ActualKind.SUBSCRIPTION_PERIOD else when,
        first.role,
        first.person_id,
    )
    return ", ".join(word for word in words if word)[:_TEXT]
