"""Reads changed deals in order, however many bear one stamp: by stamp first, by id where a page is all one stamp."""

from __future__ import annotations

from contracts.problem import Kind, Problem
from system_apis.hubspot import wire
from system_apis.hubspot.client import Filters, HubspotClient
from system_apis.hubspot.feed import Seen
from system_apis.hubspot.values import millis, moment

_DEALS = "deals"
_STAMP = "hs_lastmodifieddate"
_ID = "hs_object_id"

_MOST_PAGES = 100

Place = tuple[int, int]


async def changed(client: HubspotClient, *, beyond: Place, count: int) -> list[Seen]:
    """At least so many deals beyond a place in the order of stamp and id, or all there are; in that order.

    Every question starts at a place of its own and reads one page, so no number of deals is too many. Of a page that
    is not the last, the deals of its last moment are left for the next: they may be there in part only.
    """
    found: list[Seen] = []
    for _ in range(_MOST_PAGES):
        page, whole = await _page(client, beyond=beyond)
        if not whole:
            last = page[-1].stamp
            if page[0].stamp == last:
                page = await _crowd(client, at=last, after=beyond[1] if beyond[0] == last else 0)
            else:
                page = [record for record in page if record.stamp < last]
        found += page
        if whole or len(found) >= count:
            return found
        beyond = page[-1].place if page else beyond  # the crowd went elsewhere meanwhile: look again
    raise _endless()


async def _page(client: HubspotClient, *, beyond: Place) -> tuple[list[Seen], bool]:
    """The first page beyond a place, in order, and whether it is the last."""
    stamp, row_id = beyond
    groups: list[Filters] = [[_is(_STAMP, "GT", stamp)]]
    if row_id:
        groups.append([_is(_STAMP, "EQ", stamp), _is(_ID, "GT", row_id)])
    rows, whole = await client.search(_DEALS, groups, wire.Change, by=_STAMP)
    return _ordered(rows, beyond=beyond, whole=whole), whole


async def _crowd(client: HubspotClient, *, at: int, after: int) -> list[Seen]:
    """The next deals of one moment, by their ids."""
    groups: list[Filters] = [[_is(_STAMP, "EQ", at), _is(_ID, "GT", after)]]
    rows, whole = await client.search(_DEALS, groups, wire.Change, by=_ID)
    return _ordered(rows, beyond=(at, after), whole=whole)


def _ordered(rows: list[wire.Row[wire.Change]], *, beyond: Place, whole: bool) -> list[Seen]:
    found = sorted((seen(row) for row in rows), key=lambda record: record.place)
    stuck = bool(found) and found[0].place <= beyond
    if stuck or (not found and not whole):
        raise _endless()
    return found


def seen(row: wire.Row[wire.Change]) -> Seen:
    """A deal as it was met.

    Raises:
        Problem: unexpected, when it bears no stamp.

    """
    at = moment(row.properties.stamp)
    if at is None or not row.id.isdigit():
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "a deal bears no stamp or no number")
    return Seen(id=row.id, won=row.properties.won == "true", stamp=millis(at))


def _endless() -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")


def _is(name: str, operator: str, value: int) -> dict[str, str]:
    return {"propertyName": name, "operator": operator, "value": str(value)}
