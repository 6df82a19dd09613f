"""From what is ready to documents: which lines go together, on which day, at which rate of exchange. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, Side
from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.documents import Billable, ExchangeRecord, MoneyDocument, RatePolicy
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import Money
from contracts.canonical.trade.documents import document_key
from contracts.canonical.trade.exchange import found_rate, rate_date
from contracts.canonical.trade.ledger.billing import document_of, drafted, posted, ready
from contracts.canonical.trade.ledger.lines import Refused


class Draft(Struct, frozen=True, kw_only=True):
    """An invoice or correction before it is posted, with its amounts and the billed lines that posting appends."""

    invoice: Invoice
    document: MoneyDocument
    project_id: str
    issued_on: dt.date
    due_on: dt.date
    lines: list[Actual]
    taxed: bool = False
    """Whether a tax engine is asked about it and told of it."""

    @property
    def gross(self) -> Money:
        """What the customer will owe."""
        return Money(amount=self.document.gross, currency=self.document.currency)

    @property
    def sha256(self) -> str:
        """What a decision about it is bound to: every line, quantity and amount."""
        said = msgspec.json.encode((self.invoice, self.document, self.issued_on), order="deterministic")
        return hashlib.sha256(said).hexdigest()


def by_treatment(
    lines: Sequence[Actual], agreement: BillingAgreement, *, held: Collection[str], through: dt.date
) -> dict[str, list[Actual]]:
    """The lines that are ready up to a day of work, by the tax treatment that keeps documents apart (rule BIL-11).

    Raises:
        Refused: TAX_CODE_MISSING, when a line has no tax decision.

    """
    found: dict[str, list[Actual]] = {}
    for line in ready(lines, held=held, last=through):
        if line.tax is None:
            raise Refused("TAX_CODE_MISSING", f"{line.actual_id} has no tax decision")
        item = Billable(
            item_id=line.actual_id,
            bill_to_id=line.customer_id,
            legal_entity_id=line.legal_entity_id,
            currency=line.amount.currency,
            category=line.tax.category,
            purchase_order=agreement.purchase_order or None,
        )
        found.setdefault(document_key(item).treatment, []).append(line)
    return found


def draft_of(invoice_id: str, chosen: Sequence[Actual], agreement: BillingAgreement, *, issued_on: dt.date) -> Draft:
    """The draft over some lines, with the document that posting it would make.

    Raises:
        Refused: as `drafted`.
        ExchangeRateUnknown: the seller's books are in another currency and no quotation leads there.

    """
    return completed(drafted(invoice_id, chosen, held=()), chosen, agreement, issued_on=issued_on)


def completed(invoice: Invoice, lines: Sequence[Actual], agreement: BillingAgreement, *, issued_on: dt.date) -> Draft:
    """A draft that stands, with the document that posting it would make.

    Raises:
        ExchangeRateUnknown: the seller's books are in another currency and no quotation leads there.

    """
    appended = posted(lines, invoice, posted_on=issued_on)
    document = document_of(appended, exchange=exchange_on(agreement, issued_on))
    return shown(invoice, document, appended, agreement, issued_on=issued_on)


def shown(
    invoice: Invoice,
    document: MoneyDocument,
    appended: Sequence[Actual],
    agreement: BillingAgreement,
    *,
    issued_on: dt.date,
) -> Draft:
    """A document with what people and systems are shown of it."""
    return Draft(
        invoice=invoice,
        document=document,
        project_id=agreement.project_id,
        issued_on=issued_on,
        due_on=issued_on + dt.timedelta(days=agreement.payment_days),
        lines=[_plain(line) for line in appended if line.side is Side.BILLED_SALES],
    )


def exchange_on(agreement: BillingAgreement, issued_on: dt.date) -> ExchangeRecord | None:
    """The rate into the seller's books on the day of the invoice; None when they are in its currency (MON-6).

    Raises:
        ExchangeRateUnknown: no quotation leads there.

    """
    if agreement.currency == agreement.entity_currency:
        return None
    day = rate_date(RatePolicy.BILLING, transaction_on=issued_on, invoiced_on=issued_on)
    return found_rate(
        agreement.quotes, agreement.currency, agreement.entity_currency, on=day, via=agreement.entity_currency
    )


def open_day(wanted: dt.date, *, closed: Collection[str]) -> dt.date:
    """The day itself, or the first of the next month that takes bookings."""
    day = wanted
    while f"{day:%Y-%m}" in closed:
        day = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return day


def _plain(line: Actual) -> Actual:
    """A line as a case keeps it: how its price came about stays in the ledger."""
    return replace(line, price_trace=[])
