"""A deal whole, in two rounds of calls: itself with the ids of what belongs to it, then those rows side by side.

The vendor tells with a row what belongs to it, but not by which label of the firm's own: so companies, of which one may
be labelled as the one that is billed, are asked for by the associations API, at the same time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from system_apis.hubspot import mapping, wire
from system_apis.hubspot.client import HubspotClient
from system_apis.hubspot.config import Config

P = TypeVar("P", bound=Struct)

DEALS: Final = "deals"
COMPANIES: Final = "companies"
_LINES: Final = "line_items"
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_PORTAL: Final = re.compile(r"p[0-9]+_")


class Deals:
    """The deals of one account."""

    def __init__(self, client: HubspotClient, *, config: Config) -> None:
        self._client = client
        self._config = config

    async def read(self, deal_id: str, wanted: type[P], *, beside: Sequence[str] = ()) -> wire.Row[P]:
        """One deal.

        Raises:
            Problem: not_found, when there is none.

        """
        try:
            return await self._client.read(DEALS, deal_id, wanted, beside=beside)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise
        raise Problem(Kind.NOT_FOUND, "opportunity_not_found", "no opportunity has this id")

    async def parts(self, deal_id: str) -> mapping.Parts:
        """A deal with its parties, lines, milestones, rates and demand.

        Raises:
            Problem: not_found, when there is none.

        """
        config = self._config
        own = (config.milestone_object, config.rate_object, config.need_object)
        kinds = [kind for kind in (_LINES, *own) if kind]
        deal, companies = await asyncio.gather(
            self.read(deal_id, wire.Deal, beside=kinds), self._client.linked(DEALS, COMPANIES, [deal_id])
        )
        buyer, billed = mapping.primary(companies.get(deal_id, []), bill_to_label=config.bill_to_label)
        ids = await self._ids(deal, kinds)
        lines, milestones, rates, needs = (ids.get(kind, []) for kind in (_LINES, *own))
        (kept, points, agreed, wanted), (parties, line_of, owner) = await asyncio.gather(
            asyncio.gather(
                self._client.read_many(_LINES, lines, wire.Line),
                self._client.read_many(config.milestone_object, milestones, wire.Milestone),
                self._client.read_many(config.rate_object, rates, wire.Rate),
                self._client.read_many(config.need_object, needs, wire.Need),
            ),
            asyncio.gather(
                self._parties([party for party in dict.fromkeys((buyer, billed)) if party]),
                self._line_of({config.milestone_object: milestones, config.need_object: needs}),
                self._owner(deal.properties.delivery_owner),
            ),
        )
        return mapping.Parts(
            deal=deal,
            customer=parties.get(buyer or ""),
            bill_to=parties.get(billed or ""),
            owner_email=owner,
            lines=kept,
            milestones=points,
            rates=agreed,
            needs=wanted,
            line_of=line_of,
        )

    async def _ids(self, deal: wire.Row[wire.Deal], kinds: Sequence[str]) -> dict[str, list[str]]:
        """Which rows of each kind belong to a deal; what was not told with it in full is asked for."""
        known, open_kinds = told(deal.associations, kinds)
        links = await asyncio.gather(*(self._client.linked(DEALS, kind, [deal.id]) for kind in open_kinds))
        return known | {
            kind: list(dict.fromkeys(str(link.id) for link in found.get(deal.id, [])))
            for kind, found in zip(open_kinds, links, strict=True)
        }

    async def _parties(self, ids: Sequence[str]) -> dict[str, wire.Row[wire.Company]]:
        return {row.id: row for row in await self._client.read_many(COMPANIES, ids, wire.Company)}

    async def _line_of(self, rows: dict[str, list[str]]) -> dict[str, str]:
        """To which line each row belongs; a row that names several is taken for the first."""
        asked = [self._client.linked(kind, _LINES, ids) for kind, ids in rows.items()]
        found = await asyncio.gather(*asked)
        return {row_id: str(links[0].id) for each in found for row_id, links in each.items() if links}

    async def _owner(self, owner: str | None) -> str | None:
        """The e-mail address of a user, of whom a deal has the number, or the address itself."""
        if owner and _NUMBER.fullmatch(owner):
            return await self._client.owner(owner)
        return owner if owner and "@" in owner else None


def told(beside: Mapping[str, wire.Besides], kinds: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The ids of each kind that a row told with itself, and the kinds that have to be asked for.

    A kind that is missing has nothing, unless something was told under a name that is none of those asked for: a custom
    object may be asked for by its number or a short name and is told under its full one. Then nothing is taken for
    missing. What does not end on its first page is asked for, too.
    """
    pages = {_plain(name): page for name, page in beside.items()}
    strange = set(pages) - {_plain(kind) for kind in kinds}
    known: dict[str, list[str]] = {}
    open_kinds: list[str] = []
    for kind in kinds:
        page = pages.get(_plain(kind))
        if (page is None and strange) or (page is not None and page.paging is not None and page.paging.next):
            open_kinds.append(kind)
        else:
            known[kind] = list(dict.fromkeys(row.id for row in page.results)) if page else []
    return known, open_kinds


def _plain(name: str) -> str:
    """A kind's name as it is compared: told with spaces, asked for with lines; a portal's number left out."""
    return _PORTAL.sub("p_", name.lower().replace(" ", "_"))
