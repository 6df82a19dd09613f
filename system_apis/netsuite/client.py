"""URLs, paging and refusals of one NetSuite account; every write refuses property names the account does not know."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final, TypeVar

import httpx
import msgspec

from contracts.problem import Kind, Problem
from kit.http import Limits, VendorClient
from kit.room import Tools
from system_apis.netsuite.auth import SignIn
from system_apis.netsuite.config import Config
from system_apis.netsuite.refusals import problem_from
from system_apis.netsuite.wire import CreditWrite, Head, Rows, Wire

RECORDS: Final = "/services/rest/record/v1"
SUITEQL: Final = "/services/rest/query/v1/suiteql"
PAGE: Final = 1000
_WRITE: Final = {"Content-Type": "application/json", "X-NetSuite-PropertyNameValidation": "error"}
_QUERY: Final = {"Content-Type": "application/json", "Prefer": "transient"}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

W = TypeVar("W", bound=Wire)


def connect(config: Config, tools: Tools) -> NetSuite:
    """Open the connection; nothing is sent yet."""
    sign_in = SignIn(config, clock=tools.clock)

    def judge(response: httpx.Response) -> Problem | None:
        return problem_from(response, token_age_s=sign_in.token_age_s())

    limits = Limits(concurrency=config.concurrency, deadline_s=config.deadline_s)
    http = tools.http(base_url=config.origin, fetch_token=sign_in.fetch, problem_from=judge, limits=limits)
    return NetSuite(http)


class NetSuite:
    """The calls this room makes. Keys are external ids; they were checked before they came here."""

    def __init__(self, http: VendorClient) -> None:
        self._http = http

    async def find(self, record: str, key: str, *, into: type[W], lines: bool = False) -> W | None:
        """The record under our key, with its lines if asked for, or None."""
        params = {"expandSubResources": "true"} if lines else None
        try:
            response = await self._http.send("GET", _by_key(record, key), params=params)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise
        return _decoded(response, into)

    async def put(self, record: str, key: str, body: Wire, *, replace: tuple[str, ...] = ()) -> str:
        """Create or change the record under our key and return its internal id.

        Without `replace` the lines of a sublist are added to those that stand, so a repeated call would double
        them: every sublist in `body` must be named.
        """
        params = {"replace": ",".join(replace)} if replace else None
        content = _ENCODER.encode(body)
        path = _by_key(record, key)
        response = await self._http.send("PUT", path, params=params, content=content, headers=_WRITE)
        return _located(response) or (await self._stands(record, key)).id

    async def add(self, record: str, key: str, body: Wire) -> None:
        """Create a record that has no upsert; one that stands already will do. `body` carries the key."""
        try:
            await self._http.send("POST", f"{RECORDS}/{record}", content=_ENCODER.encode(body), headers=_WRITE)
        except Problem as problem:
            if problem.kind is Kind.ALREADY_EXISTS:
                return
            if problem.kind is not Kind.UNKNOWN_OUTCOME or await self.find(record, key, into=Head) is None:
                raise

    async def transform(self, record: str, number: str, into: str, body: CreditWrite) -> None:
        """Make one record from another, once under the key in `body`; one that stands already will do."""
        path = f"{RECORDS}/{record}/{number}/!transform/{into}"
        try:
            await self._http.send("POST", path, content=_ENCODER.encode(body), headers=_WRITE)
        except Problem as problem:
            if problem.kind is Kind.ALREADY_EXISTS:
                return
            if problem.kind is not Kind.UNKNOWN_OUTCOME or await self.find(into, body.external_id, into=Head) is None:
                raise

    async def remove(self, record: str, key: str) -> None:
        """Delete a record; one that is gone already is fine."""
        try:
            await self._http.send("DELETE", _by_key(record, key))
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def patch(self, record: str, key: str, body: Wire, *, replace: tuple[str, ...] = ()) -> None:
        """Change fields to fixed values, which may be repeated without harm; lines only of sublists in `replace`."""
        params = {"replace": ",".join(replace)} if replace else None
        content = _ENCODER.encode(body)
        path = _by_key(record, key)
        await self._http.send("PATCH", path, params=params, content=content, headers=_WRITE, repeatable=True)

    async def rows(self, query: str) -> AsyncIterator[Mapping[str, str]]:
        """Every row of a query. It must order by something unique, or pages repeat and skip rows."""
        offset = 0
        content = msgspec.json.encode({"q": query})
        while True:
            params = {"limit": PAGE, "offset": offset}
            response = await self._http.send(
                "POST", SUITEQL, params=params, content=content, headers=_QUERY, repeatable=True
            )
            page = _decoded(response, Rows)
            for item in page.items:
                yield {name: value for name, value in item.items() if isinstance(value, str)}
            if not page.has_more:
                return
            offset += PAGE

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _stands(self, record: str, key: str) -> Head:
        head = await self.find(record, key, into=Head)
        if head is None:
            detail = f"{record} {key} was saved and cannot be read"
            raise Problem(Kind.UNEXPECTED, "vendor_record_invisible", detail, hint="check the role's permissions")
        return head


def _by_key(record: str, key: str) -> str:
    return f"{RECORDS}/{record}/eid:{key}"


def _located(response: httpx.Response) -> str:
    """The internal id at the end of `Location`, or nothing when the account did not say."""
    last = response.headers.get("location", "").rstrip("/").rpartition("/")[2]
    return last if last.isdecimal() else ""


def _decoded(response: httpx.Response, into: type[W]) -> W:
    try:
        return msgspec.json.decode(response.content, type=into)
    except msgspec.MsgspecError as fault:
        detail = f"NetSuite answered what we cannot read: {fault}"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None
