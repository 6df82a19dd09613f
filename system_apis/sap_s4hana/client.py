"""The calls this room makes: rows, entities with their tags, creates, changes under a tag, functions, batches."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
from msgspec import Struct, field

from contracts.problem import Kind, Problem
from kit.http import Limits
from kit.room import Tools
from system_apis.sap_s4hana import batch
from system_apis.sap_s4hana.auth import basic, fetcher
from system_apis.sap_s4hana.config import Area, Config, Credential
from system_apis.sap_s4hana.refusals import problem_from, refused
from system_apis.sap_s4hana.session import Session
from system_apis.sap_s4hana.wire import Wire, changes

W = TypeVar("W", bound=Wire)
_ROUNDS: Final = 4
_AGAIN: Final = {Kind.PRECONDITION_FAILED, Kind.UNKNOWN_OUTCOME}
_EXACT: Final = "application/json;IEEE754Compatible=true"


class Service(Struct, frozen=True):
    """One service: by which arrangement it is reached, its root, its version of OData."""

    area: Area
    root: str
    version: int = 2


PARTNERS: Final = Service("partners", "/sap/opu/odata/sap/API_BUSINESS_PARTNER")
PROJECTS: Final = Service("projects", "/sap/opu/odata/sap/API_ENTERPRISE_PROJECT_SRV;v=0002")
ORDERS: Final = Service("sales", "/sap/opu/odata/sap/API_SALES_ORDER_SRV")
DEBITS: Final = Service("sales", "/sap/opu/odata/sap/API_DEBIT_MEMO_REQUEST_SRV")
CREDITS: Final = Service("sales", "/sap/opu/odata/sap/API_CREDIT_MEMO_REQUEST_SRV")
BILLING: Final = Service("billing", "/sap/opu/odata4/sap/api_billingdocument/srvd_a2x/sap/billingdocument/0001", 4)
CANCELLING: Final = Service("billing", "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV")
JOURNAL: Final = Service("ledger", "/sap/opu/odata/sap/API_OPLACCTGDOCITEMCUBE_SRV")
COMPANIES: Final = Service("ledger", "/sap/opu/odata/sap/API_JOURNALENTRYITEMBASIC_SRV")


class _One(Struct, Generic[W], frozen=True):
    d: W


class _Rows(Struct, Generic[W], frozen=True):
    results: list[W]
    following: str | None = field(name="__next", default=None)


class _Many(Struct, Generic[W], frozen=True):
    d: _Rows[W]


class _Many4(Struct, Generic[W], frozen=True):
    value: list[W]
    following: str | None = field(name="@odata.nextLink", default=None)


class Held(Struct, Generic[W], frozen=True):
    """A single entity and the tag under which it may be changed."""

    entity: W
    etag: str


def connect(config: Config, tools: Tools) -> S4:
    """Open the connection; nothing is sent yet. Arrangements of one credential share a session."""
    limits = Limits(concurrency=config.concurrency, deadline_s=config.deadline_s)
    sessions: dict[Credential, Session] = {}
    areas: dict[Area, Session] = {}
    for area in ("partners", "projects", "sales", "billing", "ledger"):
        credential = config.arrangements.get(area, config.inbound)
        if credential not in sessions:
            given: dict[str, Any] = {"headers": basic(credential.user, credential.password.reveal())}
            if credential.client_id:
                given = {"fetch_token": fetcher(credential, origin=config.origin, clock=tools.clock)}
            http = tools.http(base_url=config.origin, problem_from=problem_from, limits=limits, **given)
            sessions[credential] = Session(http)
        areas[area] = sessions[credential]
    return S4(areas)


class S4:
    """One tenant by its services. Addresses and filters come ready from who knows the nouns."""

    def __init__(self, areas: dict[Area, Session]) -> None:
        self._areas = areas

    async def rows(self, service: Service, tail: str, *, into: type[W], **options: str) -> AsyncIterator[W]:
        """Every row, page by page as the tenant cuts them; options are OData's without the dollar sign."""
        params = {f"${name}": value for name, value in options.items()}
        while True:
            response = await self._read(service, tail, params)
            rows, following = _page(response, into, version=service.version)
            for row in rows:
                yield row
            if not following:
                return
            params = dict(parse_qsl(urlsplit(following).query))

    async def all(self, service: Service, tail: str, *, into: type[W], **options: str) -> list[W]:
        """Every row at once."""
        return [row async for row in self.rows(service, tail, into=into, **options)]

    async def get(self, service: Service, tail: str, *, into: type[W], expand: str = "") -> Held[W] | None:
        """A single entity with the tag from its header, or None."""
        params = {"$expand": expand} if expand else {}
        try:
            response = await self._read(service, tail, params)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise
        return Held(_entity(response, into, version=service.version), response.headers.get("etag", ""))

    async def create(self, service: Service, tail: str, body: Wire) -> None:
        """Make an entity with all that hangs on it. Who calls knows the key by which it is found again."""
        await self._send("POST", service, tail, content=msgspec.json.encode(body))

    async def settle(self, service: Service, tail: str, wanted: W) -> W:
        """Make an entity hold what is wanted, whoever changes it meanwhile; nothing is sent where it does already.

        Raises:
            Problem: `not_found`; `precondition_failed` when others change it all the time.

        """
        return await self.decide(service, tail, type(wanted), lambda _held: wanted)

    async def decide(self, service: Service, tail: str, into: type[W], wanted: Callable[[W], W | None]) -> W:
        """The same, where what is wanted depends on what is held; None leaves it alone."""
        for left in reversed(range(_ROUNDS)):
            held = await self.get(service, tail, into=into)
            if held is None:
                raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"S/4HANA has no {tail}")
            asked = wanted(held.entity)
            change = None if asked is None else changes(held.entity, asked)
            if change is None:
                return held.entity
            try:
                await self._send("PATCH", service, tail, content=msgspec.json.encode(change), etag=held.etag)
            except Problem as problem:
                if problem.kind not in _AGAIN or not left:
                    raise
        held = await self.get(service, tail, into=into)
        if held is None:
            raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"S/4HANA has no {tail}")
        return held.entity

    async def remove(self, service: Service, tail: str, *, etag: str) -> None:
        """Delete an entity; one that is gone already is fine."""
        try:
            await self._send("DELETE", service, tail, etag=etag)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def call(
        self, service: Service, tail: str, *, etag: str = "", body: Wire | None = None, **params: str
    ) -> None:
        """A function of version 2 by parameters, or an action of version 4 by a body."""
        content = b"{}" if body is None else msgspec.json.encode(body)
        await self._send("POST", service, tail, content=content, etag=etag, params=params)

    async def commit(self, service: Service, changesets: Sequence[Sequence[batch.Change]]) -> None:
        """Send changesets in one batch: each stands or falls by itself, and the first refusal is raised."""
        if not changesets:
            return
        headers = {"Content-Type": batch.MEDIA, "Accept": "multipart/mixed"}
        session = self._areas[service.area]
        content = batch.encoded(changesets)
        response = await session.send("POST", service.root, "$batch", content=content, headers=headers)
        try:
            told = batch.decoded(response.headers.get("content-type", ""), response.content)
        except ValueError as fault:
            raise Problem(Kind.UNKNOWN_OUTCOME, "vendor_answer_unreadable", f"the batch's answer: {fault}") from None
        for outcome in (one for several in told for one in several):
            if outcome.status >= httpx.codes.BAD_REQUEST:
                raise refused(outcome.status, outcome.body, outcome.headers)

    async def close(self) -> None:
        """Give the connections back."""
        for session in set(self._areas.values()):
            await session.close()

    async def _read(self, service: Service, tail: str, params: dict[str, str]) -> httpx.Response:
        headers = {} if service.version == 2 else {"Accept": _EXACT}
        return await self._areas[service.area].send("GET", service.root, tail, params=params, headers=headers)

    async def _send(
        self,
        method: str,
        service: Service,
        tail: str,
        *,
        content: bytes | None = None,
        etag: str = "",
        params: dict[str, str] | None = None,
    ) -> None:
        headers = {"If-Match": etag} if etag else {}
        session = self._areas[service.area]
        await session.send(method, service.root, tail, params=params, content=content, headers=headers)


def _page(response: httpx.Response, into: type[W], *, version: int) -> tuple[list[W], str | None]:
    """The rows of a page, and where the next one is."""
    generic: Any = into  # a struct of a struct is made at run time
    if version == 2:
        rows: _Rows[W] = _decoded(response, _Many[generic]).d
        return rows.results, rows.following
    page: _Many4[W] = _decoded(response, _Many4[generic])
    return page.value, page.following


def _entity(response: httpx.Response, into: type[W], *, version: int) -> W:
    generic: Any = into  # likewise
    told: W = _decoded(response, _One[generic]).d if version == 2 else _decoded(response, into)
    return told


def _decoded(response: httpx.Response, into: Any) -> Any:
    try:
        return msgspec.json.decode(response.content, type=into)
    except msgspec.MsgspecError as fault:
        detail = f"S/4HANA answered what we cannot read: {fault}"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None
