"""The token endpoint: client credentials with a signed assertion, checked to the letter; tokens that expire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import jwt
import msgspec
from cryptography import x509

from system_apis.netsuite.simulator.refusal import Refusal, invalid_login
from system_apis.netsuite.simulator.state import Account

PATH: Final = "/services/rest/auth/oauth2/v1/token"
ALGORITHMS: Final = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_S: Final = 3600
SCOPES: Final = frozenset({"restlets", "rest_webservices", "suite_analytics"})


class TokenRefusal(Exception):
    """An OAuth error: `code` is invalid_request, invalid_client or invalid_grant."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def grant(account: Account, form: Mapping[str, str], *, endpoint: str) -> dict[str, Any]:
    """Exchange an assertion for an access token; there is no refresh token."""
    if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefusal("invalid_request")
    assertion = form.get("client_assertion", "")
    integration, mapping = _mapping(account, assertion)
    claims = _verified(account, assertion, mapping)
    _check_claims(account, claims, client_id=integration["clientId"], endpoint=endpoint)
    scopes = _scopes(claims.get("scope"))
    until = account.world.now() + dt.timedelta(seconds=LIFE_S)
    token = _token(account, mapping, scopes, until=until, endpoint=endpoint)
    account.tokens[token] = {"until": until, "scopes": scopes, "entity": mapping["entity"]}
    life: str | int = str(LIFE_S) if account.settings.expires_in_as_text else LIFE_S
    return {"access_token": token, "expires_in": life, "token_type": "bearer"}


def check_bearer(account: Account, token: str) -> None:
    """Refuse a token that is unknown, expired, or was not granted for web services."""
    known = account.tokens.get(token)
    if known is None or known["until"] <= account.world.now():
        raise invalid_login()
    if "rest_webservices" not in known["scopes"]:
        detail = "Permission Violation: this token does not include the scope rest_webservices."
        raise Refusal(403, "INSUFFICIENT_PERMISSION", detail)


def _mapping(account: Account, assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError:
        raise TokenRefusal("invalid_request") from None
    if header.get("alg") not in ALGORITHMS or header.get("typ") != "JWT":
        raise TokenRefusal("invalid_request")
    for integration in account.integrations:
        for mapping in integration.get("certificates", []):
            if mapping["kid"] == header.get("kid"):
                return integration, mapping
    raise TokenRefusal("invalid_client")


def _verified(account: Account, assertion: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    certificate = x509.load_pem_x509_certificate(mapping["certificate"].encode())
    if not certificate.not_valid_before_utc <= account.world.now() < certificate.not_valid_after_utc:
        raise TokenRefusal("invalid_client")
    unchecked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    key: Any = certificate.public_key()
    try:
        claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=list(ALGORITHMS), options=unchecked)  # type: ignore[arg-type]  # a plain dict of flags is what the options are
    except (jwt.InvalidTokenError, TypeError, ValueError):
        raise TokenRefusal("invalid_grant") from None
    return claims


def _check_claims(account: Account, claims: Mapping[str, Any], *, client_id: str, endpoint: str) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(issued, int) or not isinstance(expires, int):
        raise TokenRefusal("invalid_request")
    now = account.world.now().timestamp()
    stale = expires <= now or issued > now
    if claims.get("aud") != endpoint or stale or not 0 < expires - issued < LIFE_S:
        raise TokenRefusal("invalid_grant")
    if claims.get("iss") != client_id:
        raise TokenRefusal("invalid_client")


def _scopes(said: object) -> list[str]:
    parts = said.split(",") if isinstance(said, str) else said
    if not isinstance(parts, list) or not parts or not {str(part).strip() for part in parts} <= SCOPES:
        raise TokenRefusal("invalid_request")
    return [str(part).strip() for part in parts]


def _token(
    account: Account, mapping: Mapping[str, Any], scopes: list[str], *, until: dt.datetime, endpoint: str
) -> str:
    """A token in the shape of the account's own; it is looked up when presented, so its signature is chance."""
    subject = f"{mapping['role']};{mapping['entity']}"
    claims: dict[str, Any] = {"sub": subject, "aud": endpoint, "scope": scopes, "iss": "https://system.netsuite.com"}
    claims |= {"exp": int(until.timestamp()), "jti": f"{account.world.random.getrandbits(128):032x}"}
    head = {"typ": "JWT", "alg": "PS256"}
    parts = [msgspec.json.encode(head), msgspec.json.encode(claims)]
    signature = account.world.random.randbytes(64)
    return ".".join(jwt.utils.base64url_encode(part).decode() for part in (*parts, signature))
