"""Tryton's words as Tryton spells them: what is read of each model, and values in its own JSON classes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar, get_args, get_type_hints

from msgspec import Struct, field, structs


class Number(Struct, frozen=True, tag_field="__class__", tag="Decimal"):
    """An exact number: money and prices are never anything else."""

    decimal: Decimal

    @classmethod
    def of(cls, value: str) -> Number:
        """A number of ours."""
        return cls(Decimal(value))


class Day(Struct, frozen=True, tag_field="__class__", tag="date"):
    """A day."""

    year: int
    month: int
    day: int

    @classmethod
    def of(cls, value: dt.date) -> Day:
        """A day of ours."""
        return cls(value.year, value.month, value.day)

    @property
    def date(self) -> dt.date:
        """As a date."""
        return dt.date(self.year, self.month, self.day)


class Moment(Struct, frozen=True, tag_field="__class__", tag="datetime"):
    """A time of the server's clock, in UTC."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0

    @classmethod
    def of(cls, value: dt.datetime) -> Moment:
        """A time of ours, which must be in UTC."""
        return cls(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)

    @property
    def time(self) -> dt.datetime:
        """As an aware time."""
        clock = (self.hour, self.minute, self.second, self.microsecond)
        return dt.datetime(self.year, self.month, self.day, *clock, tzinfo=dt.UTC)


VALUES = (Number, Day, Moment)


class Record(Struct, frozen=True, kw_only=True):
    """A record of any model by its id; what is read of it are the fields of the structure, and only those."""

    model: ClassVar[str] = ""
    id: int

    @classmethod
    def fields(cls) -> list[str]:
        """The fields to ask for, dotted where a related record is read along."""
        hints = get_type_hints(cls)
        found: list[str] = []
        for each in structs.fields(cls):
            below = _record_in(hints[each.name])
            found += [each.encode_name] if below is None else [f"{each.encode_name}.{one}" for one in below.fields()]
        return found


def _record_in(hint: Any) -> type[Record] | None:
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint
    return next((found for part in get_args(hint) if (found := _record_in(part))), None)


class Coded(Record, frozen=True):
    """A record that is read for its code alone."""

    code: str | None = None


class Called(Record, frozen=True):
    """A record that is read for its name alone."""

    name: str


class Status(Called, frozen=True):
    """A status of works."""

    model: ClassVar[str] = "project.work.status"


class RelationType(Called, frozen=True):
    """A way in which parties are tied."""

    model: ClassVar[str] = "party.relation.type"


class TaxRule(Called, frozen=True):
    """What a customer is charged."""

    model: ClassVar[str] = "account.tax.rule"


class Tax(Called, frozen=True):
    """A tax of one company; its name is the code that documents carry."""

    model: ClassVar[str] = "account.tax"
    company: int | None = None


class Currency(Record, frozen=True):
    """A currency."""

    model: ClassVar[str] = "currency.currency"
    code: str


class Country(Record, frozen=True):
    """A country."""

    model: ClassVar[str] = "country.country"
    code: str


class Account(Record, frozen=True):
    """An account of one company's chart."""

    model: ClassVar[str] = "account.account"
    code: str


class Journal(Record, frozen=True):
    """A journal."""

    model: ClassVar[str] = "account.journal"
    code: str


class Address(Record, frozen=True):
    """An address with its country."""

    country: Coded | None = None


class Seller(Record, frozen=True):
    """The party that a company is."""

    name: str
    code: str | None = None
    addresses: list[Address] = field(default_factory=list)


class Company(Record, frozen=True):
    """A legal entity; its party bears its code."""

    model: ClassVar[str] = "company.company"
    party: Seller
    currency: Currency


class Identifier(Record, frozen=True):
    """A number of a party in somebody's register."""

    code: str


class Mechanism(Record, frozen=True):
    """A way to reach a party."""

    type: str
    value: str | None = None


class Relation(Record, frozen=True):
    """A tie to another party."""

    type: RelationType
    to: Coded


class Party(Record, frozen=True):
    """A customer."""

    model: ClassVar[str] = "party.party"
    code: str
    addresses: list[Address] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    contact_mechanisms: list[Mechanism] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)


class Work(Record, frozen=True):
    """A project, or a task of one."""

    model: ClassVar[str] = "project.work"
    number: str
    type: str
    status: int | None = None
    parent: int | None = None
    company: int | None = None


class BilledInvoice(Record, frozen=True):
    """An invoice made from a sale."""

    state: str
    untaxed_amount: Number


class Bare(Record, frozen=True):
    """A record that is only counted."""


class Sale(Record, frozen=True):
    """A billing schedule."""

    model: ClassVar[str] = "sale.sale"
    reference: str
    state: str
    company: int
    currency: Currency
    untaxed_amount: Number
    lines: list[Bare] = field(default_factory=list)
    invoices: list[BilledInvoice] = field(default_factory=list)


class SaleState(Record, frozen=True):
    """What a step of a sale left it in."""

    model: ClassVar[str] = "sale.sale"
    state: str


class InvoiceState(Record, frozen=True):
    """What a step of an invoice left it in."""

    model: ClassVar[str] = "account.invoice"
    state: str


class InvoiceTax(Record, frozen=True):
    """What one tax of a document comes to."""

    model: ClassVar[str] = "account.invoice.tax"
    amount: Number


class Invoice(Record, frozen=True):
    """An invoice or a credit note."""

    model: ClassVar[str] = "account.invoice"
    reference: str
    state: str
    company: int
    currency: Currency
    untaxed_amount: Number
    tax_amount: Number
    total_amount: Number
    amount_to_pay: Number | None
    last_modified_at: Moment
    number: str | None = None
    invoice_date: Day | None = None
    lines: list[Bare] = field(default_factory=list)
    taxes: list[InvoiceTax] = field(default_factory=list)


class BookedInvoice(Record, frozen=True):
    """An invoice of whoever made it, as far as it is needed to credit it; related records by their ids."""

    model: ClassVar[str] = "account.invoice"
    state: str
    number: str | None
    company: int
    party: int
    invoice_address: int
    account: int
    journal: int
    currency: int
    invoice_date: Day | None
    total_amount: Number
    amount_to_pay: Number


class InvoiceLine(Record, frozen=True):
    """A line of an invoice, as far as it is needed to credit it."""

    model: ClassVar[str] = "account.invoice.line"
    type: str
    account: int | None = None
    quantity: float | None = None
    unit_price: Number | None = None
    description: str | None = None
    taxes: list[Bare] = field(default_factory=list)


class Refusal(Struct, frozen=True, kw_only=True):
    """The body of a refusal; there is no code, only words."""

    message: str = ""
    description: str = ""
