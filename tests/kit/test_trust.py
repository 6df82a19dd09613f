from dataclasses import replace

import jwt
import pytest

from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.clock import ManualClock
from kit.trust import LIFETIME_S, Signer, Verifier, new_key_pair

CALLER = Caller(subject="tara", issuer="https://people", scopes=frozenset({"a:read"}), roles=frozenset({"tax"}))


class Stairs:
    """Keys of two issuers and a verifier for the process tier."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.keys = {name: new_key_pair() for name in ("gateway", "experience", "process")}
        public = {name: pair[1] for name, pair in self.keys.items()}
        self.verifier = Verifier(audience="process", public_keys=public, clock=self.clock)

    def token(self, issuer: str = "experience", audience: str = "process", key: str | None = None) -> str:
        signer = Signer(issuer=issuer, private_key_pem=self.keys[key or issuer][0], clock=self.clock)
        return signer.mint(audience=audience, caller=CALLER)

    def refusal(self, token: str | None) -> str:
        with pytest.raises(Problem) as caught:
            self.verifier.verify(token)
        assert Kind.UNAUTHENTICATED is caught.value.kind
        return caught.value.code


@pytest.fixture
def stairs() -> Stairs:
    return Stairs()


@pytest.mark.req(289, 293)
def test_the_caller_arrives_with_who_spoke_for_him(stairs: Stairs) -> None:
    """Subject, scopes, roles and the first issuer are kept; the tier that minted is added as actor."""
    seen = stairs.verifier.verify(f"Bearer {stairs.token()}")

    assert ("tara", frozenset({"a:read"}), frozenset({"tax"})) == (seen.subject, seen.scopes, seen.roles)
    assert (("experience",), "https://people") == (seen.actor, seen.issuer)


@pytest.mark.req(289, 300)
def test_the_organisations_of_a_caller_go_down_the_stairs_with_him(stairs: Stairs) -> None:
    """As the issuer named them; none for whoever belongs to nobody, also in tokens that do not know the claim."""
    signer = Signer(issuer="experience", private_key_pem=stairs.keys["experience"][0], clock=stairs.clock)
    clara = replace(CALLER, organisations=frozenset({"cus-1", "cus-2"}))
    seen = stairs.verifier.verify(f"Bearer {signer.mint(audience='process', caller=clara)}")

    assert frozenset({"cus-1", "cus-2"}) == seen.organisations == clara.narrowed(frozenset()).organisations
    assert frozenset() == stairs.verifier.verify(f"Bearer {stairs.token()}").organisations


def test_a_token_for_one_flight_does_not_open_another(stairs: Stairs) -> None:
    """The audience is the tier; a token for the system tier is worth nothing at the process tier."""
    assert "token_invalid" == stairs.refusal(f"Bearer {stairs.token(audience='system')}")


def test_only_those_above_may_call(stairs: Stairs) -> None:
    """A tier does not accept its own tokens, nor those of a tier beside or below it."""
    assert "token_issuer_refused" == stairs.refusal(f"Bearer {stairs.token(issuer='process')}")


def test_a_key_speaks_only_in_its_own_name(stairs: Stairs) -> None:
    """A token that says gateway and was signed by experience is refused."""
    assert "token_invalid" == stairs.refusal(f"Bearer {stairs.token(issuer='gateway', key='experience')}")


def test_a_token_ends_after_its_minute(stairs: Stairs) -> None:
    """Sixty seconds and a little leeway, by the injected clock."""
    token = stairs.token()
    stairs.clock.advance(LIFETIME_S + 1)
    stairs.verifier.verify(f"Bearer {token}")
    stairs.clock.advance(10)

    assert "token_expired" == stairs.refusal(f"Bearer {token}")


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Basic abc"])
def test_without_a_bearer_token_nobody_enters(stairs: Stairs, authorization: str | None) -> None:
    """Missing, empty and other schemes are refused alike."""
    assert "token_missing" == stairs.refusal(authorization)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_no_other_algorithm_is_accepted(stairs: Stairs, algorithm: str) -> None:
    """An unsigned token, or one signed with the public key as a shared secret, opens nothing."""
    claims = {"iss": "experience", "aud": "process", "sub": "x", "exp": 9e9, "iat": 0, "nbf": 0}
    headers = {"kid": "experience", "typ": "sluice+jwt"}
    key = "" if algorithm == "none" else "k" * 64
    token = jwt.encode(claims, key, algorithm=algorithm, headers=headers)

    assert "token_invalid" == stairs.refusal(f"Bearer {token}")


@pytest.mark.parametrize(
    ("held", "scope", "expected"),
    [({"cases:*"}, "cases:read", True), ({"cases:read"}, "cases:fix", False), (set(), "cases:read", False)],
)
def test_a_wildcard_covers_its_family_only(held: set[str], scope: str, expected: bool) -> None:
    """`cases:*` is every scope of cases and of nothing else."""
    assert expected is Caller(subject="x", scopes=frozenset(held)).may(scope)
