"""The token endpoint for partners: a key is exchanged for a short token; refuses guesses, and guessers after a while.

RFC 6749 client credentials, RFC 7009 revocation, RFC 8414 metadata, and the keys our tokens are checked with.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from litestar import Request, Response, Router, get, post

from gateway.identity import Identity
from kit.door.apikey import ApiKey, KeysUnreadable
from kit.door.jwks import KeysUnavailable, KeyUnknown
from kit.door.token import TokenRefused, unverified, verify

_GUESSES: Final = 20
_PER_S: Final = 60.0
_NO_STORE: Final = {"cache-control": "no-store"}


class _Refused(Exception):
    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class Endpoint:
    """What partners' machines ask."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._guessed: dict[str, list[float]] = {}

    def router(self) -> Router:
        """The routes under /oauth and /.well-known."""

        @post("/oauth/token")
        async def token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
            return await self._answered(request, self._issue)

        @post("/oauth/revoke")
        async def revoke(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
            return await self._answered(request, self._revoke)

        @get("/.well-known/jwks.json", sync_to_thread=False)
        def jwks() -> Response[bytes]:
            headers = {"cache-control": "public, max-age=300"}
            return Response(self._identity.issued.jwks(), media_type="application/json", headers=headers)

        @get("/.well-known/oauth-authorization-server", sync_to_thread=False)
        def metadata(request: Request[Any, Any, Any]) -> dict[str, Any]:
            return self._metadata(f"{request.url.scheme}://{request.headers.get('host', '')}")

        return Router("/", route_handlers=[token, revoke, jwks, metadata])

    async def _answered(self, request: Request[Any, Any, Any], act: Any) -> Response[dict[str, Any]]:
        client = request.client.host if request.client else ""
        try:
            self._patience(client)
            form = _form(await request.body(), request.headers.get("content-type", ""))
            document = await act(form, request.headers.get("authorization", ""))
            return Response(document, status_code=200, headers=_NO_STORE)
        except _Refused as refused:
            if refused.error == "invalid_client":
                self._guessed.setdefault(client, []).append(self._identity.clock.monotonic())
            headers = {**_NO_STORE, **({"www-authenticate": "Basic"} if refused.status == 401 else {})}
            return Response({"error": refused.error}, status_code=refused.status, headers=headers)

    def _patience(self, client: str) -> None:
        since = self._identity.clock.monotonic() - _PER_S
        recent = [at for at in self._guessed.get(client, []) if at > since]
        if recent:
            self._guessed[client] = recent
        else:
            self._guessed.pop(client, None)
        if len(recent) >= _GUESSES:
            raise _Refused("slow_down", 429)

    async def _issue(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        if form.get("grant_type") != "client_credentials":
            raise _Refused("unsupported_grant_type")
        key = await self._client(form, authorization)
        asked = tuple(form.get("scope", "").split()) or key.scopes
        caller = key.caller(self._identity.book.issuer)
        if not all(caller.may(scope) for scope in asked):
            raise _Refused("invalid_scope")
        lifetime_s = self._identity.settings.token_s
        token = self._identity.issued.mint(caller, scopes=asked, lifetime_s=lifetime_s)
        return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s, "scope": " ".join(asked)}

    async def _client(self, form: Mapping[str, str], authorization: str) -> ApiKey:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization:
            name, secret = _basic(authorization)
        found = self._identity.book.check(secret)
        try:
            key = found if found is None or isinstance(found, ApiKey) else await found
        except KeysUnreadable:
            raise _Refused("temporarily_unavailable", 503) from None
        if key is None or not any(hmac.compare_digest(name, known) for known in (key.client_id, key.prefix)):
            raise _Refused("invalid_client", 401)
        return key

    async def _revoke(self, form: Mapping[str, str], _authorization: str) -> dict[str, Any]:
        """Whoever holds a token may end it; for what is no token of anyone we trust there is nothing to do."""
        try:
            token = unverified(form.get("token", ""))
            trust = self._identity.trusted[token.issuer]
            verify(token, key=await trust.keys.find(token.kid, token.algorithm))
            token_id, until = token.claims["jti"], float(token.claims["exp"]) + trust.issuer.leeway_s
        except (TokenRefused, KeyError, KeyUnknown, KeysUnavailable, TypeError, ValueError):
            return {}
        await self._identity.revoke(token.issuer, str(token_id), until=until)
        return {}

    def _metadata(self, base: str) -> dict[str, Any]:
        return {
            "issuer": self._identity.issued.issuer,
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }


def _form(body: bytes, kind: str) -> dict[str, str]:
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise _Refused("invalid_request")
    try:
        values = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        raise _Refused("invalid_request") from None
    if any(len(each) > 1 for each in values.values()):
        raise _Refused("invalid_request")
    return {name: each[0] for name, each in values.items()}


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, raw = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(raw, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _Refused("invalid_client", 401) from None
    if scheme.lower() != "basic":
        raise _Refused("invalid_client", 401)
    return unquote(name), unquote(secret)
