"""Who may tax a place: addresses resolved to jurisdictions, where a seller is registered, and whether they agree."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.field import Classification, Command, Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.party import Address


class JurisdictionLevel(StrEnum):
    """How large a jurisdiction is."""

    COUNTRY = "country"
    STATE = "state"
    COUNTY = "county"
    CITY = "city"
    SPECIAL = "special"


class Jurisdiction(Noun, frozen=True, kw_only=True):
    """One authority that may tax a place; it is known by its name within country, region and level.

    Codes are for people: an engine may tell one with an address and another with a tax.
    """

    country: Annotated[str, fact("ISO 3166-1 alpha-2 code", Record.TAX, example="US")]
    region: Annotated[str, fact("State or province; empty for a country", Record.TAX, example="NY")] = ""
    level: JurisdictionLevel
    code: Annotated[str, fact("Code at the engine", Record.TAX, example="51000")]
    name: Annotated[str, fact("Name", Record.TAX, example="NEW YORK CITY")]


class AddressQuality(StrEnum):
    """How closely an address was located, the poorest first."""

    NONE = "none"
    COUNTRY = "country"
    REGION = "region"
    AREA = "area"
    POSTAL_CODE = "postal_code"
    STREET = "street"
    BUILDING = "building"


class ResolvedAddress(Noun, frozen=True, kw_only=True):
    """An address as the engine located it. It is `accepted` when nothing speaks against it.

    An answer alone proves nothing: a postal code that does not exist may be answered too, without coordinates.
    """

    address: Address
    quality: AddressQuality
    accepted: Annotated[bool, fact("Whether it may be relied on", Record.SLUICE)]
    latitude: Annotated[Decimal | None, fact("Where it lies", Record.TAX, unit="degrees")] = None
    longitude: Annotated[Decimal | None, fact("Where it lies", Record.TAX, unit="degrees")] = None
    jurisdictions: Annotated[list[Jurisdiction], fact("Who may tax there", Record.TAX)] = field(default_factory=list)
    faults: Annotated[list[str], fact("What speaks against it", Record.SLUICE)] = field(default_factory=list)


class TaxRegistration(Noun, frozen=True, kw_only=True):
    """Where a seller has to charge tax; without one the engine charges none, and says nothing."""

    country: Annotated[str, fact("ISO 3166-1 alpha-2 code", Record.TAX, example="US")]
    region: Annotated[str, fact("State or province; empty for the country", Record.TAX)] = ""
    code: Annotated[str, fact("Code of the jurisdiction", Record.TAX)]
    name: Annotated[str, fact("Name of the jurisdiction", Record.TAX)]
    level: JurisdictionLevel
    starts_on: Annotated[dt.date, fact("First day", Record.TAX)]
    ends_on: Annotated[dt.date | None, fact("Last day", Record.TAX)] = None
    local_too: Annotated[bool, fact("Whether it holds for everything within", Record.TAX)] = False


class TaxCoverage(Noun, frozen=True, kw_only=True):
    """What the engine does for one seller."""

    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    resolves: Annotated[list[str], fact("Countries whose addresses it locates", Record.TAX)]
    records: Annotated[bool, fact("Whether it keeps documents", Record.TAX)]
    adjusts: Annotated[bool, fact("Whether a kept document may be changed", Record.TAX)]
    registrations: Annotated[list[TaxRegistration], fact("Where the seller is registered", Record.TAX)]


class PlaceQuestion(Command, frozen=True, kw_only=True):
    """A seller who wants to know whether a place is taxed as it should be."""

    legal_entity_id: Annotated[str, fact("Who sells", Record.ERP)]
    sold_from: Address
    sold_to: Address
    service_code: Annotated[str, fact("What is sold, as the engine classifies it", Record.TAX), Meta(min_length=1)]
    taxed_on: Annotated[dt.date, fact("Day that counts", Record.SLUICE)]
    currency: Currency
    buyer_registration: Annotated[
        str | None, fact("VAT number of the buyer", Record.ERP, classification=Classification.CONFIDENTIAL)
    ] = None


class PlaceStep(StrEnum):
    """The five steps of the check, in order."""

    ADDRESS = "address"
    STACK = "stack"
    REGISTRATION = "registration"
    ESTIMATE = "estimate"
    CROSS_BORDER = "cross_border"


class PlaceFinding(Noun, frozen=True, kw_only=True):
    """What one step found; one that does not apply to the place has not failed."""

    step: PlaceStep
    applies: bool = True
    passed: bool = True
    detail: Annotated[str, fact("Why, for a person", Record.SLUICE)] = ""


class PlaceVerdict(Noun, frozen=True, kw_only=True):
    """Whether a place may be relied on, step by step, with the set of jurisdictions to keep beside its day."""

    certain: Annotated[bool, fact("Whether every step that applies has passed", Record.SLUICE)]
    taxed_on: Annotated[dt.date, fact("Day that counts", Record.SLUICE)]
    findings: list[PlaceFinding]
    jurisdictions: Annotated[list[Jurisdiction], fact("Who taxes the place", Record.TAX)]
    percent: Annotated[Decimal, fact("What they take together", Record.TAX, unit="percent")]
