"""What the firm set up in the environment: companies with their ledgers, sales tax groups, currencies."""

from __future__ import annotations

from contracts.canonical.party import LegalEntity
from contracts.problem import Kind, Problem
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config


class ReferenceData:
    """Companies, tax groups and currencies of one environment."""

    def __init__(self, client: Finance, config: Config) -> None:
        self._client = client
        self._config = config

    async def legal_entities(self) -> list[LegalEntity]:
        """Every company that the settings name, as the environment has it.

        Raises:
            Problem: `unexpected`, when the environment lacks one of them, or its ledger.

        """
        entities = await self._client.all("LegalEntities", into=wire.LegalEntity, orderby="LegalEntityId")
        ledgers = await self._client.all("Ledgers", into=wire.Ledger, orderby="LegalEntityId")
        currencies = {row.legal_entity_id.lower(): row.accounting_currency for row in ledgers}
        known = {row.legal_entity_id.lower(): row for row in entities}
        told = []
        for our_code, company in self._config.companies.items():
            row = known.get(company.lower())
            if row is None or company.lower() not in currencies:
                detail = f"'{our_code}' is company {company}, which the environment does not show with a ledger"
                raise Problem(Kind.UNEXPECTED, "company_unknown", detail, hint="look at the connection's settings")
            currency = currencies[company.lower()]
            told.append(LegalEntity(legal_entity_id=our_code, name=row.name, country=row.country, currency=currency))
        return told

    async def tax_codes(self) -> list[str]:
        """Every sales tax group of the companies that the settings name."""
        ours = {company.lower() for company in self._config.companies.values()}
        rows = await self._client.all("TaxGroups", into=wire.TaxGroup, orderby="dataAreaId,TaxGroupCode")
        return sorted({row.tax_group_code for row in rows if str(row.company).lower() in ours})

    async def currencies(self) -> list[str]:
        """Every currency of the environment."""
        rows = await self._client.all("Currencies", into=wire.Currency, orderby="CurrencyCode")
        return [row.currency_code for row in rows]
