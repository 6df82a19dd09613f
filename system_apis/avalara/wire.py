"""The vendor's words as the vendor spells them; unknown fields are let be, amounts are read from JSON as decimals.

Days stay text: the vendor writes some of them with a time of day.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct, field

SALE: Final = "SalesInvoice"
REFUND: Final = "ReturnInvoice"
ESTIMATES: Final = {SALE: "SalesOrder", REFUND: "ReturnOrder"}
"""The type of an estimate for each type that is recorded."""


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """Anything that the vendor sends."""


class Message(Wire, frozen=True, kw_only=True):
    """A remark on an answer that is good all the same."""

    summary: str = ""
    details: str = ""
    refers_to: str | None = None
    severity: str = ""


class Detail(Wire, frozen=True, kw_only=True):
    """What one jurisdiction takes of one line."""

    country: str
    region: str = ""
    juris_code: str
    juris_name: str = ""
    juris_type: str
    tax_name: str = ""
    rate: Decimal
    taxable_amount: Decimal = Decimal(0)
    exempt_amount: Decimal = Decimal(0)
    non_taxable_amount: Decimal = Decimal(0)
    tax: Decimal
    tax_calculated: Decimal = Decimal(0)


class Line(Wire, frozen=True, kw_only=True):
    """One line; `ref1` is our id of it, because its number is of fifty characters at most."""

    line_number: str
    line_amount: Decimal
    taxable_amount: Decimal = Decimal(0)
    exempt_amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    ref1: str | None = None
    details: list[Detail] = field(default_factory=list)


class Transaction(Wire, frozen=True, kw_only=True):
    """A document. An estimate has id 0 and is kept nowhere."""

    id: int = 0
    code: str
    type: str
    status: str
    date: str
    customer_code: str = ""
    currency_code: str = "USD"
    reference_code: str | None = None
    total_amount: Decimal
    total_taxable: Decimal = Decimal(0)
    total_exempt: Decimal = Decimal(0)
    total_tax: Decimal
    total_tax_calculated: Decimal = Decimal(0)
    locked: bool = False
    version: int = 1
    tax_date: str | None = None
    lines: list[Line] | None = None
    messages: list[Message] | None = None


class Authority(Wire, frozen=True, kw_only=True):
    """One jurisdiction of a resolved address."""

    jurisdiction_name: str
    jurisdiction_type: str
    signature_code: str = ""
    avalara_id: str = ""


class ValidatedAddress(Wire, frozen=True, kw_only=True):
    """An address as the vendor writes it; without coordinates it was not located."""

    line1: str = ""
    city: str = ""
    region: str = ""
    country: str = ""
    postal_code: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None


class Coordinates(Wire, frozen=True, kw_only=True):
    """Where an address lies, in degrees."""

    latitude: Decimal | None = None
    longitude: Decimal | None = None


class Resolution(Wire, frozen=True, kw_only=True):
    """An answer about an address; it comes with 200 for a place that does not exist, too."""

    validated_addresses: list[ValidatedAddress] = field(default_factory=list)
    coordinates: Coordinates | None = None
    resolution_quality: str = "NotCoded"
    tax_authorities: list[Authority] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)


class Company(Wire, frozen=True, kw_only=True):
    """One company of the account."""

    id: int
    company_code: str


class Nexus(Wire, frozen=True, kw_only=True):
    """Where a company is registered."""

    country: str
    region: str | None = None
    juris_code: str
    juris_name: str
    jurisdiction_type_id: str
    effective_date: str | None = None
    end_date: str | None = None
    local_nexus_type_id: str | None = None


class Companies(Wire, frozen=True, kw_only=True):
    """A page of companies."""

    value: list[Company]


class NexusPage(Wire, frozen=True, kw_only=True):
    """A page of registrations; the count is of all pages where the vendor tells it."""

    value: list[Nexus]
    next_link: str | None = field(default=None, name="@nextLink")


class ErrorDetail(Wire, frozen=True, kw_only=True):
    """One reason of a refusal; the narrower word stands in `fault_sub_code` or, in older answers, in `fault_code`."""

    code: str = ""
    number: int = 0
    message: str = ""
    fault_code: str = ""
    fault_sub_code: str = ""
    refers_to: str = ""


class Error(Wire, frozen=True, kw_only=True):
    """A refusal."""

    code: str = ""
    message: str | None = None
    target: str | None = None
    details: list[ErrorDetail] = field(default_factory=list)


class Refused(Wire, frozen=True, kw_only=True):
    """A refusal's envelope."""

    error: Error = field(default_factory=Error)


class Ping(Wire, frozen=True, kw_only=True):
    """Whether we were let in; the vendor says so with 200 either way."""

    authenticated: bool = False
