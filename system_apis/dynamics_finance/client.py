"""The calls this room makes: rows of all companies, a row with its tag, creates, changes under a tag, one changeset."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
from msgspec import Struct, field

from contracts.problem import Kind, Problem, Retry
from kit.http import Limits, VendorClient
from kit.room import Tools
from system_apis.dynamics_finance import batch
from system_apis.dynamics_finance.auth import fetcher
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.refusals import AGAIN, problem_from, refusal
from system_apis.dynamics_finance.wire import Wire, changes, said

W = TypeVar("W", bound=Wire)
ROOT: Final = "/data/"
_EVERYWHERE: Final = {"cross-company": "true"}
_ODATA: Final = {"OData-MaxVersion": "4.0", "OData-Version": "4.0"}
_ROUNDS: Final = 4
_MOST_PAGES: Final = 1000
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")  # the environment takes no figures in quotes


class _Page(Struct, Generic[W], frozen=True):
    value: list[W]
    following: str = field(name="@odata.nextLink", default="")


def connect(config: Config, tools: Tools) -> Finance:
    """Open the connection; nothing is sent yet."""
    http = tools.http(
        base_url=config.origin,
        fetch_token=fetcher(config, clock=tools.clock),
        problem_from=problem_from,
        limits=Limits(concurrency=config.concurrency, deadline_s=config.deadline_s),
    )
    return Finance(http)


class Finance:
    """One environment. Every call crosses companies: without that word it shows the user's own company alone."""

    def __init__(self, http: VendorClient) -> None:
        self._http = http

    async def rows(self, entity_set: str, *, into: type[W], **options: str) -> AsyncIterator[W]:
        """Every row, page by page as the environment cuts them; options are OData's without the dollar sign.

        Raises:
            Problem: `unexpected`, when the pages do not come to an end.

        """
        generic: Any = into  # a struct of a struct is made at run time
        params = {**_EVERYWHERE, **{f"${name}": value for name, value in options.items()}}
        for _ in range(_MOST_PAGES):
            response = await self._send("GET", ROOT + entity_set, params=params, headers=_ODATA)
            page: _Page[W] = _decoded(response, _Page[generic])
            for row in page.value:
                yield row
            if not page.following:
                return
            params = dict(parse_qsl(urlsplit(page.following).query))
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the environment's pages do not come to an end")

    async def all(self, entity_set: str, *, into: type[W], **options: str) -> list[W]:
        """Every row at once."""
        return [row async for row in self.rows(entity_set, into=into, **options)]

    async def get(self, address: str, *, into: type[W]) -> W | None:
        """One row with its tag, or None."""
        try:
            response = await self._send("GET", ROOT + address, params=_EVERYWHERE, headers=_ODATA)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise
        row: W = _decoded(response, into)
        return row

    async def create(self, entity_set: str, row: Wire) -> None:
        """Make a row. Who calls knows the key by which it is found again."""
        await self._write("POST", entity_set, said(row))

    async def settle(self, address: str, wanted: W) -> W:
        """Make a row hold what is wanted, whoever changes it meanwhile; nothing is sent where it does already.

        Raises:
            Problem: `not_found`; `precondition_failed` when others change it all the time.

        """
        return await self.decide(address, type(wanted), lambda _held: wanted)

    async def decide(self, address: str, into: type[W], wanted: Callable[[W], W | None]) -> W:
        """The same, where what is wanted depends on what is held; None leaves it alone."""
        for left in reversed(range(_ROUNDS)):
            held = await self.get(address, into=into)
            if held is None:
                break
            asked = wanted(held)
            change = {} if asked is None else changes(held, asked)
            if not change:
                return held
            try:
                await self._write("PATCH", address, change, etag=str(held.etag))
            except Problem as problem:
                if problem.kind not in AGAIN or not left:
                    raise
        held = await self.get(address, into=into)
        if held is None:
            raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"the environment has no {address}")
        return held

    async def remove(self, address: str, *, etag: str) -> None:
        """Delete a row; one that is gone already is fine."""
        try:
            await self._write("DELETE", address, None, etag=etag)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def commit(self, asked: Sequence[batch.Change]) -> None:
        """Send a changeset: all of it is saved, or the first refusal is raised and nothing was."""
        if not asked:
            return
        headers = {**_ODATA, "Content-Type": batch.MEDIA, "Accept": "multipart/mixed"}
        content = batch.encoded(asked, root=ROOT)
        response = await self._send("POST", f"{ROOT}$batch", content=content, headers=headers, repeatable=False)
        try:
            told = batch.decoded(response.headers.get("content-type", ""), response.content)
        except ValueError as fault:
            raise Problem(Kind.UNKNOWN_OUTCOME, "vendor_answer_unreadable", f"the batch's answer: {fault}") from None
        for outcome in told:
            if outcome.status >= httpx.codes.BAD_REQUEST:
                raise refusal(outcome.status, outcome.body, outcome.headers)
        if len(told) != len(asked):
            detail = f"{len(told)} answers to {len(asked)} writes"
            raise Problem(Kind.UNKNOWN_OUTCOME, "vendor_answer_unreadable", detail)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One call; a token that is refused right after it was given is no fault of our caller's."""
        try:
            return await self._http.send(method, path, **more)
        except Problem as problem:
            if problem.kind is not Kind.UNAUTHENTICATED:
                raise
            detail = "the environment refuses a token that Entra has just given"
            raise Problem(
                Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context
            ) from None

    async def _write(self, method: str, address: str, body: dict[str, Any] | None, *, etag: str = "") -> None:
        headers = {**_ODATA, "Content-Type": "application/json; charset=utf-8"}
        if etag:
            headers["If-Match"] = etag
        content = None if body is None else _ENCODER.encode(body)
        await self._send(method, ROOT + address, params=_EVERYWHERE, content=content, headers=headers, repeatable=False)


def _decoded(response: httpx.Response, into: Any) -> Any:
    try:
        return msgspec.json.decode(response.content, type=into)
    except msgspec.MsgspecError as fault:
        detail = f"the environment answered what we cannot read: {fault}"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None
