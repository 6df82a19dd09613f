"""What the firm set up in the pod: companies, tax classifications and currencies, as its lists of values have them."""

from __future__ import annotations

from contracts.canonical.party import LegalEntity
from contracts.problem import Kind, Problem
from system_apis.oracle_fusion.client import Fusion
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.reference_wire import BusinessUnit, CurrencyRow, Entity, Ledger, TaxClassification


class ReferenceData:
    """Companies, tax codes and currencies of one pod."""

    def __init__(self, client: Fusion, config: Config) -> None:
        self._client = client
        self._config = config

    async def legal_entities(self) -> list[LegalEntity]:
        """Every company that the settings name; its currency is that of its business unit's primary ledger.

        Raises:
            Problem: `unexpected`, when the pod lacks something of one of them.

        """
        entities = self._client.rows("legalEntitiesLOV", into=Entity, order="LegalEntityId")
        known = {row.legal_entity_identifier: row async for row in entities}
        units = self._client.rows("finBusinessUnitsLOV", into=BusinessUnit, order="BusinessUnitId")
        ledger_of = {row.business_unit_name: row.primary_ledger_id async for row in units}
        ledgers = self._client.rows("ledgersLOV", into=Ledger, order="LedgerId")
        currency_of = {row.ledger_id: row.currency_code async for row in ledgers}
        told = []
        for ours, company in self._config.companies.items():
            entity = known.get(company.legal_entity)
            currency = currency_of.get(ledger_of.get(company.business_unit, 0))
            if entity is None or currency is None:
                detail = f"'{ours}' is {company.legal_entity} of {company.business_unit}, which Fusion does not show"
                raise Problem(Kind.UNEXPECTED, "company_unknown", detail, hint="look at the connection's settings")
            told.append(LegalEntity(legal_entity_id=ours, name=entity.name, country=entity.country, currency=currency))
        return told

    async def tax_codes(self) -> list[str]:
        """Our tax codes whose tax classification the pod has."""
        rows = self._client.rows("taxClassificationsLOV", into=TaxClassification, order="LookupCode")
        held = {row.lookup_code async for row in rows}
        return sorted(ours for ours, theirs in self._config.tax_codes.items() if theirs in held)

    async def currencies(self) -> list[str]:
        """The currencies that are enabled."""
        rows = self._client.rows("currenciesLOV", into=CurrencyRow, order="CurrencyCode")
        return [row.currency_code async for row in rows]
