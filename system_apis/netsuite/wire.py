"""NetSuite's words as NetSuite spells them; unknown fields are let pass, amounts are exact decimals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from msgspec import Struct, field


class Wire(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What every structure here shares: camel case, and what is not set is not sent."""


class Named(Wire, frozen=True):
    """A reference by external id."""

    external_id: str


class Chosen(Wire, frozen=True):
    """A value of a list, or a reference, by internal id."""

    id: str


class PostalAddress(Wire, frozen=True):
    """The subrecord under an address book line."""

    country: Chosen
    addressee: str | None = None
    addr1: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None


class AddressLine(Wire, frozen=True):
    """One line of the address book."""

    address_book_address: PostalAddress
    default_billing: bool


class AddressBook(Wire, frozen=True):
    """The address book of a customer."""

    items: list[AddressLine]


class TaxRegistration(Wire, frozen=True):
    """A tax number of a customer in one country."""

    nexus_country: Chosen
    tax_registration_number: str


class TaxRegistrations(Wire, frozen=True):
    """The tax numbers of a customer."""

    items: list[TaxRegistration]


class CustomerWrite(Wire, frozen=True):
    """A customer to create or change; a parent or e-mail that is gone is cleared.

    The primary subsidiary is set once and left out afterwards. A tax code that nobody gave is left out too,
    so that the account keeps its own.
    """

    entity_id: str
    company_name: str
    is_person: bool
    is_inactive: bool
    currency: Chosen
    address_book: AddressBook
    tax_registration: TaxRegistrations
    parent: Named | None
    email: str | None
    subsidiary: Named | None = None
    tax_item: Named | None = None


class RelationshipWrite(Wire, frozen=True):
    """Lets a customer trade with one more subsidiary."""

    external_id: str
    entity: Named
    subsidiary: Named


class Inactive(Wire, frozen=True):
    """The change that retires a record."""

    is_inactive: bool


class JobWrite(Wire, frozen=True):
    """A project to create or change."""

    entity_id: str
    company_name: str
    parent: Named
    subsidiary: Named
    currency: Chosen
    entity_status: Chosen
    job_billing_type: Chosen
    start_date: dt.date
    projected_end_date: dt.date
    service_line: str = field(name="custentity_sluice_service_line")
    delivery_owner: str = field(name="custentity_sluice_delivery_owner")
    budget: Decimal = field(name="custentity_sluice_budget")
    sold_to: str | None = field(name="custentity_sluice_sold_to", default=None)


class JobSettled(Wire, frozen=True):
    """The change that lets a project's budget and last day follow its stages."""

    budget: Decimal = field(name="custentity_sluice_budget")
    projected_end_date: dt.date | None = None


class JobStatus(Wire, frozen=True):
    """The change that closes a project."""

    entity_status: Chosen


class TaskWrite(Wire, frozen=True):
    """A phase or a milestone. The milestone flag of NetSuite cannot be written over REST: the marker is ours."""

    project: Named
    title: str
    constraint_type: Chosen
    start_date: dt.date
    ends_on: dt.date = field(name="custevent_sluice_ends_on")
    milestone: bool = field(name="custevent_sluice_milestone")
    method: str = field(name="custevent_sluice_method")
    budget: Decimal = field(name="custevent_sluice_budget")
    parent: Named | None = None


class OrderLineWrite(Wire, frozen=True):
    """One planned amount as a line of a sales order."""

    item: Named
    quantity: Decimal
    rate: Decimal
    amount: Decimal
    description: str
    tax_code: Named
    line_id: str = field(name="custcol_sluice_line_id")
    due_on: dt.date = field(name="custcol_sluice_due_on")
    trigger: str = field(name="custcol_sluice_trigger")
    method: str = field(name="custcol_sluice_method")
    phase_id: str = field(name="custcol_sluice_phase_id")
    revenue_rule: str | None = field(name="custcol_sluice_revenue_rule", default=None)
    cap: Decimal | None = field(name="custcol_sluice_cap", default=None)
    cap_behaviour: str | None = field(name="custcol_sluice_cap_behaviour", default=None)


class OrderItemsWrite(Wire, frozen=True):
    """The lines of a sales order to write."""

    items: list[OrderLineWrite]


class OrderWrite(Wire, frozen=True):
    """A billing schedule as a sales order."""

    entity: Named
    job: Named
    subsidiary: Named
    currency: Chosen
    memo: str
    item: OrderItemsWrite
    other_ref_num: str | None = None
    document_hash: str | None = field(name="custbody_sluice_document_hash", default=None)
    signed_on: dt.date | None = field(name="custbody_sluice_signed_on", default=None)
    payment_terms: str | None = field(name="custbody_sluice_payment_terms", default=None)


class LineClosing(Wire, frozen=True):
    """Closes one line of a standing order."""

    line: int
    is_closed: bool


class LineClosings(Wire, frozen=True):
    """Closes lines of a standing order."""

    items: list[LineClosing]


class OrderClosing(Wire, frozen=True):
    """The change that closes an order: it has no other way than line by line."""

    item: LineClosings


class Head(Wire, frozen=True):
    """What we read of any record: its id, and the subsidiary where it has one."""

    id: str
    subsidiary: Chosen | None = None


class Job(Wire, frozen=True):
    """What we read of a project before its last day is moved out."""

    id: str
    currency: Chosen
    projected_end_date: dt.date | None = None


class Credit(Wire, frozen=True):
    """A credit memo as it stands; net of tax, as the schedule it takes back."""

    id: str
    subtotal: Decimal


class CreditWrite(Wire, frozen=True):
    """A credit memo under a key of ours; everything else comes from the invoice."""

    external_id: str
    memo: str


class OrderLine(Wire, frozen=True):
    """A line as it stands. Amounts the account leaves out are nothing."""

    line: int
    amount: Decimal = Decimal(0)
    is_closed: bool = False
    quantity_billed: Decimal = Decimal(0)


class OrderItems(Wire, frozen=True):
    """The lines as they stand."""

    items: list[OrderLine]
    has_more: bool = False


class Order(Wire, frozen=True):
    """A sales order as it stands."""

    id: str
    currency: Chosen
    item: OrderItems


class Rows(Wire, frozen=True):
    """One page of a SuiteQL answer: every value is a string, nulls are absent."""

    items: list[dict[str, str | list[object]]]
    has_more: bool = False


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """The token endpoint's answer; the life in seconds comes as a string from some accounts."""

    access_token: str
    expires_in: int | str


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """One thing the account found wrong."""

    detail: str = ""
    code: str = field(default="", name="o:errorCode")
    path: str = field(default="", name="o:errorPath")


class ErrorAnswer(Struct, frozen=True, kw_only=True):
    """The body of a refusal."""

    title: str = ""
    details: list[ErrorDetail] = field(default_factory=list, name="o:errorDetails")
