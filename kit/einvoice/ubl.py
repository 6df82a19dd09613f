"""An electronic invoice as UBL 2.1, Invoice or CreditNote, in the order of the schema (EN 16931-3-2)."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element

from contracts.canonical.einvoice import EInvoice, EInvoiceLine, EInvoiceTax, PaymentInstructions, PaymentMeans
from contracts.canonical.posting import DocumentKind
from kit.einvoice.parties import party
from kit.einvoice.tree import amount, drop_empty, group, number, root, text, written

MEDIA_TYPE: Final = "application/xml"
_SPECIFICATION: Final = "urn:cen.eu:en16931:2017"
_DISCOUNT: Final = "95"  # UNCL 5189
_MISCELLANEOUS: Final = "ABK"  # UNCL 7161


def ubl(invoice: EInvoice) -> bytes:
    """The bytes of an invoice; the same invoice always gives the same.

    Raises:
        ValueError: a text holds a character that XML has no place for.

    """
    credit = invoice.kind is DocumentKind.CREDIT_NOTE
    document = root("CreditNote" if credit else "Invoice")
    _head(document, invoice, credit=credit)
    _references(document, invoice)
    party(group(document, "AccountingSupplierParty"), invoice.seller)
    party(group(document, "AccountingCustomerParty"), invoice.buyer)
    _delivery(document, invoice)
    _payment(document, invoice, credit=credit)
    _taxes(document, invoice)
    _totals(document, invoice)
    for line in invoice.lines:
        _line(document, line, invoice.currency, credit=credit)
    return written(document)


def _head(document: Element, invoice: EInvoice, *, credit: bool) -> None:
    text(document, "CustomizationID", _SPECIFICATION)
    text(document, "ID", invoice.number)
    text(document, "IssueDate", invoice.issued_on)
    if credit:
        text(document, "CreditNoteTypeCode", "381")
    else:
        text(document, "DueDate", invoice.due_on)
        text(document, "InvoiceTypeCode", "380")
    text(document, "Note", invoice.note)
    text(document, "DocumentCurrencyCode", invoice.currency)
    text(document, "TaxCurrencyCode", invoice.totals.tax_currency)
    text(document, "BuyerReference", invoice.buyer_reference)


def _references(document: Element, invoice: EInvoice) -> None:
    if invoice.period is not None:
        period = group(document, "InvoicePeriod")
        text(period, "StartDate", invoice.period.starts_on)
        text(period, "EndDate", invoice.period.ends_on)
    if invoice.purchase_order.strip():
        text(group(document, "OrderReference"), "ID", invoice.purchase_order)
    if invoice.preceding is not None:
        reference = group(group(document, "BillingReference"), "InvoiceDocumentReference")
        text(reference, "ID", invoice.preceding.number)
        text(reference, "IssueDate", invoice.preceding.issued_on)


def _delivery(document: Element, invoice: EInvoice) -> None:
    if invoice.delivery is None:
        return
    delivery = group(document, "Delivery")
    text(delivery, "ActualDeliveryDate", invoice.delivery.delivered_on)
    if invoice.delivery.country is not None:
        address = group(group(delivery, "DeliveryLocation"), "Address")
        text(group(address, "Country"), "IdentificationCode", invoice.delivery.country)
    drop_empty(document, delivery)


def _payment(document: Element, invoice: EInvoice, *, credit: bool) -> None:
    """A credit note tells its day among the means of payment: UBL gives it no other place."""
    payment = invoice.payment
    due = invoice.due_on if credit else None
    if payment is None and due is not None:
        payment = PaymentInstructions(means=PaymentMeans.NOT_DEFINED)
    if payment is not None:
        means = group(document, "PaymentMeans")
        text(means, "PaymentMeansCode", payment.means.value)
        text(means, "PaymentDueDate", due)
        text(means, "PaymentID", payment.reference)
        if payment.account:
            account = group(means, "PayeeFinancialAccount")
            text(account, "ID", payment.account)
            text(account, "Name", payment.account_name)
            if payment.bic.strip():
                text(group(account, "FinancialInstitutionBranch"), "ID", payment.bic)
    if invoice.terms.strip():
        text(group(document, "PaymentTerms"), "Note", invoice.terms)


def _taxes(document: Element, invoice: EInvoice) -> None:
    total = group(document, "TaxTotal")
    amount(total, "TaxAmount", invoice.totals.tax, invoice.currency)
    for tax in invoice.taxes:
        part = group(total, "TaxSubtotal")
        amount(part, "TaxableAmount", tax.base, invoice.currency)
        amount(part, "TaxAmount", tax.tax, invoice.currency)
        _category(group(part, "TaxCategory"), tax)
    totals = invoice.totals
    if totals.tax_currency is not None and totals.tax_in_books is not None:
        amount(group(document, "TaxTotal"), "TaxAmount", totals.tax_in_books, totals.tax_currency)


def _category(parent: Element, taxed: EInvoiceTax | EInvoiceLine) -> None:
    text(parent, "ID", taxed.category.value)
    text(parent, "Percent", None if taxed.percent is None else number(taxed.percent))
    if isinstance(taxed, EInvoiceTax):
        text(parent, "TaxExemptionReasonCode", taxed.reason_code)
        text(parent, "TaxExemptionReason", taxed.reason)
    text(group(parent, "TaxScheme"), "ID", "VAT")


def _totals(document: Element, invoice: EInvoice) -> None:
    totals, currency = invoice.totals, invoice.currency
    sums = group(document, "LegalMonetaryTotal")
    amount(sums, "LineExtensionAmount", totals.net, currency)
    amount(sums, "TaxExclusiveAmount", totals.net, currency)
    amount(sums, "TaxInclusiveAmount", totals.gross, currency)
    if totals.prepaid:
        amount(sums, "PrepaidAmount", totals.prepaid, currency)
    if totals.rounding:
        amount(sums, "PayableRoundingAmount", totals.rounding, currency)
    amount(sums, "PayableAmount", totals.payable, currency)


def _line(document: Element, line: EInvoiceLine, currency: str, *, credit: bool) -> None:
    written_line = group(document, "CreditNoteLine" if credit else "InvoiceLine")
    text(written_line, "ID", line.line_id)
    quantity = "CreditedQuantity" if credit else "InvoicedQuantity"
    text(written_line, quantity, number(line.quantity), unitCode=line.unit_code)
    amount(written_line, "LineExtensionAmount", line.net, currency)
    if line.allowance:
        extra = group(written_line, "AllowanceCharge")
        text(extra, "ChargeIndicator", "true" if line.allowance < 0 else "false")
        text(extra, "AllowanceChargeReasonCode", _MISCELLANEOUS if line.allowance < 0 else _DISCOUNT)
        amount(extra, "Amount", line.allowance.copy_abs(), currency)
    item = group(written_line, "Item")
    text(item, "Description", line.description)
    text(item, "Name", line.name)
    _category(group(item, "ClassifiedTaxCategory"), line)
    text(group(written_line, "Price"), "PriceAmount", number(line.price), currencyID=currency)
