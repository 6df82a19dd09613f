import base64
import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import quote

import httpx
import pytest

URL = "/services/rest/record/v1/subsidiary"


def coded(text: str) -> str:
    return quote(text, safe="-._~")


def header(vendor: Any, method: str, path: str, pairs: dict[str, str], **changes: str) -> str:
    """Sign as RFC 5849 says; `changes` alters what is sent, `signed_query` what is signed."""
    held = vendor.landscape["seed"]["integrations"][0]
    token = held["tokens"][0]
    oauth = {
        "oauth_consumer_key": held["consumerKey"],
        "oauth_token": token["tokenId"],
        "oauth_nonce": changes.pop("nonce", secrets.token_hex(8)),
        "oauth_timestamp": changes.pop("timestamp", str(int(vendor.sandbox.now().timestamp()))),
        "oauth_version": "1.0",
        "oauth_signature_method": changes.pop("signed_by", "HMAC-SHA256"),
    }
    if "body_hash" in changes:
        oauth["oauth_body_hash"] = changes.pop("body_hash")
    realm = changes.pop("realm", "1234567_SB1")
    text = "&".join(f"{k}={v}" for k, v in sorted((coded(k), coded(v)) for k, v in {**oauth, **pairs}.items()))
    base = "&".join([method, coded(vendor.base_url + path), coded(text)])
    key = f"{coded(held['consumerSecret'])}&{coded(token['tokenSecret'])}"
    signature = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
    sent = {"realm": realm, **oauth, "oauth_signature": signature}
    return "OAuth " + ", ".join(f'{name}="{coded(value)}"' for name, value in sent.items())


async def ask(vendor: Any, authorization: str, **params: str) -> httpx.Response:
    answer: httpx.Response = await vendor.http.get(URL, params=params, headers={"Authorization": authorization})
    return answer


async def test_a_true_signature_opens_the_account(vendor: Any) -> None:
    """Realm, query parameters and secrets agree: 200."""
    sign = header(vendor, "GET", URL, {"limit": "2", "q": 'name START_WITH "Sluice"'})
    answer = await ask(vendor, sign, limit="2", q='name START_WITH "Sluice"')
    assert (200, 2) == (answer.status_code, answer.json()["count"])


@pytest.mark.parametrize(
    "change",
    [
        {"realm": "1234567-sb1"},
        {"realm": "1234567_sb1"},
        {"signed_by": "HMAC-SHA1"},
        {"timestamp": "1000000000"},
        {"body_hash": "AAAA"},
    ],
)
async def test_realm_casing_method_time_and_body_hash_are_checked(vendor: Any, change: dict[str, str]) -> None:
    """Each of them wrong is an invalid login."""
    assert 401 == (await ask(vendor, header(vendor, "GET", URL, {}, **change))).status_code


async def test_query_parameters_belong_to_what_is_signed(vendor: Any) -> None:
    """A signature over the path alone does not open the path with a query."""
    assert 401 == (await ask(vendor, header(vendor, "GET", URL, {}), limit="2")).status_code


async def test_a_nonce_is_good_once(vendor: Any) -> None:
    """The same nonce a second time is an invalid login."""
    signs = [header(vendor, "GET", URL, {}, nonce="n1") for _ in range(2)]
    assert [200, 401] == [(await ask(vendor, sign)).status_code for sign in signs]


async def test_a_body_hash_is_verified_and_signed(vendor: Any) -> None:
    """The hash of the body belongs to the signature, and must be that of the body sent."""
    path, body = "/services/rest/record/v1/customer/eid:T1", b'{"companyName":"T","subsidiary":{"externalId":"SG-DE"}}'
    digest = base64.b64encode(hashlib.sha1(body).digest()).decode()  # noqa: S324 - the extension says SHA-1
    for sent, status in ((body, 204), (b"{}", 401)):
        sign = header(vendor, "PUT", path, {}, body_hash=digest)
        answer = await vendor.http.put(path, content=sent, headers={"Authorization": sign})
        assert status == answer.status_code
