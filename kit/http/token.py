"""Vendor tokens: fetched once however many wait for them, renewed before they end, never logged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import httpx
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock

FetchToken = Callable[[httpx.AsyncClient], Awaitable["Token"]]


class Token(Struct, frozen=True):
    """An access token; `expires_at` is None where the vendor does not say."""

    value: str
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Without the value."""
        return f"Token(expires_at={self.expires_at})"


def bearer(token: Token) -> dict[str, str]:
    """The usual way to present a token."""
    return {"Authorization": f"Bearer {token.value}"}


class TokenKeeper:
    """Holds the current token of one connection."""

    _EARLY = timedelta(seconds=30)

    def __init__(self, *, fetch: FetchToken, http: httpx.AsyncClient, clock: Clock) -> None:
        self._fetch = fetch
        self._http = http
        self._clock = clock
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> Token:
        """The current token, fetched or renewed if need be.

        Raises:
            Problem: the vendor did not let us in, or could not be reached.

        """
        return self._token if self._token and self._fresh(self._token) else await self._renew(self._token)

    async def replace(self, refused: Token) -> Token:
        """A token other than the one the vendor refused; one fetch for all who ask."""
        return await self._renew(refused)

    async def _renew(self, old: Token | None) -> Token:
        async with self._lock:
            current = self._token
            if current is not None and current is not old and self._fresh(current):
                return current
            try:
                self._token = await self._fetch(self._http)
            except httpx.HTTPError as fault:
                raise Problem(Kind.UNAVAILABLE, "vendor_login_unreachable", type(fault).__name__) from None
            return self._token

    def _fresh(self, token: Token) -> bool:
        return token.expires_at is None or token.expires_at - self._EARLY > self._clock.now()
