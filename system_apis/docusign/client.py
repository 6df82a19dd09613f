"""The account over HTTP: its site is found first, envelopes are read by lists, and only a create may not be repeated.

A single envelope may be read once in fifteen minutes and no oftener, so where one stands is read from a list, which
counts for no envelope; only documents are fetched at the envelope itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from kit.http import VendorClient
from system_apis.docusign.config import Config
from system_apis.docusign.problems import MOVED
from system_apis.docusign.wire import Created, Envelope, Page, UserInfo

T = TypeVar("T")

PDF: Final = "application/pdf"
_INCLUDE: Final = {"include": "recipients,custom_fields"}
_PAGE: Final = 100
_MOST_PAGES: Final = 20
_SITE_LIFE_S: Final = 3600.0


class DocusignClient:
    """Speaks version 2.1 of the eSignature API to one account."""

    def __init__(self, http: VendorClient, *, config: Config, clock: Clock) -> None:
        self._http = http
        self._config = config
        self._clock = clock
        self._finding = asyncio.Lock()
        self._site = ""
        self._found_at = 0.0

    async def keyed(self, key: str) -> list[Envelope]:
        """Every envelope that bears the key, drafts among them; what was thrown away is left out."""
        params = {
            "from_date": self._config.keys_since.isoformat(),
            "custom_field": f"{self._config.key_field}={key}",
            **_INCLUDE,
        }
        return [one for one in await self._listed(params) if one.status != "deleted"]

    async def transacted(self, transaction_id: str) -> list[str]:
        """Ids of the envelopes that were created with a transaction id of ours, in the last seven days."""
        page = await self._page({"transaction_ids": transaction_id})
        found = page.envelope_transaction_statuses or []
        return [each.envelope_id for each in found if each.envelope_id and each.transaction_id == transaction_id]

    async def by_ids(self, envelope_ids: Sequence[str]) -> list[Envelope]:
        """Envelopes by the vendor's ids; what was thrown away is left out."""
        found = await self._listed({"envelope_ids": ",".join(envelope_ids), **_INCLUDE})
        return [one for one in found if one.status != "deleted"]

    async def changed(self, since: dt.datetime, *, count: int) -> list[Envelope]:
        """The first envelopes whose state changed since a moment, oldest change first.

        Nothing is asked for beyond one page: a change would move rows from one page to another between two calls.
        """
        params = {
            "from_date": since.isoformat(),
            "from_to_status": "changed",
            "order_by": "status_changed",
            "order": "asc",
            "count": str(count),
            **_INCLUDE,
        }
        return (await self._page(params)).envelopes or []

    async def create(self, definition: dict[str, Any]) -> str:
        """Create an envelope; the vendor's id.

        Raises:
            Problem: unknown_outcome, when it may or may not stand now.

        """
        content = await self._send("POST", "/envelopes", json=definition)
        try:
            return msgspec.json.decode(content, type=Created).envelope_id
        except msgspec.DecodeError:
            told = "the answer to a create names no envelope"
            raise Problem(Kind.UNKNOWN_OUTCOME, "vendor_outcome_unknown", told) from None

    async def dispatch(self, envelope_id: str) -> None:
        """Send a draft; one that was sent already is a conflict."""
        await self._send("PUT", f"/envelopes/{envelope_id}", json={"status": "sent"})

    async def void(self, envelope_id: str, *, reason: str) -> None:
        """Take back what was sent; anything else is a conflict."""
        await self._send("PUT", f"/envelopes/{envelope_id}", json={"status": "voided", "voidedReason": reason})

    async def discard(self, envelope_ids: Sequence[str]) -> None:
        """Throw drafts away."""
        await self._send("PUT", "/folders/recyclebin", json={"envelopeIds": list(envelope_ids)})

    async def document(self, envelope_id: str, which: str) -> bytes:
        """A document of an envelope as PDF: `combined` for all of them, `certificate` for the proof."""
        params = {"certificate": "false"} if which == "combined" else {}
        path = f"/envelopes/{envelope_id}/documents/{which}"
        return await self._send("GET", path, params=params, headers={"Accept": PDF})

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _listed(self, params: dict[str, str]) -> list[Envelope]:
        found: dict[str, Envelope] = {}
        start = 0
        for _ in range(_MOST_PAGES):
            page = await self._page({**params, "count": str(_PAGE), "start_position": str(start)})
            rows = page.envelopes or []
            found |= {row.envelope_id: row for row in rows}
            if not page.next_uri:
                return list(found.values())
            start += len(rows)
            if not rows:
                break
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")

    async def _page(self, params: dict[str, str]) -> Page:
        return _decoded(await self._send("GET", "/envelopes", params=params), Page)

    async def _send(self, method: str, path: str, **more: Any) -> bytes:
        try:
            site = await self._account()
            response = await self._http.send(method, site + path, **more)
        except Problem as problem:
            if problem.code == MOVED:
                self._site = ""
            raise for_callers(problem) from None
        return response.content

    async def _account(self) -> str:
        """Where the account answers, found through the user whom the token is for; looked up anew each hour."""
        async with self._finding:
            now = self._clock.monotonic()
            if not self._site or now - self._found_at > _SITE_LIFE_S:
                response = await self._http.send("GET", "/oauth/userinfo")
                self._site = self._chosen(_decoded(response.content, UserInfo))
                self._found_at = now
            return self._site

    def _chosen(self, user: UserInfo) -> str:
        wanted = self._config.account_id
        for account in user.accounts:
            if account.account_id == wanted or (not wanted and str(account.is_default).lower() == "true"):
                if urlsplit(account.base_uri).scheme != urlsplit(self._config.auth_url).scheme:
                    raise Problem(Kind.UNEXPECTED, "vendor_site_insecure", "the account's address has another scheme")
                return f"{account.base_uri.rstrip('/')}/restapi/v2.1/accounts/{account.account_id}"
        raise Problem(
            Kind.UNAVAILABLE,
            "vendor_account_missing",
            "the user has no such account",
            retry=Retry.NEVER,
            hint="set account_id to an account to which the user belongs, in the environment of auth_url",
        )


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us: a refused token is not their fault."""
    if problem.kind is Kind.UNAUTHENTICATED:
        detail = "the vendor refuses the token of this connection"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer is not JSON") from None
