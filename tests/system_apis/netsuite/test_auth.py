from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
