"""Posted documents as clients read them: each line under the id by which it is explained and disputed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from contracts.canonical.actuals import Actual, ActualKind
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money
from contracts.canonical.posting import BookedDocument
from contracts.problem import Kind, Problem
from contracts.process.client_billing import Bill, BillLine, BillSummary, Payments, PaymentStanding
from process_apis.time_to_bill.explaining import billed_as, line_id_of, placed
from process_apis.time_to_bill.exporting import number_of


def summary_of(invoice: Invoice, agreement: BillingAgreement) -> BillSummary:
    """A posted document in a list.

    Raises:
        Problem: not_found, when it is not posted: a draft is nobody's but the firm's.

    """
    document, posted_on = invoice.document, invoice.posted_on
    if document is None or posted_on is None:
        raise invoice_unknown(invoice.invoice_id)
    asks = document.gross > 0
    return BillSummary(
        invoice_id=invoice.invoice_id,
        number=number_of(invoice),
        project_id=agreement.project_id,
        kind=invoice.kind,
        posted_on=posted_on,
        due_on=posted_on + dt.timedelta(days=agreement.payment_days if asks else 0),
        net=Money(amount=document.net, currency=document.currency),
        tax=Money(amount=document.tax, currency=document.currency),
        gross=Money(amount=document.gross, currency=document.currency),
        corrects=invoice.corrects or "",
    )


def bill_of(
    invoice: Invoice, agreement: BillingAgreement, lines: Sequence[Actual], booked: BookedDocument, *, today: dt.date
) -> Bill:
    """A posted document with its lines, each under the id by which it is explained and disputed.

    Raises:
        Problem: as `summary_of`.

    """
    summary = summary_of(invoice, agreement)
    return Bill(
        summary=summary,
        lines=bill_lines(invoice, agreement, lines),
        payment=payment_of(summary, booked, today=today),
    )


def bill_lines(invoice: Invoice, agreement: BillingAgreement, lines: Sequence[Actual]) -> list[BillLine]:
    """The lines of a posted document; none of a draft."""
    if invoice.document is None:
        return []
    mine, currency = placed(invoice, lines), invoice.document.currency
    names = {line.line_id: line.name for line in agreement.lines}
    found = []
    for number, computed in enumerate(invoice.document.lines, start=1):
        actual = mine[billed_as(computed)]
        found.append(
            BillLine(
                line_id=line_id_of(invoice, actual, number=number),
                text=_text(actual, names),
                quantity=computed.line.quantity,
                unit=actual.unit,
                tax_percent=computed.line.tax_percent,
                unit_price=Money(amount=computed.line.rate, currency=currency),
                net=Money(amount=computed.net, currency=currency),
            )
        )
    return found


def payment_of(summary: BillSummary, booked: BookedDocument, *, today: dt.date) -> PaymentStanding:
    """How a document is settled; what is open past its day is overdue, what gives money back never is."""
    late = (today - summary.due_on).days if booked.open > 0 else 0
    return PaymentStanding(
        invoice_id=summary.invoice_id,
        number=summary.number,
        due_on=summary.due_on,
        state=booked.state,
        days_overdue=max(late, 0),
        gross=Money(amount=booked.gross, currency=booked.currency),
        paid=Money(amount=booked.gross - booked.open, currency=booked.currency),
        open=Money(amount=booked.open, currency=booked.currency),
    )


def payments_of(
    agreement: BillingAgreement, standings: Sequence[tuple[BillSummary, BookedDocument]], *, today: dt.date
) -> Payments:
    """The documents of a project on balance."""
    items = [payment_of(summary, booked, today=today) for summary, booked in standings]
    late = {item.invoice_id for item in items if item.days_overdue}
    booked = [each for _, each in standings]

    def money(amounts: Iterable[Decimal]) -> Money:
        return Money(amount=sum(amounts, Decimal(0)), currency=agreement.currency)

    return Payments(
        project_id=agreement.project_id,
        currency=agreement.currency,
        as_of=today,
        items=items,
        invoiced=money(each.gross for each in booked),
        paid=money(each.gross - each.open for each in booked),
        open=money(each.open for each in booked),
        overdue=money(each.open for each in booked if each.document_id in late),
    )


def invoice_unknown(invoice_id: str) -> Problem:
    """The answer about an invoice that is not there, or not for whoever asks."""
    return Problem(Kind.NOT_FOUND, "invoice_not_found", f"there is no invoice {invoice_id}")


def _text(actual: Actual, names: Mapping[str, str]) -> str:
    name = names.get(actual.contract_line_id, actual.contract_line_id)
    if actual.kind is ActualKind.HOURS:
        words = (name, str(actual.work_date), actual.role, actual.person_id)
        return ", ".join(word for word in words if word)
    return ", ".join(word for word in (name, actual.task_id or actual.category, str(actual.work_date)) if word)
