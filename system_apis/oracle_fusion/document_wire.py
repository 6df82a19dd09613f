"""Receivables transactions and receipts as Fusion spells them: invoices and credit memos have words of their own."""

from __future__ import annotations

from msgspec import UNSET, UnsetType, field

from system_apis.oracle_fusion.wire import Amount, Number, Page, Text, Wire


class TaxLine(Wire, frozen=True):
    """A tax line of a line."""

    tax_amount: Amount = UNSET


class InvoiceLine(Wire, frozen=True):
    """A line of an invoice."""

    line_number: Number = UNSET
    description: Text = UNSET
    quantity: Amount = UNSET
    unit_selling_price: Amount = UNSET
    tax_classification_code: Text = UNSET
    amount: Amount = field(name="LineAmount", default=UNSET)
    taxes: list[TaxLine] | Page[TaxLine] | UnsetType = field(name="receivablesInvoiceLineTaxLines", default=UNSET)


class MemoLine(Wire, frozen=True):
    """A line of a credit memo; what it gives back is negative."""

    line_number: Number = UNSET
    description: Text = field(name="LineDescription", default=UNSET)
    quantity: Amount = field(name="LineQuantityCredit", default=UNSET)
    unit_selling_price: Amount = UNSET
    tax_classification_code: Text = UNSET
    amount: Amount = field(name="LineAmountCredit", default=UNSET)
    taxes: list[TaxLine] | Page[TaxLine] | UnsetType = field(name="receivablesCreditMemoLineTaxLines", default=UNSET)


class Transaction(Wire, frozen=True):
    """What both kinds share."""

    customer_transaction_id: Number = UNSET
    transaction_number: Text = UNSET
    transaction_date: Text = UNSET
    transaction_type: Text = UNSET
    transaction_source: Text = UNSET
    business_unit: Text = UNSET
    bill_to_customer_number: Text = UNSET
    bill_to_site: Text = UNSET
    accounting_date: Text = UNSET
    cross_reference: Text = UNSET
    entered_amount: Amount = UNSET
    document_number: Number = UNSET
    last_update_date: Text = UNSET


class Invoice(Transaction, frozen=True):
    """An invoice."""

    currency: Text = field(name="InvoiceCurrencyCode", default=UNSET)
    payment_terms: Text = UNSET
    due_date: Text = UNSET
    comments: Text = UNSET
    purchase_order: Text = UNSET
    status: Text = field(name="InvoiceStatus", default=UNSET)
    balance: Amount = field(name="InvoiceBalanceAmount", default=UNSET)
    lines: list[InvoiceLine] | Page[InvoiceLine] | UnsetType = field(name="receivablesInvoiceLines", default=UNSET)


class Memo(Transaction, frozen=True):
    """An on-account credit memo."""

    currency: Text = field(name="CreditMemoCurrency", default=UNSET)
    comments: Text = field(name="CreditMemoComments", default=UNSET)
    status: Text = field(name="CreditMemoStatus", default=UNSET)
    balance: Amount = field(name="CreditMemoBalanceAmount", default=UNSET)
    lines: list[MemoLine] | Page[MemoLine] | UnsetType = field(name="receivablesCreditMemoLines", default=UNSET)


class Remittance(Wire, frozen=True):
    """To what a receipt was applied."""

    receipt_match_by: Text = UNSET
    reference_number: Text = UNSET


class Receipt(Wire, frozen=True):
    """A receipt."""

    standard_receipt_id: Number = UNSET
    last_update_date: Text = UNSET
    remittances: list[Remittance] | Page[Remittance] | UnsetType = field(name="remittanceReferences", default=UNSET)
