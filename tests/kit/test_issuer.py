from typing import Any

import httpx
import jwt
import pytest

from kit.clock import SystemClock
from kit.door.jwks import usable
from kit.issuer import DevelopmentIssuer, NotDevelopment
from kit.serving import serving


def issuer() -> DevelopmentIssuer:
    return DevelopmentIssuer(clock=SystemClock(), development=True, url="http://idp.localhost")


def read(place: DevelopmentIssuer, token: str) -> dict[str, Any]:
    """The claims, verified with the published keys."""
    keys = {key["kid"]: jwt.PyJWK(key) for key in place.jwks()["keys"]}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=place.audience)
    return claims


def test_it_refuses_to_run_unless_told_that_this_is_development() -> None:
    """It vouches for anyone who asks, so nothing but a plain True will do."""
    for told in (False, None, "yes", 1):
        with pytest.raises(NotDevelopment):
            DevelopmentIssuer(clock=SystemClock(), development=told)  # type: ignore[arg-type] # what is tried


@pytest.mark.req(289)
@pytest.mark.parametrize(
    ("name", "roles", "scopes"),
    [
        ("olivia.ops", ["operations"], "cases:* exceptions:* reconciliation:*"),
        ("tara.tax", ["tax"], "approvals:* exceptions:* cases:read reconciliation:read reconciliation:close"),
        (
            "felix.finance",
            ["finance"],
            "approvals:* exceptions:* cases:read master:read master:decide reconciliation:*",
        ),
        ("sam.sales", ["sales"], ""),
    ],
)
def test_people_come_with_their_roles_and_scopes(name: str, roles: list[str], scopes: str) -> None:
    """Scopes in `scope`, roles in `roles`; fewer scopes on request, never more."""
    place = issuer()
    claims = read(place, place.token_for(name))
    assert (name, roles, scopes) == (claims["sub"], claims["roles"], claims["scope"])
    assert "" == read(place, place.token_for(name, scopes=("erp:write",)))["scope"]


@pytest.mark.req(289)
def test_who_belongs_to_a_customer_says_so_in_the_token() -> None:
    """By our ids; whoever belongs to nobody says nothing."""
    place = issuer()
    theirs = [read(place, place.token_for(name))["organisations"] for name in ("clara.client", "rita.rival")]

    assert "cus-001J50000000002IAA" in theirs[0]
    assert set() == set(theirs[0]) & set(theirs[1])
    assert [] == read(place, place.token_for("felix.finance"))["organisations"]


@pytest.mark.req(293)
def test_a_rotation_keeps_the_old_key_for_a_while() -> None:
    """Old tokens verify until the old key is no longer published."""
    place = issuer()
    old = place.token_for("tara.tax")
    new_kid = place.rotate()
    assert new_kid == jwt.get_unverified_header(place.token_for("tara.tax"))["kid"]
    assert "tara.tax" == read(place, old)["sub"]
    place.rotate(keep=0)
    with pytest.raises(KeyError):
        read(place, old)


async def test_it_speaks_as_an_identity_provider_does() -> None:
    """Discovery leads to keys and tokens; people need no password, clients their secret."""
    place = issuer()
    async with serving(place.app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
        found = (await client.get("/.well-known/openid-configuration")).json()
        assert ("http://idp.localhost", f"{url}/token") == (found["issuer"], found["token_endpoint"])
        assert 1 == len(usable((await client.get(found["jwks_uri"])).content))
        person = await client.post("/token", data={"person": "tara.tax", "scope": "approvals:decide"})
        assert "approvals:decide" == read(place, person.json()["access_token"])["scope"]
        grant = {"grant_type": "client_credentials"}
        secret = place.client_secrets["partner-demo"]
        good = await client.post("/token", data=grant, auth=("partner-demo", secret))
        assert "partner-demo" == read(place, good.json()["access_token"])["client_id"]
        for refused, status in (
            (await client.post("/token", data=grant, auth=("partner-demo", "wrong")), 401),
            (await client.post("/token", data={**grant, "client_id": "nobody"}), 401),
            (await client.post("/token", data={"person": "mallory"}), 400),
            (await client.post("/token", data={"grant_type": "password"}), 400),
            (await client.post("/token", content=b"x" * 20_000), 413),
            (await client.get("/elsewhere"), 404),
        ):
            assert status == refused.status_code
