import asyncio
import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kit.clock import ManualClock
from kit.door.jwks import KeySet, Timing
from kit.door.revoked import Revoked
from policies.authenticate import Authenticate, Config, Issuer, Trust
from tests.gateway.tokens import AUDIENCE, ISSUER, JWKS_URL, claims, forged, jwks, key, public, token
from tests.policies.table import Decision, Given, decide

GOOD = jwks(public("RS256", "k1"), public("ES256", "e1"), public("EdDSA", "d1"))


class Provider:
    """An issuer's key endpoint that counts how often it is asked, and can be out."""

    def __init__(self) -> None:
        self.document = GOOD
        self.asked = 0
        self.out = False

    async def fetch(self, url: str) -> bytes:
        self.asked += 1
        await asyncio.sleep(0)
        if self.out:
            raise ConnectionError(url)
        return self.document


class Door:
    """The policy, its clock and the issuer behind it."""

    def __init__(self, *, certificate_field: str = "", **issuer: Any) -> None:
        self.clock = ManualClock()
        self.revoked = Revoked(self.clock)
        self.provider = Provider()
        self.keys = KeySet(url=JWKS_URL, fetch=self.provider.fetch, clock=self.clock, timing=Timing())
        trusted = Issuer(issuer=ISSUER, audience=AUDIENCE, jwks_url=JWKS_URL, **issuer)
        self.policy = Authenticate(
            Config(certificate_field=certificate_field),
            trusted={ISSUER: Trust(trusted, self.keys)},
            clock=self.clock,
            revoked=self.revoked,
        )

    async def with_token(self, bearer: str, scheme: str = "Bearer") -> Decision:
        headers = (("host", "a"), ("authorization", f"{scheme} {bearer}"))
        return await decide(self.policy, Given(headers=headers, caller=None))

    def token(self, **options: Any) -> str:
        return token(self.clock.now(), **options)


@pytest.mark.req(2, 295, 297)
@pytest.mark.parametrize(("kind", "kid"), [("RS256", "k1"), ("ES256", "e1"), ("EdDSA", "d1")])
async def test_a_good_token_gives_the_caller(kind: str, kid: str) -> None:
    """Three algorithms; subject, scopes, roles, tenant and client come out of the claims."""
    door = Door()
    decision = await door.with_token(door.token(kind=kind, kid=kid, roles=["tax"], tenant="t1", azp="portal"))
    assert "ok" == decision.code
    caller = decision.request.known
    assert ("ann", ISSUER, "t1", "portal") == (caller.subject, caller.issuer, caller.tenant, caller.client_id)
    assert ([{"orders:read", "orders:write"}, {"tax"}]) == [set(caller.scopes), set(caller.roles)]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"aud": "somebody"}, "audience_wrong"),
    ({"aud": None}, "audience_wrong"),
    ({"iss": "https://other.example"}, "issuer_unknown"),
    ({"exp": None}, "claims_wrong"),
    ({"exp": True}, "claims_wrong"),
    ({"exp": 1}, "expired"),
    ({"nbf": 9_999_999_999}, "not_yet_valid"),
    ({"sub": None}, "claims_wrong"),
    ({"number": 1}, "signature_wrong"),
    ({"kind": "ES256", "kid": "k1"}, "key_unknown"),
    ({"header": {"typ": "logout+jwt"}}, "type_refused"),
    ({"header": {"jku": "http://evil.example/jwks"}}, "token_malformed"),
    ({"kid": "../../etc/passwd"}, "key_unknown"),
    ({"kid": "' OR 1=1 --"}, "key_unknown"),
    ({"kid": "x" * 129}, "token_malformed"),
    ({"kid": "a\x00b"}, "token_malformed"),
]


@pytest.mark.req(2, 297)
@pytest.mark.parametrize(("options", "code"), REFUSED, ids=[f"{code}-{n}" for n, (_, code) in enumerate(REFUSED)])
async def test_a_token_that_fails_one_check_is_refused_by_name(options: dict[str, Any], code: str) -> None:
    """401 with the code of the check, and a challenge; nothing of the token is repeated."""
    door = Door()
    decision = await door.with_token(door.token(**options))
    assert (401, f"authenticate.{code}") == (decision.status, decision.code)
    assert 'Bearer realm="sluice", error="invalid_token"' == decision.answer["www-authenticate"]
    assert decision.request.caller is None


async def test_no_token_is_challenged() -> None:
    """Without a bearer token the challenge names no error."""
    decision = await decide(Door().policy, Given(caller=None))
    assert (401, "authenticate.token_missing") == (decision.status, decision.code)
    assert 'Bearer realm="sluice"' == decision.answer["www-authenticate"]


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", "HS256", "HS512", "RS512"])
async def test_only_the_issuers_algorithms_count(name: str) -> None:
    """Alg none in any case, HMAC and what was not configured are refused before a key is looked for."""
    door = Door()
    bearer = forged({"alg": name, "typ": "at+jwt", "kid": "k1"}, claims(door.clock.now()))
    assert "authenticate.algorithm_refused" == (await door.with_token(bearer)).code
    assert 0 == door.provider.asked


async def test_a_public_key_is_no_hmac_secret() -> None:
    """A token signed HS256 with the issuer's public key in PEM is refused."""
    door = Door()
    pem = key("RS256").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = forged({"alg": "HS256", "typ": "at+jwt", "kid": "k1"}, claims(door.clock.now()), b"")[:-1]
    signature = hmac.new(pem, unsigned.encode(), hashlib.sha256).digest()
    bearer = forged({"alg": "HS256", "typ": "at+jwt", "kid": "k1"}, claims(door.clock.now()), signature)
    assert "authenticate.algorithm_refused" == (await door.with_token(bearer)).code


@pytest.mark.parametrize("bearer", ["a.b", "a.b.c.d", "..", "é.b.c", "e30.e30.e30", "W10.e30.x", "eyJ.e30.x", "a b c"])
async def test_what_is_no_token_is_refused(bearer: str) -> None:
    """Other numbers of parts, other alphabets, other JSON."""
    assert "authenticate.token_malformed" == (await Door().with_token(bearer)).code


async def test_a_huge_token_is_not_looked_at() -> None:
    """Longer than the cap is refused before it is taken apart."""
    assert "authenticate.token_too_large" == (await Door().with_token("a" * 8_193)).code


@pytest.mark.req(293)
async def test_a_thousand_invented_key_ids_ask_the_issuer_once() -> None:
    """At once and one after the other: one fetch for a thousand unknown ids, then the cooldown holds."""
    door = Door()
    at_once = await asyncio.gather(*(door.with_token(door.token(kid=f"x{n}")) for n in range(500)))
    for n in range(500, 1_000):
        assert "authenticate.key_unknown" == (await door.with_token(door.token(kid=f"x{n}"))).code
    assert {"authenticate.key_unknown"} == {each.code for each in at_once}
    assert 1 == door.provider.asked


@pytest.mark.req(293)
async def test_a_rotated_key_is_fetched_when_it_is_first_seen() -> None:
    """An unknown id asks again after the cooldown, and the token signed with the new key is let in at once."""
    door = Door()
    assert "ok" == (await door.with_token(door.token())).code
    door.provider.document = jwks(public("RS256", "k1"), public("RS256", "k2", 1))
    door.clock.advance(11)
    assert "ok" == (await door.with_token(door.token(kid="k2", number=1))).code
    assert 2 == door.provider.asked


@pytest.mark.req(293)
async def test_a_withdrawn_key_ends_remembered_tokens() -> None:
    """Once the issuer is seen not to publish a key any more, tokens verified with it are refused."""
    door = Door()
    old = door.token()
    assert "ok" == (await door.with_token(old)).code
    door.provider.document = jwks(public("RS256", "k2", 1))
    door.clock.advance(11)
    assert "ok" == (await door.with_token(door.token(kid="k2", number=1))).code
    door.clock.advance(11)
    assert "authenticate.key_unknown" == (await door.with_token(old)).code


async def test_an_issuer_that_is_out_does_not_shut_out_whom_it_vouched_for() -> None:
    """A failed refresh leaves the keys; only who needs a new one is told to come back, with 503."""
    door = Door()
    assert "ok" == (await door.with_token(door.token())).code
    door.provider.out = True
    door.clock.advance(650)
    assert "ok" == (await door.with_token(door.token())).code
    refused = await door.with_token(door.token(kid="k9"))
    assert (503, "authenticate.keys_unavailable") == (refused.status, refused.code)
    door.clock.advance(86_400)
    assert 503 == (await door.with_token(door.token())).status
    await door.keys.close()


async def test_an_issuer_never_reached_is_unavailable_not_unauthorized() -> None:
    """Without any keys nobody is called a liar."""
    door = Door()
    door.provider.out = True
    assert 503 == (await door.with_token(door.token())).status
    assert 503 == (await door.with_token(door.token())).status
    assert 1 == door.provider.asked


async def test_a_remembered_token_ends_with_its_time() -> None:
    """Verified once, remembered, and refused once it has expired, leeway included."""
    door = Door()
    bearer = door.token()
    for seconds in (0, 290, 290, 49):
        door.clock.advance(seconds)
        assert "ok" == (await door.with_token(bearer)).code
    door.clock.advance(1)
    assert "authenticate.expired" == (await door.with_token(bearer)).code


async def test_an_issuer_grants_no_more_than_it_may() -> None:
    """Scopes outside its grant are left out."""
    door = Door(may_grant=("orders:read",))
    decision = await door.with_token(door.token(scope="orders:read orders:write erp:write"))
    assert {"orders:read"} == decision.request.known.scopes


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k1"},
        {**public("RS256", "k1"), "use": "enc"},
        {**public("RS256", "k1"), "alg": "RS512"},
        {**public("RS256", "k1"), "d": "AQAB"},
        {**public("RS256", "k1"), "n": "AQAB"},
    ],
)
async def test_keys_we_would_not_use_are_passed_over(entry: dict[str, Any]) -> None:
    """Symmetric, encrypting, private, short and otherwise bound keys do not vouch for anybody."""
    door = Door()
    door.provider.document = jwks(entry, public("RS256", "other", 1))
    assert "authenticate.key_unknown" == (await door.with_token(door.token())).code


@pytest.mark.req(293)
async def test_a_key_made_since_the_last_fetch_is_no_lie_while_nobody_may_ask() -> None:
    """Within the cooldown an unknown id is answered 503 and comes through afterwards: rotation gives no false 401."""
    door = Door()
    assert "ok" == (await door.with_token(door.token())).code
    door.provider.document = jwks(public("RS256", "k2", 1))
    door.clock.advance(5)
    rotated = door.token(kid="k2", number=1)
    assert (503, 1) == ((await door.with_token(rotated)).status, door.provider.asked)
    door.clock.advance(6)
    assert "ok" == (await door.with_token(rotated)).code


async def test_a_revoked_token_is_refused_however_well_it_is_remembered() -> None:
    """Revocation is looked at each time; another token of the same subject still counts; the list forgets by itself."""
    door = Door()
    first, second = door.token(jti="t1"), door.token(jti="t2")
    assert "ok" == (await door.with_token(first)).code
    door.revoked.add(ISSUER, "t1", until=door.clock.now().timestamp() + 600)
    assert (401, "authenticate.revoked") == ((refused := await door.with_token(first)).status, refused.code)
    assert "ok" == (await door.with_token(second)).code
    door.revoked.add(ISSUER, "old", until=door.clock.now().timestamp() - 1)
    assert 1 == len(door.revoked)


@pytest.mark.parametrize(
    ("cnf", "header", "field", "code"),
    [
        ({"x5t#S256": "abc"}, "abc", "X-Client-Cert-Sha256", "ok"),
        ({"x5t#S256": "abc"}, "abc=", "X-Client-Cert-Sha256", "ok"),
        ({"x5t#S256": "abc"}, "abd", "X-Client-Cert-Sha256", "authenticate.certificate_missing"),
        ({"x5t#S256": "abc"}, "", "X-Client-Cert-Sha256", "authenticate.certificate_missing"),
        ({"x5t#S256": "abc"}, "abc", "", "authenticate.certificate_missing"),
        ({"jkt": "abc"}, "abc", "X-Client-Cert-Sha256", "authenticate.binding_unknown"),
        ("abc", "abc", "X-Client-Cert-Sha256", "authenticate.binding_unknown"),
    ],
)
async def test_a_bound_token_counts_only_beside_its_certificate(cnf: Any, header: str, field: str, code: str) -> None:
    """RFC 8705: by the field our own proxy fills; unproved or otherwise bound it is refused, remembered or not."""
    door = Door(certificate_field=field)
    bearer = door.token(cnf=cnf)
    for _ in range(2):
        headers = (("host", "a"), ("authorization", f"Bearer {bearer}"), ("x-client-cert-sha256", header))
        assert code == (await decide(door.policy, Given(headers=headers, caller=None))).code
    if code == "ok":
        bare = (("host", "a"), ("authorization", f"Bearer {bearer}"))
        refused = await decide(door.policy, Given(headers=bare, caller=None))
        assert "authenticate.certificate_missing" == refused.code
