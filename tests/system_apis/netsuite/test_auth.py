from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.settings import Secret
from system_apis.netsuite.auth import SignIn
from system_apis.netsuite.config import Algorithm, Config


def key_for(algorithm: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if algorithm.startswith("PS"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
@pytest.mark.req(297)
def test_the_assertion_says_who_we_are_for_minutes(algorithm: Algorithm) -> None:
    """Signed as configured, for the exact token address, named by its certificate, backdated, good for five minutes."""
    key = key_for(algorithm)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    config = Config(
        account="1234567_SB1", client_id="c", certificate_id="k", private_key=Secret(pem), algorithm=algorithm
    )
    clock = ManualClock()
    assertion = SignIn(config, clock=clock).assertion()
    address = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
    public = key.public_key()
    later: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(assertion, public, algorithms=[algorithm], audience=address, options=later)
    assert {"typ": "JWT", "alg": algorithm, "kid": "k"} == jwt.get_unverified_header(assertion)
    assert ("c", "rest_webservices", 300) == (claims["iss"], claims["scope"], claims["exp"] - claims["iat"])
    assert 30 == int(clock.now().timestamp()) - claims["iat"]


def test_a_configuration_never_shows_its_key() -> None:
    """The private key is masked wherever the configuration is printed."""
    config = Config(account="1", client_id="c", certificate_id="k", private_key=Secret("the key itself"))
    assert "the key itself" not in repr(config)


@pytest.mark.parametrize(
    ("account", "base_url", "expected"),
    [
        ("1234567", "", "https://1234567.suitetalk.api.netsuite.com"),
        ("1234567_SB1", "", "https://1234567-sb1.suitetalk.api.netsuite.com"),
        ("1234567_SB1", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
    ],
)
def test_the_host_follows_from_the_account(account: str, base_url: str, expected: str) -> None:
    """Lower case, hyphen for underscore, unless an address is given."""
    config = Config(account=account, client_id="c", certificate_id="k", private_key=Secret("x"), base_url=base_url)
    assert expected == config.origin


def told(answer: httpx.Response | Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.MockTransport(handle)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (httpx.ConnectError("no"), Kind.UNAVAILABLE, "vendor_unreachable"),
        (httpx.Response(503), Kind.UNAVAILABLE, "vendor_unavailable"),
        (httpx.Response(429), Kind.RATE_LIMITED, "vendor_crowded"),
        (httpx.Response(200, json={"token": "none"}), Kind.UNEXPECTED, "vendor_answer_unreadable"),
        (httpx.Response(400, json={"error": "invalid_grant"}), Kind.UNAUTHENTICATED, "vendor_sign_in_refused"),
        (httpx.Response(400, text="<html>"), Kind.UNAUTHENTICATED, "vendor_sign_in_refused"),
    ],
)
async def test_a_sign_in_that_fails_says_why(answer: httpx.Response | Exception, kind: Kind, code: str) -> None:
    """Only refused credentials are unauthenticated: a sick vendor or a full account is not ours to mend."""
    key = key_for("ES256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    config = Config(account="1", client_id="c", certificate_id="k", private_key=Secret(key))
    sign_in = SignIn(config, clock=ManualClock())
    async with httpx.AsyncClient(transport=told(answer)) as http:
        with pytest.raises(Problem) as caught:
            await sign_in.fetch(http)
    assert (kind, code) == (caught.value.kind, caught.value.code)
    assert sign_in.token_age_s() is None
