"""Rate cards: a set, a card of the package for each dated rate, a junction for each card; published when all stand."""

from __future__ import annotations

from typing import Final

from contracts.canonical.rates import RateCard
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from kit.force.soql import bound, question
from system_apis.certinia import mapping
from system_apis.certinia.clients import Units
from system_apis.certinia.rows import Org, Row, below, by_key, key_of, keyed, select

_SET: Final = "pse__Rate_Card_Set__c"
_CARD: Final = "pse__Rate_Card__c"
_JUNCTION: Final = "pse__Rate_Card_Set_Junction__c"
_PUBLISHED: Final = "Sluice_Published__c"


class RateCards:
    """Our rate cards in one org."""

    def __init__(self, org: Org, units: Units) -> None:
        self._org = org
        self._units = units

    async def publish(self, rate_card_id: str, body: RateCard) -> Reference:
        """The published set. One that is published is returned as it is; one cut off half-way is completed."""
        found, cards, junctions = await self._org.ask(
            select(("Name", "CurrencyIsoCode", _PUBLISHED), _SET, keyed(rate_card_id)),
            select(mapping.RATE, _CARD, below(rate_card_id)),
            select((), _JUNCTION, below(rate_card_id)),
        )
        standing = by_key(found)
        if found and found[0][_PUBLISHED]:
            return Reference(our_id=rate_card_id, external_id=str(found[0]["Id"]))
        regions, _, _ = await self._units.ids(regions=[entry.country for entry in body.entries])
        rates = mapping.rates(body, regions=regions)
        born: Row = {"Name": mapping.named(body.name, key=rate_card_id), "CurrencyIsoCode": body.currency}
        set_id = (await self._org.ensure(_SET, standing, {rate_card_id: born}))[rate_card_id]
        wanted = {key_of(rate_card_id, part): row for part, row in rates.items()}
        card_ids = await self._org.ensure(_CARD, by_key(cards), wanted)
        links: dict[str, Row] = {
            key: {"pse__Rate_Card_Set__c": set_id, "pse__Rate_Card__c": card_id} for key, card_id in card_ids.items()
        }
        await self._org.ensure(_JUNCTION, by_key(junctions), links, born=mapping.LINK_BORN)
        published: Row = {_PUBLISHED: True}
        await self._org.ensure(_SET, {rate_card_id: {"Id": set_id}}, {rate_card_id: published})
        return Reference(our_id=rate_card_id, external_id=set_id, created=not found)

    async def withdraw(self, rate_card_id: str) -> None:
        """Delete the set with all its cards; when nothing stands, that is what was wanted.

        Raises:
            Problem: conflict, while an open project stands on it.

        """
        found, cards = await self._org.ask(
            select((), _SET, keyed(rate_card_id)), select((), _CARD, below(rate_card_id), order="Id")
        )
        if found:
            on_it = bound("pse__Rate_Card_Set__c = {id} AND pse__Is_Active__c = TRUE", id=str(found[0]["Id"]))
            (used,) = await self._org.ask(question("Id", "pse__Proj__c", where=on_it, limit=1))
            if used:
                raise Problem(
                    Kind.CONFLICT,
                    "certinia.rate_card_in_use",
                    f"an open project stands on rate card {rate_card_id}",
                    hint="archive the projects that stand on it first",
                )
        await self._org.writer.delete([str(row["Id"]) for row in (*cards, *found)])
