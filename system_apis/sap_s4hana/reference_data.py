"""What the firm set up in the tenant: company codes read there; tax codes and further currencies from the settings."""

from __future__ import annotations

from contracts.canonical.party import LegalEntity
from contracts.problem import Kind, Problem
from system_apis.sap_s4hana.client import COMPANIES, S4
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.mapping import legal_entity
from system_apis.sap_s4hana.wire import CompanyCode


class ReferenceData:
    """Companies, tax codes and currencies of one tenant."""

    def __init__(self, client: S4, config: Config) -> None:
        self._client = client
        self._config = config

    async def legal_entities(self) -> list[LegalEntity]:
        """Every company that the settings name, as the tenant has it.

        Raises:
            Problem: `unexpected`, when the tenant lacks one of them.

        """
        rows = self._client.rows(COMPANIES, "A_CompanyCode", into=CompanyCode, orderby="CompanyCode")
        known = {row.company_code: row async for row in rows}
        told = []
        for our_code, company in self._config.companies.items():
            if company.company_code not in known:
                detail = f"'{our_code}' is company code {company.company_code}, which S/4HANA does not show"
                raise Problem(Kind.UNEXPECTED, "company_code_unknown", detail, hint="look at the connection's settings")
            told.append(legal_entity(our_code, known[company.company_code]))
        return told

    def tax_codes(self) -> list[str]:
        """Every tax code that the settings map; SAP tells no list of its own by what they mean."""
        return sorted(self._config.tax_codes)

    async def currencies(self) -> list[str]:
        """The currencies of the companies, and those that the settings add."""
        own = {entity.currency for entity in await self.legal_entities()}
        return sorted(own | set(self._config.currencies))
