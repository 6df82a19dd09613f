"""Electronic invoices by EN 16931: what a posted document must say, and what it says once it is made (rule TAX-4).

`BT-n` and `BG-n` are the terms and groups of the standard.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import field

from contracts.canonical.documents import MoneyDocument, TaxCategory
from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.party import Address, CountryCode
from contracts.canonical.posting import DocumentKind


class ElectronicAddress(Noun, frozen=True, kw_only=True):
    """Where a party takes electronic documents (BT-34, BT-49)."""

    scheme: Annotated[str, fact("Code of the list of address schemes (EAS)", Record.ERP, example="0204")]
    value: Annotated[str, fact("The address", Record.ERP, example="991-12345-67")]


class Registration(Noun, frozen=True, kw_only=True):
    """Where a party stands in a register (BT-30, BT-47)."""

    number: Annotated[str, fact("Number in the register", Record.ERP, example="HRB 123456")]
    scheme: Annotated[str | None, fact("Code of the register by ISO/IEC 6523", Record.ERP, example="0208")] = None


class ContactPoint(Noun, frozen=True, kw_only=True):
    """Whom to ask about the document (BG-6, BG-9)."""

    name: Annotated[str, fact("Person or desk", Record.ERP, classification=Classification.CONFIDENTIAL)] = ""
    phone: Annotated[str, fact("Telephone", Record.ERP, classification=Classification.CONFIDENTIAL)] = ""
    email: Annotated[str, fact("Mail address", Record.ERP, classification=Classification.CONFIDENTIAL)] = ""


class InvoiceParty(Noun, frozen=True, kw_only=True):
    """A seller or buyer as they are named on the document (BG-4, BG-7). Only a seller's tax number is written."""

    name: Annotated[str, fact("Registered name (BT-27, BT-44)", Record.ERP)]
    address: Address
    vat_id: Annotated[
        str | None,
        fact("VAT number with its country (BT-31, BT-48)", Record.ERP, classification=Classification.CONFIDENTIAL),
    ] = None
    tax_number: Annotated[
        str | None,
        fact("Number at the local tax office (BT-32)", Record.ERP, classification=Classification.CONFIDENTIAL),
    ] = None
    registration: Registration | None = None
    electronic_address: ElectronicAddress | None = None
    contact: ContactPoint | None = None


class PaymentMeans(StrEnum):
    """How the money is to come, by UNCL 4461 (BT-81)."""

    NOT_DEFINED = "1"
    CREDIT_TRANSFER = "30"
    SEPA_CREDIT_TRANSFER = "58"


class PaymentInstructions(Noun, frozen=True, kw_only=True):
    """To which account a document is paid (BG-16). A SEPA transfer needs an IBAN."""

    means: Annotated[PaymentMeans, fact("How the money is to come", Record.ERP)]
    account: Annotated[
        str, fact("IBAN, or another account (BT-84)", Record.ERP, classification=Classification.CONFIDENTIAL)
    ] = ""
    account_name: Annotated[str, fact("Whose account it is (BT-85)", Record.ERP)] = ""
    bic: Annotated[str, fact("Bank (BT-86)", Record.ERP)] = ""
    reference: Annotated[str, fact("What the payer is to quote (BT-83)", Record.ERP)] = ""


class Issuer(Noun, frozen=True, kw_only=True):
    """What one of the firm's companies says of itself on its invoices."""

    seller: InvoiceParty
    payment: PaymentInstructions | None = None


class InvoicingPeriod(Noun, frozen=True, kw_only=True):
    """The days of work that are billed, the last one included (BG-14)."""

    starts_on: Annotated[dt.date, fact("First day (BT-73)", Record.SLUICE)]
    ends_on: Annotated[dt.date, fact("Last day (BT-74)", Record.SLUICE)]


class PrecedingInvoice(Noun, frozen=True, kw_only=True):
    """The invoice that is credited or corrected (BG-3)."""

    number: Annotated[str, fact("Its legal number (BT-25)", Record.ERP)]
    issued_on: Annotated[dt.date | None, fact("Its date (BT-26)", Record.ERP)] = None


class Delivery(Noun, frozen=True, kw_only=True):
    """When and to which country was delivered (BG-13); an intra-community supply must say it."""

    delivered_on: Annotated[dt.date | None, fact("Day of delivery (BT-72)", Record.PSA)] = None
    country: Annotated[CountryCode | None, fact("Country of delivery (BT-80)", Record.PSA)] = None


class InvoicedItem(Noun, frozen=True, kw_only=True):
    """What a line of the document is about, in words for the buyer."""

    line_id: Annotated[str, fact("Line of the document", Record.SLUICE)]
    name: Annotated[str, fact("What was supplied (BT-153)", Record.PSA)]
    unit: Annotated[str, fact("What one is, as on the line of actuals", Record.PSA, example="hour")]
    description: Annotated[str, fact("More about it (BT-154)", Record.PSA)] = ""


class Exemption(Noun, frozen=True, kw_only=True):
    """Why a category bears no tax: the text that law asks for, its code of the VATEX list, or both."""

    category: Annotated[TaxCategory, fact("Tax category", Record.ERP)]
    text: Annotated[str, fact("What the invoice must say (BT-120)", Record.ERP, example="Reverse charge")] = ""
    code: Annotated[str, fact("Code of the VATEX list (BT-121)", Record.ERP, example="VATEX-EU-AE")] = ""


class IssuedDocument(Noun, frozen=True, kw_only=True):
    """A posted document with all that its buyer must read: numbers, parties, terms, and the arithmetic that ties."""

    kind: Annotated[DocumentKind, fact("Invoice or credit note", Record.SLUICE)]
    number: Annotated[str, fact("Legal number (BT-1)", Record.ERP, example="2026-00017")]
    issued_on: Annotated[dt.date, fact("Date of the document (BT-2)", Record.ERP)]
    seller: InvoiceParty
    buyer: InvoiceParty
    document: MoneyDocument
    items: Annotated[list[InvoicedItem], fact("One for each line of the document", Record.SLUICE)]
    due_on: Annotated[dt.date | None, fact("Day it is due (BT-9)", Record.ERP)] = None
    exemptions: Annotated[list[Exemption], fact("One for a category without tax", Record.ERP)] = field(
        default_factory=list
    )
    payment: PaymentInstructions | None = None
    terms: Annotated[str, fact("Terms of payment (BT-20)", Record.CRM)] = ""
    buyer_reference: Annotated[str, fact("What the buyer wants quoted (BT-10)", Record.CRM)] = ""
    purchase_order: Annotated[str, fact("Order of the customer (BT-13)", Record.CRM)] = ""
    preceding: PrecedingInvoice | None = None
    note: Annotated[str, fact("Note to the document (BT-22)", Record.SLUICE)] = ""
    period: InvoicingPeriod | None = None
    delivery: Delivery | None = None


class EInvoiceLine(Noun, frozen=True, kw_only=True):
    """A line as it is written (BG-25). The price is never negative: a line that takes away has a negative quantity."""

    line_id: Annotated[str, fact("Our id of the line (BT-126)", Record.SLUICE)]
    name: Annotated[str, fact("What was supplied (BT-153)", Record.PSA)]
    description: Annotated[str, fact("More about it (BT-154)", Record.PSA)]
    quantity: Annotated[Decimal, fact("How much (BT-129)", Record.SLUICE)]
    unit_code: Annotated[str, fact("Unit by UN/ECE Recommendation 20 (BT-130)", Record.SLUICE, example="HUR")]
    price: Annotated[Decimal, fact("Net price of one (BT-146)", Record.SLUICE)]
    allowance: Annotated[Decimal, fact("Taken off, or put on when negative (BT-136, BT-141)", Record.SLUICE)]
    net: Annotated[Decimal, fact("Net amount (BT-131)", Record.SLUICE)]
    category: Annotated[TaxCategory, fact("Tax category (BT-151)", Record.ERP)]
    percent: Annotated[Decimal | None, fact("Tax rate; none outside the scope of tax (BT-152)", Record.ERP)]


class EInvoiceTax(Noun, frozen=True, kw_only=True):
    """What is taxed alike (BG-23)."""

    category: Annotated[TaxCategory, fact("Tax category (BT-118)", Record.ERP)]
    percent: Annotated[Decimal | None, fact("Tax rate; none outside the scope of tax (BT-119)", Record.ERP)]
    base: Annotated[Decimal, fact("Taxable amount (BT-116)", Record.SLUICE)]
    tax: Annotated[Decimal, fact("Tax (BT-117)", Record.SLUICE)]
    reason: Annotated[str, fact("Why there is none, in words (BT-120)", Record.ERP)] = ""
    reason_code: Annotated[str, fact("The same as a code (BT-121)", Record.ERP)] = ""


class EInvoiceTotals(Noun, frozen=True, kw_only=True):
    """The sums of a document (BG-22)."""

    net: Annotated[Decimal, fact("Sum of the lines, and total without tax (BT-106, BT-109)", Record.SLUICE)]
    tax: Annotated[Decimal, fact("Sum of the tax groups (BT-110)", Record.SLUICE)]
    gross: Annotated[Decimal, fact("Total with tax (BT-112)", Record.SLUICE)]
    prepaid: Annotated[Decimal, fact("Paid before (BT-113)", Record.SLUICE)]
    rounding: Annotated[Decimal, fact("What rounds the amount payable (BT-114)", Record.SLUICE)]
    payable: Annotated[Decimal, fact("Amount due (BT-115)", Record.SLUICE)]
    tax_currency: Annotated[Currency | None, fact("Currency of the seller's books, if another (BT-6)", Record.ERP)]
    tax_in_books: Annotated[Decimal | None, fact("Tax in that currency (BT-111)", Record.SLUICE)]


class EInvoice(Noun, frozen=True, kw_only=True):
    """An electronic invoice. On a credit note amounts have no sign: what is given back is positive."""

    kind: Annotated[DocumentKind, fact("Invoice (380) or credit note (381), BT-3", Record.SLUICE)]
    number: Annotated[str, fact("Legal number (BT-1)", Record.ERP)]
    issued_on: Annotated[dt.date, fact("Date of the document (BT-2)", Record.ERP)]
    due_on: Annotated[dt.date | None, fact("Day it is due (BT-9)", Record.ERP)]
    currency: Currency
    seller: InvoiceParty
    buyer: InvoiceParty
    lines: Annotated[list[EInvoiceLine], fact("Lines", Record.SLUICE)]
    taxes: Annotated[list[EInvoiceTax], fact("One for each tax category and rate", Record.SLUICE)]
    totals: EInvoiceTotals
    payment: PaymentInstructions | None
    terms: Annotated[str, fact("Terms of payment (BT-20)", Record.CRM)]
    buyer_reference: Annotated[str, fact("What the buyer wants quoted (BT-10)", Record.CRM)]
    purchase_order: Annotated[str, fact("Order of the customer (BT-13)", Record.CRM)]
    preceding: PrecedingInvoice | None
    note: Annotated[str, fact("Note to the document (BT-22)", Record.SLUICE)]
    period: InvoicingPeriod | None
    delivery: Delivery | None
