"""Client companies as accounts, and the units of the firm that rows are filed under."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.canonical.party import Customer
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from kit.force.soql import bound, question
from system_apis.certinia import mapping
from system_apis.certinia.rows import KEY, Org, among, by_key, keyed, select

_UNITS: Final = {"pse__Region__c": "region", "pse__Practice__c": "practice", "pse__Group__c": "group"}


class Clients:
    """Our customers in one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    async def put(self, customer_id: str, body: Customer) -> Reference:
        """Create the account, or bring it up to date."""
        (found,) = await self._org.ask(select(mapping.CLIENT, "Account", keyed(customer_id)))
        standing = by_key(found)
        wanted = mapping.client(body)
        if wanted["BillingCountry"] is None:
            wanted.pop("BillingCountry")
        ids = await self._org.ensure("Account", standing, {customer_id: wanted})
        return Reference(our_id=customer_id, external_id=ids[customer_id], created=not standing)

    async def retire(self, customer_id: str) -> None:
        """Delete an account on which nothing stands; archived projects do not hold it, and let go of it.

        An account that is gone cannot be told from one that never was, so neither is a problem. The platform itself
        would take opportunities and contacts along.

        Raises:
            Problem: conflict, while an open project, an opportunity or a contact stands on it.

        """
        (found,) = await self._org.ask(select((), "Account", keyed(customer_id)))
        if not found:
            return
        of_it = bound("= {id}", id=str(found[0]["Id"]))
        standing = await self._org.ask(
            question("Id", "pse__Proj__c", where=f"pse__Account__c {of_it} AND pse__Is_Active__c = TRUE", limit=1),
            question("Id", "Opportunity", where=f"AccountId {of_it}", limit=1),
            question("Id", "Contact", where=f"AccountId {of_it}", limit=1),
        )
        nouns = [n for n, rows in zip(("projects", "opportunities", "contacts"), standing, strict=True) if rows]
        if nouns:
            raise Problem(
                Kind.CONFLICT,
                "certinia.client_in_use",
                f"client {customer_id} has {' and '.join(nouns)}",
                hint="archive the projects and move what else stands on the account first",
            )
        await self._org.writer.delete([str(found[0]["Id"])])


class Units:
    """Regions, practices and groups, which finance keeps and we only find."""

    def __init__(self, org: Org) -> None:
        self._org = org

    async def ids(
        self, *, regions: Iterable[str] = (), practices: Iterable[str] = (), groups: Iterable[str] = ()
    ) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        """The ids of these units by the codes that they bear.

        Raises:
            Problem: invalid, when the org has no such unit.

        """
        codes = [sorted(set(part)) for part in (regions, practices, groups)]
        questions = [select((), entity, among(KEY, part)) for entity, part in zip(_UNITS, codes, strict=True)]
        found = [
            {code: str(row["Id"]) for code, row in by_key(rows).items()} for rows in await self._org.ask(*questions)
        ]
        for noun, wanted, known in zip(_UNITS.values(), codes, found, strict=True):
            missing = [code for code in wanted if code not in known]
            if missing:
                raise Problem(
                    Kind.INVALID,
                    f"certinia.{noun}_unknown",
                    f"the org has no {noun} for {', '.join(missing)}",
                    hint=f"give the {noun} this code in its field {KEY}",
                )
        return found[0], found[1], found[2]
