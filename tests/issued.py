"""A posted document of a firm in Hamburg, as the tests of electronic invoices vary it."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from contracts.canonical.documents import DocumentLine, TaxCategory
from contracts.canonical.einvoice import (
    ContactPoint,
    Delivery,
    ElectronicAddress,
    Exemption,
    InvoicedItem,
    InvoiceParty,
    InvoicingPeriod,
    IssuedDocument,
    PaymentInstructions,
    PaymentMeans,
    PrecedingInvoice,
    Registration,
)
from contracts.canonical.party import Address
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.documents import computed, credited

SELLER = InvoiceParty(
    name="Sluicegate Consulting GmbH",
    address=Address(country="DE", street="Am Kai 1", city="Hamburg", postal_code="20095", region="HH"),
    vat_id="DE811234567",
    tax_number="22/815/08154",
    registration=Registration(number="HRB 123456", scheme="0204"),
    electronic_address=ElectronicAddress(scheme="EM", value="billing@sluicegate.example"),
    contact=ContactPoint(name="Billing", phone="+49 40 123", email="billing@sluicegate.example"),
)
BUYER = InvoiceParty(
    name="Northwind SAS",
    address=Address(country="FR", city="Lyon", postal_code="69001"),
    vat_id="FR40303265045",
    registration=Registration(number="303265045", scheme="0002"),
    electronic_address=ElectronicAddress(scheme="0009", value="30326504500023"),
    contact=ContactPoint(email="ap@northwind.example"),
)
PAYMENT = PaymentInstructions(
    means=PaymentMeans.SEPA_CREDIT_TRANSFER,
    account="DE89 3704 0044 0532 0130 00",
    account_name="Sluicegate Consulting GmbH",
    bic="COBADEFFXXX",
    reference="2026-00017",
)


def a_line(
    line_id: str,
    quantity: str | Decimal = "1",
    rate: str | Decimal = "100",
    *,
    category: TaxCategory = TaxCategory.STANDARD,
    percent: str | Decimal = "0",
    allowance: str | Decimal = "0",
) -> DocumentLine:
    """One line, by what matters of it."""
    return DocumentLine(
        line_id=line_id,
        quantity=Decimal(quantity),
        rate=Decimal(rate),
        category=category,
        tax_percent=Decimal(percent),
        allowance=Decimal(allowance),
    )


def an_invoice(lines: Sequence[DocumentLine], *, currency: str = "EUR", **changed: Any) -> IssuedDocument:
    """An invoice over some lines, whole in all other respects; `changed` are its fields, or those of `computed`."""
    arithmetic = {
        name: changed.pop(name) for name in ("mode", "prepaid", "rounding_amount", "exchange") if name in changed
    }
    exempt = any(line.category is TaxCategory.EXEMPT for line in lines)
    whole = IssuedDocument(
        kind=DocumentKind.INVOICE,
        number="2026-00017",
        issued_on=dt.date(2026, 7, 31),
        due_on=dt.date(2026, 8, 30),
        seller=SELLER,
        buyer=BUYER,
        document=computed(lines, currency, **arithmetic),
        items=[InvoicedItem(line_id=line.line_id, name="Consulting", unit="hour") for line in lines],
        exemptions=[Exemption(category=TaxCategory.EXEMPT, code="VATEX-EU-132")] if exempt else [],
        payment=PAYMENT,
        terms="Within 30 days",
        buyer_reference="0150abc",
        purchase_order="PO-4711",
        note="Work of July",
        period=InvoicingPeriod(starts_on=dt.date(2026, 7, 1), ends_on=dt.date(2026, 7, 31)),
        delivery=Delivery(delivered_on=dt.date(2026, 7, 31), country="FR"),
    )
    return replace(whole, **changed)


def its_credit(invoice: IssuedDocument, **changed: Any) -> IssuedDocument:
    """The credit note that undoes an invoice."""
    return replace(
        invoice,
        kind=DocumentKind.CREDIT_NOTE,
        number="2026-00018",
        document=credited(invoice.document),
        preceding=PrecedingInvoice(number=invoice.number, issued_on=invoice.issued_on),
        **changed,
    )
