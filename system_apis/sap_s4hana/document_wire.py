"""Sales documents, billing documents and journal items as S/4HANA spells them.

The three kinds of sales document have the same properties but for the names of their numbers and texts; those are
read and written by a struct of each kind, everything else by the shared ones.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType, field

from system_apis.sap_s4hana.wire import Amount, Flag, Metadata, Nullable, Text, Wire


class Price(Wire, frozen=True):
    """A price condition entered by hand: a rate for each unit (C), or a fixed amount (B)."""

    condition_type: Text = UNSET
    condition_calculation_type: Text = UNSET
    condition_rate_value: Amount = UNSET
    condition_currency: Text = UNSET
    condition_quantity: Amount = UNSET
    condition_quantity_unit: Text = UNSET


class PlanDate(Wire, frozen=True):
    """A date of a billing plan."""

    billing_plan_billing_date: Nullable = UNSET
    billing_plan_amount: Amount = UNSET
    transaction_currency: Text = UNSET
    billing_block_reason: Text = UNSET


class Plan(Wire, frozen=True):
    """The billing plan of an order item."""

    to_date: list[PlanDate] = field(name="to_BillingPlanItem", default_factory=list)


class Item(Wire, frozen=True):
    """What items of all sales documents share."""

    metadata: Metadata | UnsetType = field(name="__metadata", default=UNSET)
    material: Text = UNSET
    requested_quantity: Amount = UNSET
    requested_quantity_unit: Text = UNSET
    net_amount: Amount = UNSET
    tax_amount: Amount = UNSET
    product_tax_classification: Text = field(name="ProductTaxClassification1", default=UNSET)
    wbs_element: Text = field(name="WBSElement", default=UNSET)
    rejection: Text = field(name="SalesDocumentRjcnReason", default=UNSET)
    billing_status: Text = field(name="OrderRelatedBillingStatus", default=UNSET)
    line_id: Text = field(name="YY1_SluiceLine_SDI", default=UNSET)
    text: Text = field(name="YY1_SluiceText_SDI", default=UNSET)
    quantity: Amount = field(name="YY1_SluiceQuantity_SDI", default=UNSET)
    unit_price: Amount = field(name="YY1_SluicePrice_SDI", default=UNSET)
    to_price: Any = field(name="to_PricingElement", default=UNSET)

    @property
    def etag(self) -> str:
        """The tag under which a row that was read may be changed."""
        return self.metadata.etag if isinstance(self.metadata, Metadata) else ""


class OrderItem(Item, frozen=True):
    """An item of a sales order."""

    number: Text = field(name="SalesOrderItem", default=UNSET)
    short_text: Text = field(name="SalesOrderItemText", default=UNSET)
    trigger: Text = field(name="YY1_SluiceTrigger_SDI", default=UNSET)
    method: Text = field(name="YY1_SluiceMethod_SDI", default=UNSET)
    phase_id: Text = field(name="YY1_SluicePhase_SDI", default=UNSET)
    revenue_rule: Text = field(name="YY1_SluiceRevenue_SDI", default=UNSET)
    cap: Amount = field(name="YY1_SluiceCap_SDI", default=UNSET)
    cap_behaviour: Text = field(name="YY1_SluiceCapRule_SDI", default=UNSET)
    to_plan: Any = field(name="to_BillingPlan", default=UNSET)


class DebitItem(Item, frozen=True):
    """An item of a debit memo request."""

    number: Text = field(name="DebitMemoRequestItem", default=UNSET)
    short_text: Text = field(name="DebitMemoRequestItemText", default=UNSET)


class CreditItem(Item, frozen=True):
    """An item of a credit memo request."""

    number: Text = field(name="CreditMemoRequestItem", default=UNSET)
    short_text: Text = field(name="CreditMemoRequestItemText", default=UNSET)


class Header(Wire, frozen=True):
    """What all sales documents share."""

    sales_organization: Text = UNSET
    distribution_channel: Text = UNSET
    organization_division: Text = UNSET
    sold_to_party: Text = UNSET
    purchase_order_by_customer: Text = UNSET
    transaction_currency: Text = UNSET
    customer_payment_terms: Text = UNSET
    fixed_value_date: Nullable = UNSET
    header_billing_block_reason: Text = UNSET
    billing_document_date: Nullable = UNSET
    total_net_amount: Amount = UNSET
    tax_departure_country: Text = UNSET
    rejected: Text = field(name="OverallSDDocumentRejectionSts", default=UNSET)
    billed: Text = field(name="OverallOrdReltdBillgStatus", default=UNSET)
    reference: Text = field(name="ReferenceSDDocument", default=UNSET)
    reference_category: Text = field(name="ReferenceSDDocumentCategory", default=UNSET)
    document_id: Text = field(name="YY1_SluiceDocument_SDH", default=UNSET)
    schedule_id: Text = field(name="YY1_SluiceSchedule_SDH", default=UNSET)
    project_id: Text = field(name="YY1_SluiceProject_SDH", default=UNSET)
    statement_of_work: Text = field(name="YY1_SluiceSow_SDH", default=UNSET)
    document_hash: Text = field(name="YY1_SluiceSowHash_SDH", default=UNSET)
    signed_on: Nullable = field(name="YY1_SluiceSignedOn_SDH", default=UNSET)
    agreed_terms: Text = field(name="YY1_SluiceTerms_SDH", default=UNSET)


class Order(Header, frozen=True):
    """A sales order."""

    number: Text = field(name="SalesOrder", default=UNSET)
    kind: Text = field(name="SalesOrderType", default=UNSET)
    to_item: Any = field(name="to_Item", default=UNSET)


class Debit(Header, frozen=True):
    """A debit memo request."""

    number: Text = field(name="DebitMemoRequest", default=UNSET)
    kind: Text = field(name="DebitMemoRequestType", default=UNSET)
    to_item: Any = field(name="to_Item", default=UNSET)


class Credit(Header, frozen=True):
    """A credit memo request."""

    number: Text = field(name="CreditMemoRequest", default=UNSET)
    kind: Text = field(name="CreditMemoRequestType", default=UNSET)
    to_item: Any = field(name="to_Item", default=UNSET)


class BilledItem(Wire, frozen=True):
    """An item of a billing document, in version 4."""

    billing_document: Text = UNSET
    sales_document: Text = UNSET
    net_amount: Amount = UNSET


class Billed(Wire, frozen=True):
    """A billing document, in version 4."""

    billing_document: str
    sd_document_category: str = field(name="SDDocumentCategory")
    company_code: str
    transaction_currency: str
    billing_document_date: str
    total_net_amount: Amount
    total_tax_amount: Amount
    total_gross_amount: Amount
    accounting_document: str
    fiscal_year: str
    is_cancelled: Flag = field(name="BillingDocumentIsCancelled")
    cancels: str = field(name="CancelledBillingDocument")
    changed_at: str = field(name="LastChangeDateTime")
    document_id: str = field(name="YY1_SluiceDocument_BDH")
    schedule_id: str = field(name="YY1_SluiceSchedule_BDH")
    items: list[BilledItem] = field(name="_Item", default_factory=list)


class Control(Wire, frozen=True):
    """How billing documents are made: for which day, as what, and whether they post at once."""

    default_billing_document_date: str
    default_billing_document_type: str
    autom_posting_to_acctg_is_disabled: bool


class Source(Wire, frozen=True):
    """The sales document that is billed."""

    sd_document: str = field(name="SDDocument")


class CreateBilling(Wire, frozen=True):
    """The body of the action that bills sales documents."""

    control: Control = field(name="_Control")
    reference: list[Source] = field(name="_Reference")


class JournalItem(Wire, frozen=True):
    """A customer line of the ledger; the amount is signed, debits positive."""

    company_code: str
    fiscal_year: str
    accounting_document: str
    amount_in_transaction_currency: Amount
    clearing_accounting_document: str
    billing_document: str
    invoice_reference: str
    invoice_reference_fiscal_year: str
    accounting_document_creation_date: Nullable = UNSET
    clearing_creation_date: Nullable = UNSET
