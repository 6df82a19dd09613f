"""OAuth 1.0a (TBA) with HMAC-SHA256, verified strictly: realm, query parameters, body hash, nonce, time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote

from system_apis.netsuite.simulator.refusal import invalid_login
from system_apis.netsuite.simulator.state import Account

_PAIR: Final = re.compile(r'([A-Za-z_]+)="([^"]*)"')
_WINDOW_S: Final = 300


@dataclass(frozen=True)
class Signed:
    """What a signature covers: `url` without its query, `query` and `body` as they were sent."""

    method: str
    url: str
    query: str
    body: bytes


def check_signature(account: Account, header: str, signed: Signed) -> None:
    """Refuse a request whose `Authorization: OAuth …` is not what the two secrets give."""
    sent = {name: unquote(value) for name, value in _PAIR.findall(header.removeprefix("OAuth "))}
    realm, signature = sent.pop("realm", ""), sent.pop("oauth_signature", "")
    credential = _credential(account, sent)
    if credential is None or realm != account.settings.id or not _timely(account, sent):
        raise invalid_login()
    if sent.get("oauth_signature_method") != "HMAC-SHA256" or sent.get("oauth_version", "1.0") != "1.0":
        raise invalid_login()
    digest = base64.b64encode(hashlib.sha1(signed.body).digest()).decode()  # noqa: S324 - the extension says SHA-1
    if sent.get("oauth_body_hash", digest) != digest:
        raise invalid_login()
    key = f"{_coded(credential['consumerSecret'])}&{_coded(credential['tokenSecret'])}"
    expected = hmac.new(key.encode(), base_string(signed, sent).encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(expected).decode(), signature):
        raise invalid_login()
    account.nonces.add(sent["oauth_nonce"])


def base_string(signed: Signed, oauth: dict[str, str]) -> str:
    """What is signed (RFC 5849 §3.4.1), query parameters included."""
    query = parse_qsl(signed.query, keep_blank_values=True)
    pairs = sorted((_coded(name), _coded(value)) for name, value in [*query, *oauth.items()])
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join([signed.method.upper(), _coded(signed.url), _coded(parameters)])


def _credential(account: Account, sent: dict[str, str]) -> dict[str, Any] | None:
    for integration in account.integrations:
        for token in integration.get("tokens", []):
            same_consumer = integration.get("consumerKey") == sent.get("oauth_consumer_key")
            if same_consumer and token["tokenId"] == sent.get("oauth_token"):
                return {"consumerSecret": integration["consumerSecret"], "tokenSecret": token["tokenSecret"]}
    return None


def _timely(account: Account, sent: dict[str, str]) -> bool:
    stamp, nonce = sent.get("oauth_timestamp", ""), sent.get("oauth_nonce", "")
    if not stamp.isdecimal() or not nonce or nonce in account.nonces:
        return False
    return abs(account.world.now().timestamp() - int(stamp)) <= _WINDOW_S


def _coded(text: str) -> str:
    return quote(text, safe="-._~")
