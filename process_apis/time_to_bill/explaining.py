"""Why a line of an invoice costs what it costs, in sentences a customer can be read. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

from contracts.canonical.actuals import Actual, ActualKind, Chargeability, Side
from contracts.canonical.documents import ComputedLine, MoneyDocument
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money
from contracts.canonical.trade.ledger.lines import live
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import InvoiceExplanation, LineExplanation
from process_apis.time_to_bill.posting import AMOUNTS
from process_apis.time_to_bill.retaining import DRAWN, REFUNDED


def explained(invoice: Invoice, lines: Sequence[Actual], *, since: dt.date | None = None) -> InvoiceExplanation:
    """The explanation of a posted invoice or correction from the lines of its project.

    What was written off is told too: of a source that it bills beside the line, of others that were settled after
    `since`, the day of the invoice before, at the end.

    Raises:
        Problem: conflict, when it is not posted: a draft has no amounts of its own.

    """
    document = invoice.document
    if document is None:
        raise Problem(Kind.CONFLICT, "not_posted", f"{invoice.invoice_id} is {invoice.state.value}")
    mine = placed(invoice, lines)
    lost = [line for line in live(lines) if line.chargeability is Chargeability.WRITTEN_OFF]
    told = []
    for number, computed in enumerate(document.lines, start=1):
        actual = mine[billed_as(computed)]
        net = Money(amount=computed.net, currency=document.currency)
        told.append(
            LineExplanation(
                line_id=line_id_of(invoice, actual, number=number),
                actual_id=actual.actual_id,
                net=net,
                sentences=[
                    *_of_line(actual, computed.line.quantity, net),
                    *_left(actual, lines, to=invoice.posted_on),
                    *_written_off(actual, lost),
                    *_prices(actual),
                ],
            )
        )
    beside = list(_beside(lost, {line.source.source_id for line in mine.values()}, since=since, to=invoice.posted_on))
    sentences = [*_of_total(document), *beside]
    return InvoiceExplanation(invoice_id=invoice.invoice_id, lines=told, sentences=sentences)


def placed(invoice: Invoice, lines: Sequence[Actual]) -> dict[str, Actual]:
    """The lines of the ledger that a document bills or credits, by the id under which it computes each."""
    mine = {line.reversal_of: line for line in lines if line.reversal_of is not None and _on(line, invoice)}
    return mine | {line.actual_id: line for line in lines if line.reversal_of is None and _on(line, invoice)}


def billed_as(computed: ComputedLine) -> str:
    """The id of the line of actuals that a computed line bills or credits."""
    return computed.line.line_id.removesuffix("/reversal")


def line_id_of(invoice: Invoice, actual: Actual, *, number: int) -> str:
    """The id of a line on its document; `number` is its place, from 1."""
    place = actual.invoice_line
    return f"{invoice.invoice_id}-{number}" if place is None else place.line_id


def _of_line(actual: Actual, quantity: Decimal, net: Money) -> Iterator[str]:
    yield _origin(actual, net)
    yield from _amount(actual, quantity, net)


def _origin(actual: Actual, net: Money) -> str:
    name, day = actual.task_id or actual.source.source_id, actual.work_date
    if actual.unit in {DRAWN, REFUNDED}:
        given = "drawn from" if actual.unit == DRAWN else "left of"
        back = "" if actual.unit == DRAWN else " and given back"
        return f"{abs(net.amount)} {net.currency} are {given} the advance of {name}{back}, by {day}."
    match actual.kind:
        case ActualKind.MILESTONE:
            return f"Milestone {name} was reached on {day}."
        case ActualKind.INSTALLMENT:
            return f"{name} of the fixed fee fell due on {day}, by version {actual.source.version} of the agreement."
        case ActualKind.RETAINER:
            return f"The advance of {name} fell due on {day}, by version {actual.source.version} of the agreement."
        case ActualKind.SUBSCRIPTION_PERIOD:
            return f"The subscription of {name} fell due on {day}, by version {actual.source.version} of the agreement."
        case _:
            source = f"entry {actual.source.source_id} of {actual.source.system}, version {actual.source.version}"
            if actual.kind is ActualKind.EXPENSE:
                return f"{actual.person_id or 'Somebody'} spent on {actual.category} on {day} ({source})."
            return f"{actual.person_id or 'Somebody'} worked on {day} as {actual.role or 'no role'} ({source})."


def _amount(actual: Actual, quantity: Decimal, net: Money) -> Iterator[str]:
    if actual.unit not in AMOUNTS:
        yield (
            f"{quantity} {actual.unit} at {actual.unit_rate} come to {net.amount} {net.currency}, "
            f"cut {actual.rounding.value.replace('_', ' ')} to minor units."
        )
    if actual.tax is not None:
        tax = actual.tax
        yield f"It is taxed by code {tax.tax_code}: category {tax.category.value}, {tax.percent} %."
    if actual.reversal_of is not None:
        yield f"It takes back {actual.reversal_of} exactly as it was billed."
    if actual.reason:
        yield f"Reason: {actual.reason}" + (f", decided by {actual.decided_by}." if actual.decided_by else ".")


def _left(actual: Actual, lines: Sequence[Actual], *, to: dt.date | None) -> Iterator[str]:
    """What was left of an advance on the day of the invoice, once it was drawn on."""
    if actual.unit not in {DRAWN, REFUNDED}:
        return
    key = actual.source.source_id.rpartition("/")[0]
    left = Decimal(0)
    for line in lines:
        mine = line.source.source_id in {key, f"{key}/{DRAWN}", f"{key}/{REFUNDED}"}
        if mine and line.side is Side.BILLED_SALES and (to is None or line.accounting_date <= to):
            left += line.amount.amount
    yield f"Of that advance {left} {actual.amount.currency} were left then."


def _written_off(actual: Actual, lost: Sequence[Actual]) -> Iterator[str]:
    for line in lost:
        if (line.source.system, line.source.source_id) == (actual.source.system, actual.source.source_id):
            yield f"Of it {_loss(line)}."


def _beside(
    lost: Sequence[Actual], billed: Collection[str], *, since: dt.date | None, to: dt.date | None
) -> Iterator[str]:
    for line in lost:
        after = since is None or line.accounting_date > since
        if line.source.source_id not in billed and after and (to is None or line.accounting_date <= to):
            yield f"{_origin(line, line.amount)} Of it {_loss(line)}."


def _loss(line: Actual) -> str:
    amount = f"{line.amount.amount} {line.amount.currency}"
    quantity = amount if line.unit in AMOUNTS else f"{line.quantity} {line.unit} ({amount})"
    return f"{quantity} were written off and are not billed: {line.reason}, decided by {line.decided_by}"


def _prices(actual: Actual) -> Iterator[str]:
    for considered in actual.price_trace:
        verdict = "taken" if considered.taken else "not taken"
        yield f"{considered.kind} {considered.candidate_id} was {verdict}: {considered.reason}."


def _of_total(document: MoneyDocument) -> Iterator[str]:
    yield f"The {len(document.lines)} lines, each cut first, sum to {document.net} {document.currency} net."
    for group in document.groups:
        yield f"{group.category.value} at {group.percent} % on {group.base} is {group.tax}, cut once for the group."
    yield f"Net and tax are {document.gross} {document.currency}."
    exchange = document.exchange
    if exchange is not None:
        yield (
            f"In the seller's books that is {document.entity_gross} {exchange.to_currency}, "
            f"at {exchange.rate} of {exchange.rate_date} ({exchange.direction.value})."
        )


def _on(line: Actual, invoice: Invoice) -> bool:
    place = line.invoice_line
    return place is not None and place.invoice_id == invoice.invoice_id and line.side is Side.BILLED_SALES
