"""The vendor's words as the vendor spells them; columns we do not know are let pass, figures stay decimal."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import Raw, Struct, field


class Granted(Struct, frozen=True):
    """A token and for how many seconds it holds."""

    access_token: str
    expires_in: int


class LoginRefused(Struct, frozen=True):
    """A refusal of the token endpoint."""

    error: str
    error_codes: list[int] = []


class VendorError(Struct, frozen=True):
    """What stands under `error`."""

    code: str = ""
    message: str = ""


class Refused(Struct, frozen=True):
    """The body of a refusal."""

    error: VendorError = VendorError()


class Page(Struct, frozen=True, kw_only=True):
    """A page of rows, or of changes."""

    value: list[Raw]
    next_link: str = field(name="@odata.nextLink", default="")
    delta_link: str = field(name="@odata.deltaLink", default="")


class Currency(Struct, frozen=True, kw_only=True):
    """A currency that a row leads to."""

    code: str = field(name="isocurrencycode")


class Account(Struct, frozen=True, kw_only=True):
    """A customer."""

    id: str = field(name="accountid")
    name: str | None = None
    parent_id: str | None = field(name="_parentaccountid_value", default=None)
    line1: str | None = field(name="address1_line1", default=None)
    line2: str | None = field(name="address1_line2", default=None)
    line3: str | None = field(name="address1_line3", default=None)
    city: str | None = field(name="address1_city", default=None)
    state: str | None = field(name="address1_stateorprovince", default=None)
    postal_code: str | None = field(name="address1_postalcode", default=None)
    country: str | None = field(name="sluice_countrycode", default=None)
    tax_code: str | None = field(name="sluice_taxcode", default=None)
    vat_number: str | None = field(name="sluice_vatnumber", default=None)
    billing_email: str | None = field(name="sluice_billingemail", default=None)
    currency: Currency | None = field(name="transactioncurrencyid", default=None)


class Opportunity(Struct, frozen=True, kw_only=True):
    """A deal with its customer. `customer_id` may be a contact's, and then there is no account beside it."""

    id: str = field(name="opportunityid")
    name: str | None = None
    state: int = field(name="statecode")
    modified_on: str = field(name="modifiedon")
    closed_on: str | None = field(name="actualclosedate", default=None)
    expected_on: str | None = field(name="estimatedclosedate", default=None)
    estimated: Decimal | None = field(name="estimatedvalue", default=None)
    total: Decimal | None = field(name="totalamount", default=None)
    tax: Decimal | None = field(name="totaltax", default=None)
    legal_entity: str | None = field(name="sluice_legalentity", default=None)
    service_line: str | None = field(name="sluice_serviceline", default=None)
    delivery_owner: str | None = field(name="sluice_deliveryowner", default=None)
    statement_of_work: str | None = field(name="sluice_statementofwork", default=None)
    document_hash: str | None = field(name="sluice_statementofworkhash", default=None)
    signed_on: str | None = field(name="sluice_signedon", default=None)
    payment_terms: str | None = field(name="sluice_paymentterms", default=None)
    special_terms: str | None = field(name="sluice_specialterms", default=None)
    kind: int | None = field(name="sluice_dealkind", default=None)
    extends: str | None = field(name="_sluice_extends_value", default=None)
    rate_card: str | None = field(name="sluice_ratecard", default=None)
    customer_id: str | None = field(name="_customerid_value", default=None)
    currency: Currency | None = field(name="transactioncurrencyid", default=None)
    account: Account | None = field(name="customerid_account", default=None)
    bill_to: Account | None = field(name="sluice_BillTo", default=None)


class Line(Struct, frozen=True, kw_only=True):
    """A line of a deal. The vendor names it after its product; people name it in its description."""

    id: str = field(name="opportunityproductid")
    name: str | None = field(name="opportunityproductname", default=None)
    description: str | None = field(name="productdescription", default=None)
    extended: Decimal | None = field(name="extendedamount", default=None)
    tax: Decimal | None = None
    starts_on: str | None = field(name="sluice_startson", default=None)
    ends_on: str | None = field(name="sluice_endson", default=None)
    billing_method: int | None = field(name="sluice_billingmethod", default=None)
    phase: str | None = field(name="sluice_phase", default=None)
    country: str | None = field(name="sluice_country", default=None)
    legal_entity: str | None = field(name="sluice_legalentity", default=None)
    tax_code: str | None = field(name="sluice_taxcode", default=None)
    billing_amount: Decimal | None = field(name="sluice_billingamount", default=None)
    cap_amount: Decimal | None = field(name="sluice_capamount", default=None)
    cap_behaviour: int | None = field(name="sluice_capbehaviour", default=None)
    frequency: int | None = field(name="sluice_billingfrequency", default=None)
    timing: int | None = field(name="sluice_billingtiming", default=None)
    billing_currency: Currency | None = field(name="sluice_BillingCurrency", default=None)


class Milestone(Struct, frozen=True, kw_only=True):
    """A payment point of a line."""

    id: str = field(name="sluice_milestoneid")
    name: str | None = field(name="sluice_name", default=None)
    line_id: str | None = field(name="_sluice_line_value", default=None)
    percent: Decimal | None = field(name="sluice_percent", default=None)
    due_on: str | None = field(name="sluice_dueon", default=None)


class Rate(Struct, frozen=True, kw_only=True):
    """A row of the rate card."""

    id: str = field(name="sluice_rateentryid")
    role: str | None = field(name="sluice_role", default=None)
    country: str | None = field(name="sluice_country", default=None)
    hourly_rate: Decimal | None = field(name="sluice_hourlyrate", default=None)
    effective_from: str | None = field(name="sluice_effectivefrom", default=None)
    currency: Currency | None = field(name="transactioncurrencyid", default=None)


class Need(Struct, frozen=True, kw_only=True):
    """Planned demand for people."""

    id: str = field(name="sluice_staffingneedid")
    role: str | None = field(name="sluice_role", default=None)
    country: str | None = field(name="sluice_country", default=None)
    line_id: str | None = field(name="_sluice_line_value", default=None)
    hours: Decimal | None = field(name="sluice_hours", default=None)
    starts_on: str | None = field(name="sluice_startson", default=None)
    ends_on: str | None = field(name="sluice_endson", default=None)


class WrittenBack(Struct, frozen=True, kw_only=True):
    """What stands on a deal by our hand, and the version of the row it was read from."""

    etag: str = field(name="@odata.etag")
    id: str = field(name="opportunityid")


class Delivery(WrittenBack, frozen=True, kw_only=True):
    """Delivery's standing."""

    status: int | None = field(name="sluice_deliverystatus", default=None)
    note: str | None = field(name="sluice_deliverynote", default=None)
    case_id: str | None = field(name="sluice_caseid", default=None)
    erp_customer_id: str | None = field(name="sluice_erpcustomerid", default=None)
    erp_project_id: str | None = field(name="sluice_erpprojectid", default=None)
    psa_project_id: str | None = field(name="sluice_psaprojectid", default=None)


class Billing(WrittenBack, frozen=True, kw_only=True):
    """How the bills stand."""

    status: int | None = field(name="sluice_billingstatus", default=None)
    invoiced: Decimal | None = field(name="sluice_invoicedamount", default=None)
    open: Decimal | None = field(name="sluice_openamount", default=None)
    currency: str | None = field(name="sluice_bookscurrency", default=None)
    last_document: str | None = field(name="sluice_lastdocument", default=None)
    as_of: str | None = field(name="sluice_booksasof", default=None)


class Change(Struct, frozen=True, kw_only=True):
    """An entry of the change feed: a row as it stands, or the id of one that is gone."""

    id: str = field(name="opportunityid", default="")
    state: int = field(name="statecode", default=0)
    modified_on: str = field(name="modifiedon", default="")
    gone_id: str = field(name="id", default="")
    reason: str = ""


def columns(kind: type[Struct]) -> list[str]:
    """What `$select` has to name: every column of a struct that is neither an annotation nor a followed lookup."""
    return [
        each.encode_name
        for each in msgspec.structs.fields(kind)
        if not each.encode_name.startswith("@") and not _followed(each.type)
    ]


def _followed(kind: object) -> bool:
    kinds = getattr(kind, "__args__", (kind,))
    return any(isinstance(part, type) and issubclass(part, Struct) for part in kinds)
