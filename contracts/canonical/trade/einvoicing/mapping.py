"""A posted document made into an electronic invoice by EN 16931; refused whole when anything is amiss (rule TAX-4)."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from contracts.canonical.documents import ComputedLine, MoneyDocument, TaxCategory, TaxGroup
from contracts.canonical.einvoice import (
    EInvoice,
    EInvoiceLine,
    EInvoiceTax,
    EInvoiceTotals,
    Exemption,
    InvoicedItem,
    InvoiceParty,
    IssuedDocument,
    PaymentInstructions,
)
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.documents import credited
from contracts.canonical.trade.einvoicing.codes import REASON_CODES, UNITS
from contracts.canonical.trade.einvoicing.faults import faults_of
from contracts.problem import Kind, Problem


def e_invoice(issued: IssuedDocument) -> EInvoice:
    """What the receiver will read. A credit note's amounts lose their sign, and no amount is computed anew.

    Outside the scope of tax the VAT numbers of both parties are left out, as the standard wants it (BR-O-02).

    Raises:
        Problem: EINVOICE_REFUSED, with every fault and where it is.

    """
    faults = faults_of(issued)
    if faults:
        detail = f"{len(faults)} faults keep {issued.number} from being an electronic invoice"
        raise Problem(Kind.INVALID, "EINVOICE_REFUSED", detail, errors=tuple(faults))
    document = credited(issued.document) if issued.kind is DocumentKind.CREDIT_NOTE else issued.document
    items = {item.line_id: item for item in issued.items}
    reasons = {each.category: each for each in issued.exemptions}
    outside = any(group.category is TaxCategory.OUTSIDE_SCOPE for group in document.groups)
    return EInvoice(
        kind=issued.kind,
        number=issued.number,
        issued_on=issued.issued_on,
        due_on=issued.due_on,
        currency=document.currency,
        seller=_nameless(issued.seller) if outside else issued.seller,
        buyer=_nameless(issued.buyer) if outside else issued.buyer,
        lines=[_line(each, items[each.line.line_id]) for each in document.lines],
        taxes=[_tax(group, reasons.get(group.category)) for group in document.groups],
        totals=_totals(document),
        payment=_compact(issued.payment),
        terms=issued.terms,
        buyer_reference=issued.buyer_reference,
        purchase_order=issued.purchase_order,
        preceding=issued.preceding,
        note=issued.note,
        period=issued.period,
        delivery=issued.delivery,
    )


def _nameless(party: InvoiceParty) -> InvoiceParty:
    return replace(party, vat_id=None)


def _line(each: ComputedLine, item: InvoicedItem) -> EInvoiceLine:
    line = each.line
    downwards = line.rate < 0  # BR-27: a price is never negative, so the quantity takes the sign
    return EInvoiceLine(
        line_id=line.line_id,
        name=item.name,
        description=item.description,
        quantity=_turned(line.quantity) if downwards else line.quantity,
        unit_code=UNITS[item.unit],
        price=_turned(line.rate) if downwards else line.rate,
        allowance=line.allowance,
        net=each.net,
        category=line.category,
        percent=_percent(line.category, line.tax_percent),
    )


def _tax(group: TaxGroup, given: Exemption | None) -> EInvoiceTax:
    return EInvoiceTax(
        category=group.category,
        percent=_percent(group.category, group.percent),
        base=group.base,
        tax=group.tax,
        reason=given.text if given else "",
        reason_code=(given.code if given else "") or REASON_CODES.get(group.category, ""),
    )


def _totals(document: MoneyDocument) -> EInvoiceTotals:
    record = document.exchange
    books = None if record is None or record.to_currency == document.currency else record.to_currency
    return EInvoiceTotals(
        net=document.net,
        tax=document.tax,
        gross=document.gross,
        prepaid=document.prepaid,
        rounding=document.rounding_amount,
        payable=document.payable,
        tax_currency=books,
        tax_in_books=document.entity_tax if books else None,
    )


def _compact(payment: PaymentInstructions | None) -> PaymentInstructions | None:
    return payment and replace(payment, account=payment.account.replace(" ", ""))


def _percent(category: TaxCategory, percent: Decimal) -> Decimal | None:
    return None if category is TaxCategory.OUTSIDE_SCOPE else percent


def _turned(value: Decimal) -> Decimal:
    return value.copy_negate() if value else Decimal(0)
