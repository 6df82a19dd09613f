"""One arrangement's calls: a write bears the session's token and its cookie, which are held as a pair.

A token is good with its own cookie alone, and a pooled client's cookies change under it: so the pair is sent
explicitly. A session that is over is told before anything is done; it is opened anew once, by whoever notices first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.http import VendorClient
from system_apis.sap_s4hana.refusals import TOKEN_REQUIRED

_NO_SESSION: Final = "sap-usercontext=sap-language=EN"
_READS: Final = frozenset({"GET", "HEAD"})


class _Pair(Struct, frozen=True):
    token: str
    cookie: str


class Session:
    """Sends to the services of one arrangement."""

    def __init__(self, http: VendorClient) -> None:
        self._http = http
        self._pair: _Pair | None = None
        self._opening = asyncio.Lock()

    async def send(
        self,
        method: str,
        root: str,
        tail: str,
        *,
        params: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one call to the service at `root`; what changes something is never repeated after it may have."""
        path = f"{root}/{tail}"
        if method in _READS:
            return await self._http.send(method, path, params=params, headers=headers)
        pair = await self._open(root, instead_of=None)
        try:
            return await self._write(method, path, pair, params=params, content=content, headers=headers)
        except Problem as problem:
            if problem.code != TOKEN_REQUIRED:
                raise
        pair = await self._open(root, instead_of=pair)
        return await self._write(method, path, pair, params=params, content=content, headers=headers)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    async def _write(
        self,
        method: str,
        path: str,
        pair: _Pair,
        *,
        params: Mapping[str, Any] | None,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> httpx.Response:
        typed = {"Content-Type": "application/json"} if content is not None else {}
        sent = {**typed, **(headers or {}), "x-csrf-token": pair.token, "Cookie": pair.cookie}
        return await self._http.send(method, path, params=params, content=content, headers=sent, repeatable=False)

    async def _open(self, root: str, *, instead_of: _Pair | None) -> _Pair:
        async with self._opening:
            if self._pair is not None and self._pair is not instead_of:
                return self._pair
            headers = {"x-csrf-token": "fetch", "Cookie": _NO_SESSION}
            response = await self._http.send("HEAD", f"{root}/", headers=headers)
            token = response.headers.get("x-csrf-token", "")
            cookies = [f"{name}={value}" for name, value in response.cookies.items()]
            if not token or not cookies:
                raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", "S/4HANA opened no session for a write")
            self._pair = _Pair(token, "; ".join(cookies))
            return self._pair
