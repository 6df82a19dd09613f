"""URLs, domains and headers of Tryton's REST interface. Every call names its company, its language and its fields."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import httpx
import msgspec

from contracts.problem import Kind, Problem
from kit.http import Limits, VendorClient
from kit.room import Tools
from system_apis.tryton.config import Config
from system_apis.tryton.refusals import problem_from
from system_apis.tryton.wire import Record

PAGE: Final = 500
_BY_ID: Final = (("id", "ASC"),)

R = TypeVar("R", bound=Record)
D = TypeVar("D")
Domain = Sequence[Any]
Order = Sequence[tuple[str, str]]


def connect(config: Config, tools: Tools) -> Tryton:
    """Open the connection; nothing is sent yet."""
    http = tools.http(
        base_url=config.base_url.rstrip("/"),
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
        headers={"Authorization": f"Bearer {config.key.reveal()}", "Accept-Language": "en"},
    )
    return Tryton(http, database=config.database)


class Tryton:
    """The calls this room makes. Inactive records are never hidden: whoever is retired is still there."""

    def __init__(self, http: VendorClient, *, database: str) -> None:
        self._http = http
        self._models = f"/{database}/rest/model"

    async def find(self, kind: type[R], *domain: Any, order: Order = _BY_ID, limit: int = 0, skip: int = 0) -> list[R]:
        """Records that fit a domain, `limit` of them after `skip`, or all; `order` must end with the id."""
        if limit:
            return await self._page(kind, domain, order=order, size=limit, skip=skip)
        found: list[R] = []
        while True:
            page = await self._page(kind, domain, order=order, size=PAGE, skip=skip + len(found))
            found += page
            if len(page) < PAGE:
                return found

    async def create(self, kind: type[R], values: Mapping[str, Any], *, company: int) -> R:
        """Make a record and read it back. Cut off, it may or may not have been made."""
        path, params = f"{self._models}/{kind.model}", {"f": kind.fields()}
        return _decoded(await self._write("POST", path, values, company=company, params=params), kind)

    async def create_many(self, kind: type[Record], values: Sequence[Mapping[str, Any]], *, company: int) -> list[int]:
        """Make records, all or none, and give their ids."""
        path = f"{self._models}/{kind.model}/create"
        answer = await self._write("POST", path, {"vlist": list(values)}, company=company)
        return _decoded(answer, list[int])

    async def update(self, kind: type[R], number: int, values: Mapping[str, Any], *, company: int) -> R:
        """Give fields fixed values, which may be repeated without harm; the last to write wins."""
        path, params = f"{self._models}/{kind.model}/{number}", {"f": kind.fields()}
        return _decoded(await self._write("PUT", path, values, company=company, params=params), kind)

    async def act(self, kind: type[R], number: int, action: str, *, company: int, heed_warnings: bool = True) -> R:
        """Press a button of a record. Pressed twice it is refused for its state, so it may be repeated."""
        path, params = f"{self._models}/{kind.model}/{number}/{action}", {"f": kind.fields()}
        context = {} if heed_warnings else {"_skip_warnings": True}
        answer = await self._write("POST", path, {}, company=company, params=params, again=True, **context)
        return _decoded(answer, kind)

    async def remove(self, kind: type[Record], number: int, *, company: int) -> None:
        """Delete a record; one that is gone already is fine."""
        try:
            await self._http.send("DELETE", f"{self._models}/{kind.model}/{number}", headers=_context(company=company))
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _page(self, kind: type[R], domain: Domain, *, order: Order, size: int, skip: int) -> list[R]:
        params = {"d": _base64(list(domain)), "o": _base64(order), "s": size, "p": skip, "f": kind.fields()}
        answer = await self._http.send("GET", f"{self._models}/{kind.model}", params=params, headers=_context())
        found: list[R] = _decoded(answer, list[kind])  # type: ignore[valid-type]  # a list of whatever was asked for
        return found

    async def _write(
        self,
        method: str,
        path: str,
        values: Mapping[str, Any],
        *,
        company: int,
        params: Mapping[str, Any] | None = None,
        again: bool | None = None,
        **context: Any,
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json", **_context(company=company, **context)}
        content = msgspec.json.encode(values)
        return await self._http.send(method, path, params=params, content=content, headers=headers, repeatable=again)


def _context(**more: Any) -> dict[str, str]:
    return {"X-Tryton-Context": _base64({"active_test": False, **more})}


def _base64(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode()


def _decoded(response: httpx.Response, into: type[D]) -> D:
    try:
        return msgspec.json.decode(response.content, type=into, strict=False)
    except msgspec.MsgspecError as fault:
        detail = f"Tryton answered what we cannot read: {fault}"
        raise Problem(Kind.UNEXPECTED, "tryton.answer_unreadable", detail) from None
