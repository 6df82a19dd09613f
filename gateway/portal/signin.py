"""Signing in to the portal: by the OpenID provider, by a token, or by name in development; the door decides each time.

Whatever way somebody comes, they show an access token in the end, and the same policy that guards every operation
looks at it.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import jwt
import msgspec

from contracts.problem import Kind, Problem
from gateway.identity import Identity
from gateway.portal.session import challenge
from gateway.portal_settings import PortalSettings, SignIn
from kit.caller import Caller
from kit.door.discovery import DiscoveryRefused, described, metadata_url
from kit.door.policy import Chain, Request

ATTEMPT: Final = "sluice_signin"
ATTEMPT_S: Final = 600
_PURPOSE: Final = b"portal attempt"


class Begun(msgspec.Struct, frozen=True):
    """An attempt to sign in, kept in the browser until the provider sends it back."""

    state: str
    verifier: str
    wanted: str = ""
    """Where to go on."""


class Entrance:
    """Turns what somebody shows into who they are."""

    def __init__(
        self,
        settings: PortalSettings,
        *,
        identity: Identity,
        admission: Callable[[], Chain],
        http: httpx.AsyncClient,
    ) -> None:
        self.settings = settings
        self._identity = identity
        self._admission = admission
        self._http = http

    async def by_token(self, token: str) -> Caller:
        """Who a token names.

        Raises:
            Problem: the door does not take it.

        """

        async def nothing() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        request = Request({"method": "GET", "path": "/portal", "headers": []}, nothing, arrived=0.0)
        request.fields = {b"authorization": b"Bearer " + token.strip().encode("ascii", "replace")}
        verdict = self._admission().decide(request)
        if isinstance(verdict, Awaitable):
            verdict = await verdict
        if isinstance(verdict, Problem):
            raise verdict
        return request.known

    async def by_name(self, person: str) -> Caller:
        """Somebody of the development issuer.

        Raises:
            Problem: there is none, or it does not know them.

        """
        address = self.settings.development_issuer
        if not address or person not in self.settings.people:
            raise Problem(Kind.FORBIDDEN, "portal.person", "nobody signs in by name here")
        form = {"grant_type": "urn:sluice:grant:person", "person": person}
        return await self.by_token(await self._token(f"{address}/token", form, client=None))

    async def begin(self, *, wanted: str = "") -> tuple[str, str]:
        """Where the provider is, and what the browser keeps meanwhile; `wanted` is where to go on afterwards.

        Raises:
            Problem: there is no provider, or it cannot be asked.

        """
        sign_in = self._sign_in()
        begun = Begun(secrets.token_urlsafe(16), secrets.token_urlsafe(48), wanted)
        asked = {
            "response_type": "code",
            "client_id": sign_in.client_id,
            "redirect_uri": sign_in.redirect_url,
            "scope": sign_in.scope,
            "state": begun.state,
            "code_challenge": challenge(begun.verifier),
            "code_challenge_method": "S256",
            **({"resource": sign_in.resource} if sign_in.resource else {}),
        }
        metadata = await self._metadata(sign_in)
        kept = jwt.encode(msgspec.to_builtins(begun), self._secret(), algorithm="HS256")
        return f"{metadata['authorization_endpoint']}?{urlencode(asked)}", kept

    async def finish(self, *, kept: str, state: str, code: str, issuer: str) -> tuple[Caller, str]:
        """Who the provider says has come back, and where they wanted to go on.

        Raises:
            Problem: this is not the attempt that was begun here, or the provider or the door refuse it.

        """
        sign_in = self._sign_in()
        try:
            begun = msgspec.convert(jwt.decode(kept, self._secret(), algorithms=["HS256"]), Begun)
        except (jwt.InvalidTokenError, msgspec.ValidationError):
            raise Problem(Kind.FORBIDDEN, "portal.attempt", "signing in was not begun in this browser") from None
        if not secrets.compare_digest(begun.state.encode(), state.encode()) or issuer not in {"", sign_in.issuer}:
            raise Problem(Kind.FORBIDDEN, "portal.attempt", "this answer belongs to another attempt or provider")
        metadata = await self._metadata(sign_in)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sign_in.redirect_url,
            "code_verifier": begun.verifier,
            **({"resource": sign_in.resource} if sign_in.resource else {}),
        }
        token = await self._token(str(metadata["token_endpoint"]), form, client=sign_in)
        return await self.by_token(token), begun.wanted

    async def _metadata(self, sign_in: SignIn) -> dict[str, Any]:
        try:
            answer = await self._http.get(metadata_url(sign_in.issuer))
            answer.raise_for_status()
            return described(answer.content, issuer=sign_in.issuer)
        except (httpx.HTTPError, DiscoveryRefused) as fault:
            detail = "the identity provider cannot be asked at present"
            raise Problem(Kind.UNAVAILABLE, "portal.provider_unavailable", detail) from fault

    async def _token(self, url: str, form: dict[str, str], *, client: SignIn | None) -> str:
        auth: httpx.Auth = httpx.Auth()
        if client is not None:
            form = {**form, "client_id": client.client_id}
            if client.client_secret.reveal():
                auth = httpx.BasicAuth(client.client_id, client.client_secret.reveal())
        try:
            answer = await self._http.post(url, data=form, auth=auth)
            token = answer.json().get("access_token") if answer.is_success else None
        except (httpx.HTTPError, ValueError) as fault:
            detail = "the identity provider cannot be asked at present"
            raise Problem(Kind.UNAVAILABLE, "portal.provider_unavailable", detail) from fault
        if not isinstance(token, str):
            raise Problem(Kind.UNAUTHENTICATED, "portal.provider_refused", "the identity provider gave no token")
        return token

    def _sign_in(self) -> SignIn:
        if self.settings.sign_in is None:
            raise Problem(Kind.NOT_FOUND, "portal.no_provider", "no identity provider is configured for the portal")
        return self.settings.sign_in

    def _secret(self) -> str:
        return self._identity.issued.proof(_PURPOSE, "attempt")
