"""The token of an installed application: granted once by an administrator, good until revoked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from kit.http import Token
from kit.settings import Secret


def standing_token(secret: Secret) -> Callable[[httpx.AsyncClient], Awaitable[Token]]:
    """Hand out the configured token; there is no other to fetch, so a revoked one stays refused."""

    async def fetch(http: httpx.AsyncClient) -> Token:
        del http
        return Token(value=secret.reveal(), expires_at=None)

    return fetch
