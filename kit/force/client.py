"""The org over HTTP: queries read to their end, several in one call, and one way to change a record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct

from contracts.problem import Kind, Problem, Retry
from kit.force.problems import CURSOR_GONE, DAILY_LIMIT
from kit.force.wire import Batch, Page, Saved
from kit.http import VendorClient

T = TypeVar("T", bound=Struct)

CLIENT_NAME: Final = "sluice"
_LOCATOR: Final = re.compile(r"/services/data/v\d+\.0/query(?:All)?/[A-Za-z0-9_-]+")
_MOST_PAGES: Final = 1000
_DAILY_PAUSE_S: Final = 900.0


class OrgClient:
    """Speaks the REST dialect of one version to one org."""

    def __init__(self, http: VendorClient, *, version: str) -> None:
        self._http = http
        self._version = f"v{version}"
        self._root = f"/services/data/{self._version}"

    async def query(self, text: str, kind: type[T]) -> list[T]:
        """Every record that answers one question."""
        return records(await self._whole(text), kind)

    async def query_all(self, text: str, kind: type[T]) -> list[T]:
        """As `query`, with the records that lie in the bin."""
        return records(await self._whole(text, resource="queryAll"), kind)

    async def queries(self, texts: Sequence[str]) -> list[list[Raw]]:
        """Every record that answers each question, asked in one call of the daily allowance."""
        parts = [{"method": "GET", "url": f"{self._version}/query?{urlencode({'q': text})}"} for text in texts]
        response = await self._send(
            "POST",
            f"{self._root}/composite/batch",
            json={"haltOnError": False, "batchRequests": parts},
            repeatable=True,  # every part of it reads
        )
        batch = _decoded(response, Batch)
        if len(batch.results) != len(texts):
            raise Problem(Kind.UNEXPECTED, "vendor_garbled", "a batch was answered in part")
        pages = [_decoded(bytes(part.result), Page) for part in batch.results]
        return [await self._rest(text, page) for text, page in zip(texts, pages, strict=True)]

    async def update(self, entity: str, record_id: str, values: Mapping[str, str | Raw | None]) -> None:
        """Set fields of a record, None empties one; names us, so that a change feed can tell our writes apart."""
        await self._send(
            "PATCH",
            f"{self._root}/sobjects/{entity}/{record_id}",
            json=dict(values),
            headers={"Sforce-Call-Options": f"client={CLIENT_NAME}"},
            repeatable=True,  # setting the same values twice is setting them once
        )

    async def upsert_rows(self, entity: str, key: str, rows: Sequence[Mapping[str, Any]]) -> list[Saved]:
        """Create or change rows by an external id that each of them bears, in one call; each is saved for itself."""
        path = f"{self._root}/composite/sobjects/{entity}/{key}"
        return await self._save("PATCH", path, [{"attributes": {"type": entity}, **row} for row in rows])

    async def update_rows(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[Saved]:
        """Change rows by the `id` that each of them bears, in one call; each is saved for itself."""
        path = f"{self._root}/composite/sobjects"
        return await self._save("PATCH", path, [{"attributes": {"type": entity}, **row} for row in rows])

    async def delete_rows(self, ids: Sequence[str]) -> list[Saved]:
        """Move rows to the bin in one call, each for itself."""
        params = {"ids": ",".join(ids), "allOrNone": "false"}
        content = await self._send("DELETE", f"{self._root}/composite/sobjects", params=params)
        return _results(content, len(ids))

    async def _save(self, method: str, path: str, rows: list[dict[str, Any]]) -> list[Saved]:
        content = await self._send(
            method,
            path,
            json={"allOrNone": False, "records": rows},
            headers={"Sforce-Call-Options": f"client={CLIENT_NAME}"},
            repeatable=True,  # a key or an id says which row, so saving twice is saving once
        )
        return _results(content, len(rows))

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _whole(self, text: str, *, resource: str = "query") -> list[Raw]:
        try:
            return await self._follow(await self._first(text, resource=resource))
        except Problem as problem:
            if problem.code != CURSOR_GONE:
                raise
        return await self._follow(await self._first(text, resource=resource))

    async def _rest(self, text: str, page: Page) -> list[Raw]:
        """The remaining pages; a cursor that ended meanwhile is opened anew, once."""
        try:
            return await self._follow(page)
        except Problem as problem:
            if problem.code != CURSOR_GONE:
                raise
        return await self._follow(await self._first(text))

    async def _first(self, text: str, *, resource: str = "query") -> Page:
        return _decoded(await self._send("GET", f"{self._root}/{resource}", params={"q": text}), Page)

    async def _follow(self, page: Page) -> list[Raw]:
        found, seen = list(page.records), set[str]()
        while not page.done:
            url = page.next_url
            if _LOCATOR.fullmatch(url) is None or url in seen or len(seen) >= _MOST_PAGES:
                raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")
            seen.add(url)
            page = _decoded(await self._send("GET", url), Page)
            found.extend(page.records)
        return found

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
        detail = "the vendor refuses a token it has just given"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def records(raws: Sequence[Raw], kind: type[T]) -> list[T]:
    """Records as structs.

    Raises:
        Problem: unexpected, when a record is not what the org's schema promised.

    """
    return [_decoded(bytes(raw), kind) for raw in raws]


def _results(content: bytes, count: int) -> list[Saved]:
    try:
        results = msgspec.json.decode(content, type=list[Saved])
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "what was saved cannot be read") from None
    if len(results) != count:
        raise Problem(Kind.UNEXPECTED, "vendor_garbled", "a collection was answered in part")
    return results


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", f"{kind.__name__}: not JSON") from None
