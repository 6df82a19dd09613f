"""The vendor's words as the vendor spells them: every property a string or nothing; what we do not know passes."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec
from msgspec import Struct, field

P = TypeVar("P")

Text = str | None


class Granted(Struct, frozen=True):
    """A token answer; the life is in seconds."""

    access_token: str
    expires_in: float
    refresh_token: str | None = None


class LoginRefused(Struct, frozen=True):
    """A refusal of the token endpoint."""

    status: str


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """What is wrong with one property."""

    code: str = ""
    context: dict[str, list[str]] = {}


class VendorError(Struct, frozen=True, kw_only=True):
    """The error object, or one error of a batch that failed in part."""

    message: str = ""
    category: str = ""
    sub_category: object = field(name="subCategory", default=None)
    policy: str = field(name="policyName", default="")
    errors: list[ErrorDetail] = []
    context: dict[str, object] = {}


class BatchHead(Struct, frozen=True, kw_only=True):
    """How a batch went: COMPLETE although parts of it failed."""

    status: str = "COMPLETE"
    errors: list[VendorError] = []


class Next(Struct, frozen=True):
    """Where a page goes on."""

    after: str


class Paging(Struct, frozen=True):
    """Absent on the last page."""

    next: Next | None = None


class Beside(Struct, frozen=True):
    """A row that is told with another because it belongs to it; once for each type of association."""

    id: str


class Besides(Struct, frozen=True, kw_only=True):
    """The first page of what belongs to a row."""

    results: list[Beside]
    paging: Paging | None = None


class Row(Struct, Generic[P], frozen=True, kw_only=True):
    """One row, with the properties that were asked for, and what belongs to it where that was asked for."""

    id: str
    properties: P
    associations: dict[str, Besides] = {}


class Page(Struct, Generic[P], frozen=True, kw_only=True):
    """Rows of a search or of a batch."""

    results: list[Row[P]]
    paging: Paging | None = None


class LinkSpec(Struct, frozen=True, kw_only=True):
    """Under which type one row belongs to another."""

    category: str
    type_id: int = field(name="typeId")
    label: Text = None


class Link(Struct, frozen=True, kw_only=True):
    """A row that belongs to another; its id is a number here and a string everywhere else."""

    id: int | str = field(name="toObjectId")
    types: list[LinkSpec] = field(name="associationTypes", default_factory=list)


class Source(Struct, frozen=True):
    """The row to which others belong."""

    id: str


class Linked(Struct, frozen=True, kw_only=True):
    """What belongs to one row; a page of it."""

    source: Source = field(name="from")
    to: list[Link]
    paging: Paging | None = None


class Links(Struct, frozen=True):
    """What belongs to several rows; a row to which nothing belongs is missing."""

    results: list[Linked]


class Owner(Struct, frozen=True):
    """A user who may own rows."""

    email: Text = None


class Company(Struct, frozen=True, kw_only=True):
    """A customer."""

    name: Text = None
    street: Text = field(name="address", default=None)
    city: Text = None
    state: Text = None
    postal_code: Text = field(name="zip", default=None)
    country: Text = None
    country_code: Text = None
    currency: Text = field(name="currency_code", default=None)
    tax_code: Text = None
    vat_number: Text = None
    billing_email: Text = None
    parent_id: Text = field(name="hs_parent_company_id", default=None)


class Deal(Struct, frozen=True, kw_only=True):
    """A deal."""

    name: Text = field(name="dealname", default=None)
    won: Text = field(name="hs_is_closed_won", default=None)
    close_date: Text = field(name="closedate", default=None)
    created: Text = field(name="createdate", default=None)
    amount: Text = None
    currency: Text = field(name="deal_currency_code", default=None)
    legal_entity: Text = None
    service_line: Text = None
    delivery_owner: Text = None
    statement_of_work: Text = None
    document_hash: Text = field(name="statement_of_work_sha256", default=None)
    signed_on: Text = None
    payment_terms: Text = None
    special_terms: Text = None
    kind: Text = field(name="deal_kind", default=None)
    extends: Text = field(name="extends_deal", default=None)
    rate_card: Text = field(name="rate_card_name", default=None)


class Line(Struct, frozen=True, kw_only=True):
    """A line item; its amount is that of one period, where it recurs."""

    name: Text = None
    amount: Text = None
    currency: Text = field(name="hs_line_item_currency_code", default=None)
    recurs: Text = field(name="recurringbillingfrequency", default=None)
    term: Text = field(name="hs_recurring_billing_period", default=None)
    recurs_from: Text = field(name="hs_recurring_billing_start_date", default=None)
    service_start: Text = None
    service_end: Text = None
    billing_method: Text = None
    phase: Text = None
    country: Text = field(name="delivery_country", default=None)
    legal_entity: Text = None
    tax_code: Text = None
    billing_currency: Text = None
    billing_amount: Text = None
    cap_amount: Text = None
    cap_behaviour: Text = None
    frequency: Text = field(name="billing_frequency", default=None)
    timing: Text = field(name="billing_timing", default=None)


class Milestone(Struct, frozen=True, kw_only=True):
    """A payment point."""

    name: Text = None
    percent: Text = field(name="share", default=None)
    due_on: Text = None


class Rate(Struct, frozen=True, kw_only=True):
    """An agreed rate."""

    role: Text = None
    country: Text = None
    hourly_rate: Text = None
    effective_from: Text = None
    currency: Text = None


class Need(Struct, frozen=True, kw_only=True):
    """Planned demand for people."""

    role: Text = None
    country: Text = None
    hours: Text = None
    starts_on: Text = None
    ends_on: Text = None


class Delivery(Struct, frozen=True, kw_only=True):
    """What was written back on a deal."""

    state: Text = field(name="delivery_state", default=None)
    note: Text = field(name="delivery_note", default=None)
    case_id: Text = field(name="delivery_case", default=None)
    erp_customer_id: Text = None
    erp_project_id: Text = None
    psa_project_id: Text = None


class Billing(Struct, frozen=True, kw_only=True):
    """How the bills of a deal stand, as it was written back."""

    currency: Text = field(name="deal_currency_code", default=None)
    state: Text = field(name="billing_state", default=None)
    invoiced: Text = field(name="billing_invoiced", default=None)
    open: Text = field(name="billing_open", default=None)
    last_document: Text = field(name="billing_document", default=None)
    as_of: Text = field(name="billing_as_of", default=None)


class Change(Struct, frozen=True, kw_only=True):
    """A deal as the feed reads it."""

    won: Text = field(name="hs_is_closed_won", default=None)
    stamp: Text = field(name="hs_lastmodifieddate", default=None)


def columns(kind: type[Struct]) -> list[str]:
    """The properties to ask for so that a struct can be filled."""
    return [part.encode_name for part in msgspec.structs.fields(kind)]
