"""The calls this room makes: pages of rows, creates, changes under an indicator, deletes, batches, one envelope."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, TypeVar

import httpx
import msgspec

from contracts.problem import Kind, Problem
from kit.http import Limits, VendorClient
from kit.room import Tools
from system_apis.oracle_fusion.auth import fetcher
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.refusals import problem_from
from system_apis.oracle_fusion.wire import Batch, Page, Part, Wire, changes, encoded

W = TypeVar("W", bound=Wire)
FSCM: Final = "/fscmRestApi/resources/11.13.18.05"
CRM: Final = "/crmRestApi/resources/11.13.18.05"
AGAIN: Final = frozenset({Kind.PRECONDITION_FAILED, Kind.UNKNOWN_OUTCOME})
"""After one of these a change is looked at once more, and made again where it did not come to stand."""
ROUNDS: Final = 4
_MEDIA: Final = "application/vnd.oracle.adf.{}+json"


def connect(config: Config, tools: Tools) -> Fusion:
    """Open the connection; nothing is sent yet."""
    http = tools.http(
        base_url=config.origin,
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
        headers={"REST-Framework-Version": str(config.framework_version)},
        fetch_token=fetcher(config, clock=tools.clock),
    )
    return Fusion(http, page=config.page)


def text(value: str) -> str:
    """Text as a literal of `q`."""
    return "'" + value.replace("'", "''") + "'"


class Fusion:
    """One pod. Addresses and questions come ready from who knows the nouns."""

    def __init__(self, http: VendorClient, *, page: int) -> None:
        self._http = http
        self._page = page

    async def rows(
        self, path: str, *, into: type[W], order: str, q: str = "", expand: str = "", root: str = FSCM
    ) -> AsyncIterator[W]:
        """Every row, page by page; `order` keeps pages from shifting. A pod may grant fewer rows than are asked for."""
        offset = 0
        params: dict[str, str] = {"limit": str(self._page), "orderBy": order}
        params |= {name: value for name, value in (("q", q), ("expand", expand)) if value}
        while True:
            response = await self._http.send("GET", f"{root}/{path}", params={**params, "offset": str(offset)})
            page = _page(response, into)
            for row in page.items:
                yield row
            offset += len(page.items)
            if not page.more or not page.items:
                return

    async def all(
        self, path: str, *, into: type[W], order: str, q: str = "", expand: str = "", root: str = FSCM
    ) -> list[W]:
        """Every row at once."""
        return [row async for row in self.rows(path, into=into, order=order, q=q, expand=expand, root=root)]

    async def some(self, path: str, *, into: type[W], order: str, q: str, limit: int, expand: str = "") -> list[W]:
        """The first rows only."""
        params = {"limit": str(limit), "orderBy": order, "q": q, **({"expand": expand} if expand else {})}
        return _page(await self._http.send("GET", f"{FSCM}/{path}", params=params), into).items

    async def get(self, path: str, *, into: type[W], root: str = FSCM) -> W | None:
        """A single row, or None."""
        try:
            response = await self._http.send("GET", f"{root}/{path}")
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise
        row: W = _decoded(response, into)
        return row

    async def create(self, path: str, body: W, *, root: str = FSCM) -> W:
        """Make a row with its children; who calls knows by what it is found again."""
        response = await self._send("POST", f"{root}/{path}", encoded(body), media="resourceitem")
        made: W = _decoded(response, type(body))
        return made

    async def settle(self, path: str, wanted: W, *, root: str = FSCM) -> W:
        """Make a row hold what is wanted, whoever changes it meanwhile; nothing is sent where it does already.

        Raises:
            Problem: `not_found`; `precondition_failed` when others change it all the time.

        """
        left = ROUNDS
        while True:
            left -= 1
            held = await self.get(path, into=type(wanted), root=root)
            if held is None:
                raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"Fusion has no {path}")
            change = changes(held, wanted)
            if change is None:
                return held
            try:
                await self._send("PATCH", f"{root}/{path}", encoded(change), media="resourceitem", tag=held.indicator)
            except Problem as problem:
                if problem.kind not in AGAIN or not left:
                    raise

    async def remove(self, row: Wire) -> None:
        """Delete a row as it was read; one that is gone already is fine."""
        try:
            await self._http.send("DELETE", f"{FSCM}/{row.path}", headers={"If-Match": row.indicator})
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def commit(self, parts: Sequence[Part]) -> None:
        """All parts or none."""
        if parts:
            await self._send("POST", f"{FSCM}/", encoded(Batch(list(parts))), media="batch")

    async def envelope(self, path: str, content: str) -> None:
        """An operation of a SOAP service that may be repeated."""
        headers = {"Content-Type": "text/xml; charset=UTF-8", "Accept": "text/xml"}
        await self._http.send("POST", path, content=content.encode(), headers=headers, repeatable=True)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _send(self, method: str, path: str, content: bytes, *, media: str, tag: str = "") -> httpx.Response:
        headers = {"Content-Type": _MEDIA.format(media), **({"If-Match": tag} if tag else {})}
        return await self._http.send(method, path, content=content, headers=headers, repeatable=False)


def _page(response: httpx.Response, into: type[W]) -> Page[W]:
    generic: Any = into  # a struct of a struct is made at run time
    page: Page[W] = _decoded(response, Page[generic])
    return page


def _decoded(response: httpx.Response, into: type[Any]) -> Any:
    try:
        return msgspec.json.decode(response.content, type=into)
    except msgspec.MsgspecError as fault:
        detail = f"Fusion answered what we cannot read: {fault}"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None
