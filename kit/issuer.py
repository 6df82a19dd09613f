"""An identity provider for development: discovery, keys with rotation, tokens; refuses to be made for anything else.

It asks nobody for a password, so it must never stand where tokens mean something.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from kit.clock import Clock

AUDIENCE: Final = "sluice-gateway"
LIFETIME_S: Final = 3_600
_BODY_BYTES: Final = 16_384
_RSA_BITS: Final = 2_048


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Someone tokens are issued for."""

    subject: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    """Our ids of the customers they belong to, or look after."""
    client: str = ""
    """The client of whose partner a person is; nobody's, unless said."""


NORTHWIND: Final = ("cus-001J50000000002IAA", "cus-a1e0c7d2-4f5b-4c38-9a61-2b7d90c5f0e2", "cus-21400000002")
"""The customer of the main story, by the ids that it has in the estates."""
RIVAL: Final = ("cus-001J50000000999IAA", "cus-a1e0c7d2-4f5b-4c38-9a61-2b7d90c5f0e3", "cus-21400000999")
"""Another customer, of whom no story tells."""
_BILLS: Final = ("engagements:read", "billing:read", "billing:dispute", "invoices:read", "changes:read", "finance:read")
PEOPLE: Final[tuple[Identity, ...]] = (
    Identity(subject="olivia.ops", roles=("operations",), scopes=("cases:*", "exceptions:*", "reconciliation:*")),
    Identity(
        subject="tara.tax",
        roles=("tax",),
        scopes=("approvals:*", "exceptions:*", "cases:read", "reconciliation:read", "reconciliation:close"),
    ),
    Identity(subject="cora.contract", roles=("contract",), scopes=("approvals:*", "exceptions:*", "cases:read")),
    Identity(
        subject="felix.finance",
        roles=("finance",),
        scopes=("approvals:*", "exceptions:*", "cases:read", "master:read", "master:decide", "reconciliation:*"),
    ),
    Identity(subject="lena.lead", roles=("finance_lead",), scopes=("approvals:*", "exceptions:*", "cases:read")),
    Identity(subject="paula.partner", roles=("partner-platform",), scopes=("exceptions:*", "cases:read", "webhooks:*")),
    Identity(
        subject="pia.partner",
        roles=("partner",),
        scopes=("engagements:*", "finance:read", "webhooks:*"),
        client="partner-demo",
    ),
    Identity(subject="sam.sales", roles=("sales",)),
    Identity(subject="dora.delivery", roles=("delivery",), scopes=("approvals:*", "exceptions:*", "cases:read")),
    Identity(
        subject="anton.account",
        roles=("account_team",),
        scopes=("engagements:read", "billing:read", "invoices:read", "changes:read", "finance:read"),
        organisations=NORTHWIND,
    ),
    Identity(
        subject="clara.client",
        roles=("client_sponsor",),
        scopes=(*_BILLS, "billing:accept", "changes:request"),
        organisations=NORTHWIND,
    ),
    Identity(subject="colin.client", roles=("client_finance",), scopes=_BILLS, organisations=NORTHWIND),
    Identity(
        subject="celine.client",
        roles=("client_project",),
        scopes=("engagements:read", "billing:read", "changes:*"),
        organisations=NORTHWIND,
    ),
    Identity(
        subject="rita.rival",
        roles=("client_sponsor",),
        scopes=(*_BILLS, "billing:accept", "changes:request"),
        organisations=RIVAL,
    ),
)
CLIENTS: Final[tuple[Identity, ...]] = (
    Identity(
        subject="partner-demo",
        roles=("partner",),
        scopes=("cases:read", "engagements:*", "finance:read", "webhooks:*"),
    ),
    Identity(subject="partner-clerk", roles=("partner",), scopes=("engagements:read",)),
    Identity(subject="partner-rival", roles=("partner",), scopes=("engagements:*", "finance:read", "webhooks:*")),
    Identity(
        subject="platform-admin",
        roles=("platform",),
        scopes=(
            *("cases:*", "exceptions:*", "approvals:read", "quote_to_project:*", "time_to_bill:*"),
            "reconciliation:*",
            *("crm:*", "erp:*", "psa:*", "hr:*", "documents:*", "tickets:*", "signatures:*", "tax:*"),
            *("gateway:*", "engagements:*", "finance:*", "billing:*", "invoices:*", "changes:*"),
            *("master:read", "master:write", "master:decide", "webhooks:*"),
        ),
    ),
)


class NotDevelopment(Exception):
    """This provider vouches for anyone who asks, so it runs only where it was told that this is development."""


class _Refused(Exception):
    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class DevelopmentIssuer:
    """`app` is the ASGI application; `token_for` gives the same tokens by direct call."""

    def __init__(
        self,
        *,
        clock: Clock,
        development: bool,
        audience: str = AUDIENCE,
        url: str = "",
        tenant: str = "default",
        people: tuple[Identity, ...] = PEOPLE,
        clients: tuple[Identity, ...] = CLIENTS,
    ) -> None:
        """Make keys and client secrets, fresh each time.

        Args:
            clock: time.
            development: must be true.
            audience: whom the tokens are for.
            url: name of the issuer; may be set later, when its address is known.
            tenant: the firm whose people these are.
            people: for whom anyone may ask for a token.
            clients: who get a token for their secret.

        Raises:
            NotDevelopment: `development` is not true.

        """
        if development is not True:
            raise NotDevelopment("the development issuer runs in development only")
        self.url = url
        self.audience = audience
        self.tenant = tenant
        self.client_secrets = {client.subject: secrets.token_urlsafe(24) for client in clients}
        self._clock = clock
        self.people = {person.subject: person for person in people}
        self._clients = {client.subject: client for client in clients}
        self._keys: list[tuple[str, RSAPrivateKey]] = [_fresh_key()]

    def rotate(self, *, keep: int = 1) -> str:
        """Sign with a new key from now on and publish `keep` older ones beside it; gives the new key's id."""
        self._keys = [_fresh_key(), *self._keys[:keep]]
        return self._keys[0][0]

    def token_for(self, subject: str, *, scopes: tuple[str, ...] | None = None, acr: str = "") -> str:
        """An access token for a person or a client, with fewer scopes if that is asked.

        `acr` says that a person was authenticated in this way just now; nobody looks, and programs have none.

        Raises:
            KeyError: nobody of that name is known here.

        """
        identity = self.people.get(subject) or self._clients[subject]
        now = int(self._clock.now().timestamp())
        granted = identity.scopes if scopes is None else tuple(each for each in scopes if _covers(identity, each))
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": self.audience,
            "sub": subject,
            "client_id": subject if subject in self._clients else identity.client or "development",
            "iat": now,
            "nbf": now,
            "exp": now + LIFETIME_S,
            "jti": secrets.token_urlsafe(12),
            "scope": " ".join(granted),
            "roles": list(identity.roles),
            "tenant": self.tenant,
            "organisations": list(identity.organisations),
        }
        if acr and subject in self.people:
            claims |= {"acr": acr, "auth_time": now}
        kid, key = self._keys[0]
        return jwt.encode(claims, key, algorithm="RS256", headers={"typ": "at+jwt", "kid": kid})

    def jwks(self) -> dict[str, Any]:
        """The public keys, the newest first."""
        return {"keys": [_public(kid, key) for kid, key in self._keys]}

    async def app(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer discovery, keys and token requests; anything else is 404."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        try:
            status, document = 200, await self._answer(scope, headers, receive)
        except _Refused as refused:
            status, document = refused.status, {"error": refused.error}
        body = msgspec.json.encode(document)
        fields = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, str], receive: Callable[[], Awaitable[Any]]
    ) -> dict[str, Any]:
        asked = (scope["method"], scope["path"])
        if asked == ("GET", "/.well-known/openid-configuration"):
            return self._discovery(f"{scope['scheme']}://{headers.get(b'host', '')}")
        if asked == ("GET", "/jwks"):
            return self.jwks()
        if asked == ("POST", "/token"):
            return self._issue(await _form(receive), headers.get(b"authorization", ""))
        raise _Refused("not_found", 404)

    def _discovery(self, base: str) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{base}/jwks",
            "token_endpoint": f"{base}/token",
            "grant_types_supported": ["client_credentials", "urn:sluice:grant:person"],
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }

    def _issue(self, form: Mapping[str, str], authorization: str) -> dict[str, Any]:
        grant = form.get("grant_type", "urn:sluice:grant:person")
        if grant == "client_credentials":
            subject = self._client(form, authorization)
        elif grant == "urn:sluice:grant:person":
            subject = form.get("person", "")
            if subject not in self.people:
                raise _Refused("invalid_grant")
        else:
            raise _Refused("unsupported_grant_type")
        asked = tuple(form["scope"].split()) if form.get("scope") else None
        token = self.token_for(subject, scopes=asked, acr=form.get("acr_values", "").partition(" ")[0])
        return {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME_S}

    def _client(self, form: Mapping[str, str], authorization: str) -> str:
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        if authorization.lower().startswith("basic "):
            name, secret = _basic(authorization[6:])
        expected = self.client_secrets.get(name)
        if expected is None or not hmac.compare_digest(expected.encode(), secret.encode()):
            raise _Refused("invalid_client", 401)
        return name


def _fresh_key() -> tuple[str, RSAPrivateKey]:
    key = generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
    return secrets.token_hex(8), key


def _public(kid: str, key: RSAPrivateKey) -> dict[str, Any]:
    public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": "RS256"}


def _covers(identity: Identity, scope: str) -> bool:
    return scope in identity.scopes or f"{scope.partition(':')[0]}:*" in identity.scopes


def _basic(raw: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(raw, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _Refused("invalid_client", 401) from None
    return unquote(name), unquote(secret)


async def _form(receive: Callable[[], Awaitable[Any]]) -> dict[str, str]:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _BODY_BYTES:
            raise _Refused("invalid_request", 413)
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("ascii")).items()}
    except (UnicodeDecodeError, ValueError):
        raise _Refused("invalid_request") from None


async def _live(
    receive: Callable[[], Awaitable[dict[str, Any]]], send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
