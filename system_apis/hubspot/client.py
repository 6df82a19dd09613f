"""The account over HTTP: rows by id, what belongs to them, searches, and one way to change a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem, Retry
from kit.http import VendorClient
from system_apis.hubspot.paths import Paths
from system_apis.hubspot.problems import DAILY_LIMIT
from system_apis.hubspot.wire import Link, Links, Owner, Page, Row, columns

P = TypeVar("P", bound=Struct)
T = TypeVar("T")

Filters = Sequence[dict[str, str]]

MOST_ROWS: Final = 200
_MOST_READ: Final = 100
_MOST_LINKED: Final = 1000
_MOST_PAGES: Final = 1000
_DAILY_PAUSE_S: Final = 900.0


class HubspotClient:
    """Speaks one version of the API to one account."""

    def __init__(self, http: VendorClient, *, paths: Paths) -> None:
        self._http = http
        self._paths = paths

    async def read(self, kind: str, row_id: str, wanted: type[P], *, beside: Sequence[str] = ()) -> Row[P]:
        """One row by its id, and the first page of what belongs to it of the kinds `beside`.

        Raises:
            Problem: not_found, when there is none.

        """
        params = {"properties": ",".join(columns(wanted))}
        if beside:
            params["associations"] = ",".join(beside)
        content = await self._send("GET", self._paths.row(kind, row_id), params=params)
        return _decoded(content, Row[wanted])  # type: ignore[valid-type]  # msgspec takes the type as a value

    async def read_many(self, kind: str, row_ids: Sequence[str], wanted: type[P]) -> list[Row[P]]:
        """Rows by their ids, in the order of the ids; the vendor hands them out in its own."""
        found: dict[str, Row[P]] = {}
        for start in range(0, len(row_ids), _MOST_READ):
            inputs = [{"id": row_id} for row_id in row_ids[start : start + _MOST_READ]]
            body = {"inputs": inputs, "properties": columns(wanted)}
            page = await self._page(self._paths.many(kind), body, wanted)
            found |= {row.id: row for row in page.results}
        if len(found) != len(row_ids) or not all(row_id in found for row_id in row_ids):
            raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", f"{len(found)} of {len(row_ids)} rows were answered")
        return [found[row_id] for row_id in row_ids]

    async def linked(self, source: str, target: str, row_ids: Sequence[str]) -> dict[str, list[Link]]:
        """What belongs to rows, by the id of the row; a row to which nothing belongs is missing."""
        found: dict[str, list[Link]] = {}
        asked = [{"id": row_id} for row_id in row_ids]
        path = self._paths.links(source, target)
        for _ in range(_MOST_PAGES):
            if not asked:
                return found
            now, later = asked[:_MOST_LINKED], asked[_MOST_LINKED:]
            content = await self._send("POST", path, json={"inputs": now}, repeatable=True)
            for each in _decoded(content, Links).results:
                found.setdefault(each.source.id, []).extend(each.to)
                if each.paging and each.paging.next:
                    more = {"id": each.source.id, "after": each.paging.next.after}
                    if more in now:
                        raise _endless()
                    later.append(more)
            asked = later
        raise _endless()

    async def search(
        self, kind: str, groups: Sequence[Filters], wanted: type[P], *, by: str
    ) -> tuple[list[Row[P]], bool]:
        """The first rows that fit, in ascending order of one property, and whether they are all.

        Rows that are alike in that property come in no order. Nothing is asked for beyond the first page, so the
        vendor's limit of ten thousand rows of one search is never met.
        """
        body = {
            "filterGroups": [{"filters": list(group)} for group in groups],
            "sorts": [{"propertyName": by, "direction": "ASCENDING"}],
            "properties": columns(wanted),
            "limit": MOST_ROWS,
        }
        page = await self._page(self._paths.search(kind), body, wanted)
        return page.results, page.paging is None or page.paging.next is None

    async def change(self, kind: str, row_id: str, values: dict[str, str]) -> None:
        """Set properties of a row to values."""
        path, body = self._paths.row(kind, row_id), {"properties": values}
        await self._send("PATCH", path, json=body, repeatable=True)  # setting twice is setting once

    async def owner(self, owner_id: str) -> str | None:
        """The e-mail address of a user; None for one that is not, or no longer."""
        try:
            content = await self._send("GET", self._paths.owner(owner_id))
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise
        return _decoded(content, Owner).email

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _page(self, path: str, body: dict[str, Any], wanted: type[P]) -> Page[P]:
        content = await self._send("POST", path, json=body, repeatable=True)  # it only reads
        return _decoded(content, Page[wanted])  # type: ignore[valid-type]  # msgspec takes the type as a value

    async def _send(self, method: str, path: str, **more: Any) -> bytes:
        try:
            response = await self._http.send(method, path, **more)
        except Problem as problem:
            raise for_callers(problem) from None
        return response.content


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us, rather than for our own next try."""
    if problem.code == DAILY_LIMIT:
        return Problem(
            Kind.RATE_LIMITED, DAILY_LIMIT, problem.detail, retry_after_s=_DAILY_PAUSE_S, context=problem.context
        )
    if problem.kind is Kind.UNAUTHENTICATED:
        detail = "the vendor refuses the token of this connection"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def _endless() -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer is not JSON") from None
