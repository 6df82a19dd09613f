"""The environment's words as it spells them; unknown fields are let pass, and what is not said is not sent.

One struct serves reading and writing: a property that is to stay as it is, is UNSET. Names that begin with `Sluice`
are fields of the firm's extension of an entity, because the entities have no room for an id of somebody else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType, field, structs

W = TypeVar("W", bound="Wire")
Text = str | UnsetType
Amount = Decimal | UnsetType


class Wire(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What every row here shares."""

    etag: Text = field(name="@odata.etag", default=UNSET)
    company: Text = field(name="dataAreaId", default=UNSET)


class LegalEntity(Wire, frozen=True):
    """A company as a legal entity."""

    legal_entity_id: str
    name: str
    country: str = field(name="AddressCountryRegionISOCode")


class Ledger(Wire, frozen=True):
    """The ledger of a company."""

    legal_entity_id: str
    accounting_currency: str


class TaxGroup(Wire, frozen=True):
    """A sales tax group."""

    tax_group_code: str


class Currency(Wire, frozen=True):
    """A currency of the environment."""

    currency_code: str


class Customer(Wire, frozen=True):
    """A customer in one company (`CustomersV3`)."""

    customer_account: Text = UNSET
    party_number: Text = UNSET
    party_type: Text = UNSET
    organization_name: Text = UNSET
    customer_group_id: Text = UNSET
    sales_currency_code: Text = UNSET
    company_chain: Text = UNSET
    sales_tax_group: Text = UNSET
    tax_registration_id: Text = UNSET
    on_hold_status: Text = UNSET
    address_street: Text = UNSET
    address_city: Text = UNSET
    address_zip_code: Text = UNSET
    address_state: Text = UNSET
    country: Text = field(name="AddressCountryRegionISOCode", default=UNSET)
    primary_contact_email: Text = UNSET
    sluice_customer_id: Text = UNSET


class Project(Wire, frozen=True):
    """A project in one company (`ProjectsV2`)."""

    project_id: Text = UNSET
    project_name: Text = UNSET
    project_contract_id: Text = UNSET
    project_group_id: Text = UNSET
    project_stage: Text = UNSET
    customer_account_number: Text = UNSET
    projected_start_date: Text = UNSET
    projected_end_date: Text = UNSET
    schedule_start_date: Text = UNSET
    integration_source_data_id: Text = UNSET
    sluice_name: Text = UNSET
    sluice_service_line: Text = UNSET
    sluice_owner: Text = UNSET
    sluice_budget: Amount = UNSET


class Task(Wire, frozen=True):
    """A task of a project (`ProjectTasks`)."""

    project_id: Text = UNSET
    task_id: Text = UNSET
    task_name: Text = UNSET
    parent_task_element_id: Text = UNSET
    sluice_phase_id: Text = UNSET
    sluice_starts_on: Text = UNSET
    sluice_ends_on: Text = UNSET
    sluice_country: Text = UNSET
    sluice_method: Text = UNSET
    sluice_milestone: Text = UNSET
    sluice_budget: Amount = UNSET


class Contract(Wire, frozen=True):
    """A project contract: who is billed, in which currency."""

    project_contract_id: Text = UNSET
    name: Text = UNSET
    sales_currency_code: Text = UNSET
    customer_account_number: Text = UNSET
    integration_source_data_id: Text = UNSET


class ContractLine(Wire, frozen=True):
    """A line of a contract, which is a schedule of ours; a closed one is worth nothing."""

    project_contract_id: Text = UNSET
    contract_line_id: Text = UNSET
    billing_method: Text = UNSET
    line_amount: Amount = UNSET
    currency_id: Text = UNSET
    sales_tax_group: Text = UNSET
    sluice_schedule_id: Text = UNSET
    sluice_reversed: Text = UNSET
    sluice_statement_of_work: Text = UNSET
    sluice_document_hash: Text = UNSET
    sluice_signed_on: Text = UNSET
    sluice_payment_terms: Text = UNSET


class Milestone(Wire, frozen=True):
    """An on-account transaction of a contract line."""

    transaction_id: Text = UNSET
    project_id: Text = UNSET
    project_contract_id: Text = UNSET
    contract_line_ref: Text = UNSET
    activity_number: Text = UNSET
    invoice_date: Text = UNSET
    description: Text = UNSET
    currency_id: Text = UNSET
    amount: Amount = UNSET
    transaction_status: Text = UNSET
    proj_invoice_id: Text = UNSET
    sluice_line_id: Text = UNSET
    sluice_trigger: Text = UNSET
    sluice_method: Text = UNSET
    sluice_revenue_rule: Text = UNSET
    sluice_cap: Amount = UNSET
    sluice_cap_behaviour: Text = UNSET


class Invoice(Wire, frozen=True):
    """A free text invoice; one of a negative total is a credit note."""

    free_text_number: Text = UNSET
    customer_account: Text = UNSET
    invoice_date: Text = UNSET
    due_date: Text = UNSET
    currency_code: Text = UNSET
    customer_reference: Text = UNSET
    invoice_number: Text = UNSET
    total_invoice_amount: Amount = UNSET
    total_tax_amount: Amount = UNSET
    sluice_document_id: Text = UNSET
    sluice_kind: Text = UNSET
    sluice_corrects: Text = UNSET
    sluice_project_id: Text = UNSET
    sluice_release: Text = UNSET
    sluice_posting_log: Text = UNSET


class InvoiceLine(Wire, frozen=True):
    """A line of a free text invoice."""

    free_text_number: Text = UNSET
    line_number: Amount = UNSET
    description: Text = UNSET
    quantity: Amount = UNSET
    unit_price: Amount = UNSET
    line_amount: Amount = UNSET
    sales_tax_group: Text = UNSET
    item_sales_tax_group: Text = UNSET
    main_account_id: Text = UNSET
    sluice_line_id: Text = UNSET


class Transaction(Wire, frozen=True):
    """A posted customer transaction; debits are positive."""

    voucher: str
    invoice_number: str
    amount_cur: Decimal
    settled_amount_cur: Decimal
    modified_date_time: str
    sluice_document_id: str


def said(row: Wire) -> dict[str, Any]:
    """What a row says, by the environment's names, without its tag."""
    told = {each.encode_name: getattr(row, each.name) for each in structs.fields(row) if each.name != "etag"}
    return {name: value for name, value in told.items() if value is not UNSET}


def changes(held: W, wanted: W) -> dict[str, Any]:
    """What of a wanted row differs from the one that is held."""
    here = said(held)
    return {name: value for name, value in said(wanted).items() if here.get(name) != value}
