"""Kantata's paths and pages, and the one place where its refusals become ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final, TypeVar

import httpx
import msgspec

from contracts.problem import FieldError, Kind, Problem, Retry
from kit.http import VendorClient
from system_apis.kantata.wire import Answer, Error, Row

T = TypeVar("T", bound=Row)

PER_PAGE: Final = 200  # the vendor cuts a larger wish down to this without saying so
PAGES_AT_MOST: Final = 1_000

_REFUSALS: Final[dict[int, tuple[Kind, str, str]]] = {
    400: (Kind.INVALID, "kantata.malformed", ""),
    401: (
        Kind.UNAUTHENTICATED,
        "kantata.token_refused",
        "the token was revoked or never held: have an administrator grant a new one",
    ),
    403: (Kind.FORBIDDEN, "kantata.forbidden", "the integration user must be an account administrator"),
    404: (Kind.NOT_FOUND, "kantata.not_found", ""),
    422: (Kind.INVALID, "kantata.validation", ""),
    429: (Kind.RATE_LIMITED, "kantata.throttled", ""),
    500: (Kind.UNAVAILABLE, "kantata.failed", ""),
    502: (Kind.UNAVAILABLE, "kantata.unavailable", ""),
    503: (Kind.UNAVAILABLE, "kantata.unavailable", ""),
    504: (Kind.TIMEOUT, "kantata.timeout", ""),
}


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means to us: None when it is good, a problem with its retry verdict when it is not.

    A 2xx may carry `errors` beside what it did; a throttled answer carries neither Retry-After nor figures.
    """
    errors = _errors(response)
    if response.is_success:
        return _refusal(Kind.INVALID, "kantata.partial", "", errors) if errors else None
    known = _REFUSALS.get(response.status_code)
    if known is not None:
        kind, code, hint = known
        return _refusal(kind, code, hint, errors)
    if response.is_server_error:
        return _refusal(Kind.UNAVAILABLE, "kantata.failed", "", errors)
    return _refusal(Kind.UNEXPECTED, "kantata.unexpected", "", errors)


def _refusal(kind: Kind, code: str, hint: str, errors: list[Error]) -> Problem:
    return Problem(
        kind,
        code,
        "; ".join(error.message for error in errors if error.message),
        hint=hint,
        errors=tuple(FieldError(pointer=error.field or "", code=error.type, detail=error.message) for error in errors),
    )


def _errors(response: httpx.Response) -> list[Error]:
    try:
        return Answer(response.content).errors
    except msgspec.MsgspecError:
        return []


class Kantata:
    """The calls this room makes; every answer is read as an envelope."""

    def __init__(self, http: VendorClient) -> None:
        self._http = http

    async def rows(self, collection: str, kind: type[T], **filters: str) -> list[T]:
        """All rows of a collection that pass the filters, from all pages, in the vendor's order.

        A filter the vendor does not know is ignored by it, so callers check what they get.
        """
        return [row async for answer in self.pages(collection, **filters) for row in answer.results(collection, kind)]

    async def pages(self, collection: str, **filters: str) -> AsyncIterator[Answer]:
        """The envelopes of a listing, one a page.

        Raises:
            Problem: pages that repeat themselves or end before their own count.

        """
        seen: set[str] = set()
        for number in range(1, PAGES_AT_MOST + 1):
            params = {"order": "created_at:asc", **filters, "page": str(number), "per_page": str(PER_PAGE)}
            answer = await self._read(f"/{collection}.json", params)
            fresh = {row.id for row in answer.results(collection, Row)} - seen
            seen |= fresh
            if len(seen) < answer.count and not fresh:
                break
            yield answer
            if len(seen) >= answer.count:
                return
        raise Problem(
            Kind.UNEXPECTED,
            "kantata.paging_loop",
            f"the pages of {collection} do not come to an end",
            retry=Retry.LATER,
        )

    async def window(self, collection: str, *, offset: int, **filters: str) -> Answer:
        """Up to a full page of a listing from a place in it; what changes meanwhile moves the places."""
        params = {"limit": str(PER_PAGE), "offset": str(offset), **filters}
        return await self._read(f"/{collection}.json", params)

    async def every(self, collection: str, ids: Iterable[str], **filters: str) -> AsyncIterator[Answer]:
        """These rows and no others, however many; ids that are gone are left out without a 404."""
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), PER_PAGE):
            yield await self.named(collection, wanted[start : start + PER_PAGE], **filters)

    async def named(self, collection: str, ids: Iterable[str], *, include: str = "", **filters: str) -> Answer:
        """These rows and no others; ids that are gone are left out without a 404."""
        params = {"only": ",".join(ids), "per_page": str(PER_PAGE), **filters}
        return await self._read(f"/{collection}.json", params | ({"include": include} if include else {}))

    async def create(self, collection: str, kind: type[T], *, singular: str, body: dict[str, Any]) -> T:
        """A new row.

        Raises:
            Problem: `unknown_outcome` when the row may or may not have come into being: look it up.

        """
        response = await self._http.send("POST", f"/{collection}.json", json={singular: body})
        made = self._answer(response, wrote=True).results(collection, kind)
        if len(made) != 1:
            raise _unreadable(response, wrote=True)
        return made[0]

    async def create_many(self, collection: str, kind: type[T], bodies: list[dict[str, Any]]) -> list[T]:
        """New rows in the order of their bodies, in one call.

        Raises:
            Problem: `unknown_outcome` when some may or may not have come into being; `invalid` when the vendor
                refused any of them, although it made the others: look them up.

        """
        response = await self._http.send("POST", f"/{collection}.json", json={collection: bodies})
        made = self._answer(response, wrote=True).results(collection, kind)
        if len(made) != len(bodies):
            raise _unreadable(response, wrote=True)
        return made

    async def update(self, collection: str, row_id: str, *, singular: str, body: dict[str, Any]) -> None:
        """Change the given fields of a row."""
        await self._http.send("PUT", f"/{collection}/{row_id}.json", json={singular: body})

    async def act(self, path: str) -> None:
        """An action of the vendor's that takes no body."""
        await self._http.send("PUT", f"/{path}", json={})

    async def delete(self, collection: str, row_id: str) -> None:
        """Remove a row for good; one that is gone already is fine."""
        try:
            await self._http.send("DELETE", f"/{collection}/{row_id}.json")
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def link(self, reference: dict[str, str]) -> None:
        """Point our key at a row that could not be born with it; sending it twice is sending it once."""
        body = {"external_reference": reference}
        await self._http.send("POST", "/external_references/create_or_update.json", json=body, repeatable=True)

    async def _read(self, path: str, params: dict[str, str]) -> Answer:
        return self._answer(await self._http.send("GET", path, params=params), wrote=False)

    def _answer(self, response: httpx.Response, *, wrote: bool) -> Answer:
        try:
            return Answer(response.content)
        except msgspec.MsgspecError:
            raise _unreadable(response, wrote=wrote) from None


def _unreadable(response: httpx.Response, *, wrote: bool) -> Problem:
    """An answer that is no envelope; after a create that leaves the outcome in doubt."""
    kind = Kind.UNKNOWN_OUTCOME if wrote else Kind.UNAVAILABLE
    context = {"call": f"{response.request.method} {response.request.url.path}"}
    return Problem(kind, "kantata.unreadable", "the answer is not an envelope", context=context)
