"""Rows of the lists of values, as Fusion spells them."""

from __future__ import annotations

from system_apis.oracle_fusion.wire import Wire


class Entity(Wire, frozen=True):
    """A legal entity."""

    legal_entity_identifier: str
    name: str
    country: str


class BusinessUnit(Wire, frozen=True):
    """A business unit and its ledger."""

    business_unit_name: str
    primary_ledger_id: int


class Ledger(Wire, frozen=True):
    """A ledger and its currency."""

    ledger_id: int
    currency_code: str


class CurrencyRow(Wire, frozen=True):
    """A currency."""

    currency_code: str


class TaxClassification(Wire, frozen=True):
    """A tax classification."""

    lookup_code: str
