"""The environment over HTTP: a row, all pages of a question, several questions at once, and one way to change a row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Raw, Struct

from contracts.problem import Kind, Problem, Retry
from kit.http import VendorClient
from system_apis.dynamics_sales import batch
from system_apis.dynamics_sales.wire import Page

T = TypeVar("T", bound=Struct)

CLIENT_NAME: Final = "sluice"
_ODATA: Final = {"OData-MaxVersion": "4.0", "OData-Version": "4.0"}
_FRESH: Final = {"If-None-Match": "null"}  # the vendor's word for: not from a cache
_MOST_PAGES: Final = 1000
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")  # the vendor refuses figures in quotes


class DataverseClient:
    """Speaks one version of the Web API to one environment."""

    def __init__(self, http: VendorClient, *, version: str, page_rows: int) -> None:
        self._http = http
        self._root = f"/api/data/{version}/"
        self._page = f"odata.maxpagesize={page_rows}"
        self._link = re.compile(rf"{re.escape(self._root)}[a-z0-9_]+")

    async def row(self, address: str, kind: type[T]) -> T:
        """One row.

        Raises:
            Problem: not_found, when it is not there.

        """
        return _decoded((await self._send("GET", self._root + address, headers=_FRESH)).content, kind)

    async def page(self, address: str, *, prefer: str) -> Page:
        """One page of an address or of a link that `followed` gave."""
        path = address if address.startswith(self._root) else self._root + address
        return _decoded((await self._send("GET", path, headers={**_FRESH, "Prefer": prefer})).content, Page)

    async def together(self, addresses: Sequence[str]) -> list[bytes]:
        """The answers to several reads in one request; a failed part is the failure of all."""
        response = await self._send(
            "POST",
            f"{self._root}$batch",
            content=batch.encoded(
                [self._root + address for address in addresses],
                headers={**_ODATA, **_FRESH, "Accept": "application/json", "Prefer": self._page},
            ),
            headers={
                "Content-Type": f'multipart/mixed; boundary="{batch.BOUNDARY}"',
                "Prefer": "odata.continue-on-error",
            },
            repeatable=True,  # every part of it reads
        )
        parts = batch.decoded(response.headers["content-type"], response.content)
        if len(parts) != len(addresses):
            raise Problem(Kind.UNEXPECTED, "vendor_garbled", "a batch was answered in part")
        return [part.body for part in parts]

    async def all_of(self, first: bytes, kind: type[T]) -> list[T]:
        """Every row of a question whose first page is at hand.

        Raises:
            Problem: unexpected, when the pages do not come to an end.

        """
        page = _decoded(first, Page)
        found, seen = rows(page.value, kind), set[str]()
        while page.next_link:
            link = self.followed(page.next_link)
            if link in seen or len(seen) >= _MOST_PAGES:
                raise _endless()
            seen.add(link)
            page = await self.page(link, prefer=self._page)
            found += rows(page.value, kind)
        return found

    def followed(self, link: str) -> str:
        """The part of a vendor's link below its host: ours is asked, whichever host the link names.

        Raises:
            Problem: unexpected, when it does not lead to a table.

        """
        parts = urlsplit(link)
        if self._link.fullmatch(parts.path) is None:
            raise _endless()
        return f"{parts.path}?{parts.query}"

    async def update(self, address: str, values: dict[str, Any], *, etag: str) -> None:
        """Set columns of the row of that version; the tag names us to plug-ins and webhooks.

        Raises:
            Problem: precondition_failed, when somebody changed the row meanwhile.

        """
        await self._send(
            "PATCH",
            f"{self._root}{address}?tag={CLIENT_NAME}",
            content=_ENCODER.encode(values),
            headers={"Content-Type": "application/json; charset=utf-8", "If-Match": etag},
            repeatable=True,  # if it took effect, the version has moved and the repetition is refused
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        more["headers"] = {**_ODATA, **more.get("headers", {})}
        try:
            return await self._http.send(method, path, **more)
        except Problem as problem:
            raise for_callers(problem) from None


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us, rather than for our own next try."""
    if problem.kind is Kind.UNAUTHENTICATED:
        detail = "the vendor refuses a token it has just given"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def row_of(content: bytes, kind: type[T]) -> T:
    """A row in an answer.

    Raises:
        Problem: unexpected, when it is not what the environment's schema promised.

    """
    return _decoded(content, kind)


def rows(raws: Sequence[Raw], kind: type[T]) -> list[T]:
    """Rows as structs; as `row_of`."""
    return [_decoded(bytes(raw), kind) for raw in raws]


def _endless() -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", f"{kind.__name__}: not JSON") from None
