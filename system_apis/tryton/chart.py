"""What the administrator has set up: companies, currencies, countries, taxes and accounts, by the codes we use."""

from __future__ import annotations

from contracts.canonical.party import LegalEntity
from contracts.problem import Kind, Problem
from system_apis.tryton import mapping, wire
from system_apis.tryton.client import Domain, Tryton
from system_apis.tryton.config import Config


class Chart:
    """Ids by code, read when first needed and again when a code is not known: people add to these, slowly."""

    def __init__(self, client: Tryton, config: Config) -> None:
        self._client = client
        self._config = config
        self._known: dict[tuple[str, ...], int] = {}

    async def legal_entities(self) -> list[LegalEntity]:
        """Every company that has a code and a country."""
        found = [mapping.legal_entity(each) for each in await self._client.find(wire.Company)]
        return [each for each in found if each is not None]

    async def tax_codes(self) -> list[str]:
        """The names of all taxes; one that several companies have is one code."""
        return sorted({tax.name for tax in await self._client.find(wire.Tax, ["active", "=", True])})

    async def currencies(self) -> list[str]:
        """Every currency."""
        return sorted(each.code for each in await self._client.find(wire.Currency))

    async def company(self, code: str, *, pointer: str) -> int:
        """A company by the code of its party."""
        domain = [["party.code", "=", code]]
        return await self._number(wire.Company, domain, what="legal_entity_unknown", code=code, pointer=pointer)

    async def currency(self, code: str) -> int:
        """A currency by its ISO code."""
        return await self._number(
            wire.Currency, [["code", "=", code]], what="currency_unknown", code=code, pointer="/currency"
        )

    async def country(self, code: str | None) -> int:
        """A country by its ISO code; a missing one is never assumed."""
        if code is None:
            raise mapping.refused("country_missing", "/address/country", "the customer has no country")
        return await self._number(
            wire.Country, [["code", "=", code]], what="country_unknown", code=code, pointer="/address/country"
        )

    async def tax(self, code: str, *, company: int, pointer: str) -> int:
        """A tax of a company by its code."""
        domain = [["name", "=", code], ["company", "=", company], ["active", "=", True]]
        return await self._number(wire.Tax, domain, what="tax_code_unknown", code=code, pointer=pointer)

    async def tax_rule(self, code: str, *, company: int) -> int:
        """The rule of a company that charges a tax to whoever has it."""
        domain = [["name", "=", code], ["company", "=", company]]
        return await self._number(wire.TaxRule, domain, what="tax_code_unknown", code=code, pointer="/tax/tax_code")

    async def receivable(self, company: int) -> int:
        """The account a company's customers owe on."""
        return await self._set_up(wire.Account, self._config.receivable_account, company=company)

    async def revenue(self, company: int) -> int:
        """The account a company's services are earned on."""
        return await self._set_up(wire.Account, self._config.revenue_account, company=company)

    async def journal(self) -> int:
        """The journal of customer documents."""
        return await self._set_up(wire.Journal, self._config.journal)

    async def status(self, name: str) -> int:
        """A status of works by its name."""
        return await self._set_up(wire.Status, name, by="name")

    async def hierarchy(self) -> int:
        """The relation type that ties a customer to its parent."""
        return await self._set_up(wire.RelationType, self._config.hierarchy, by="name")

    async def _number(self, kind: type[wire.Record], domain: Domain, *, what: str, code: str, pointer: str) -> int:
        found = await self._found(kind, domain)
        if found is None:
            raise mapping.refused(what, pointer, f"Tryton has no {kind.model} '{code}'")
        return found

    async def _set_up(self, kind: type[wire.Record], code: str, *, by: str = "code", company: int = 0) -> int:
        domain = [[by, "=", code]]
        found = await self._found(kind, [*domain, ["company", "=", company]] if company else domain)
        if found is None:
            detail = f"Tryton has no {kind.model} with the {by} '{code}'"
            raise Problem(
                Kind.UNEXPECTED, "tryton.not_set_up", detail, hint="set it up, or name another in the settings"
            )
        return found

    async def _found(self, kind: type[wire.Record], domain: Domain) -> int | None:
        key = (kind.model, *(f"{name}={value}" for name, _, value in domain))
        if key not in self._known:
            rows = await self._client.find(kind, *domain, limit=1)
            if not rows:
                return None
            self._known[key] = rows[0].id
        return self._known[key]
