"""The door before an OpenID provider that nobody here wrote: discovery, both flows, rotation, and an outage."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway.provider import REDIRECT, Provider, private_jwk, provider, signed_in
from tests.gateway.street import Street, street
from tests.gateway.tokens import AUDIENCE, ISSUER

pytestmark = [pytest.mark.timeout(90)]


@asynccontextmanager
async def _door(tmp_path: Path, found: Provider, **config: Any) -> AsyncIterator[Street]:
    issuers = [{"issuer": found.issuer, "audience": AUDIENCE, "algorithms": ["RS256"]}]
    keys = {"cooldown_s": 0.2, "fresh_s": 0.2}
    async with street(tmp_path, issuers=issuers, keys=keys, **config) as place:
        yield place


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.req(2, 295)
async def test_a_machine_is_known_by_discovery_and_two_issuers_stand_side_by_side(tmp_path: Path) -> None:
    """The issuer is asked where its keys are; subject, tenant and roles arrive; another issuer's token is refused."""
    async with provider(private_jwk("k1")) as found, provider(private_jwk("k1")) as other:
        issuers = [{"issuer": each.issuer, "audience": AUDIENCE} for each in (found, other)]
        async with street(tmp_path, issuers=issuers) as place:
            for each in (found, other):
                answer = await place.client.get("/shop/orders", headers=_bearer(await each.machine_token()))
                assert 200 == answer.status_code
            inner = place.verifier.verify(place.tier.seen[-1].header("authorization"))
            assert ("machine", "north", {"service"}, {"orders:read"}) == (
                inner.subject,
                inner.tenant,
                set(inner.roles),
                set(inner.scopes),
            )
            refused = await place.client.get("/shop/orders", headers=place.bearer())
            assert (401, "authenticate.issuer_unknown", ISSUER) == (
                refused.status_code,
                refused.json()["code"],
                ISSUER,
            )


@pytest.mark.req(293)
async def test_rotation_under_load_refuses_nobody(tmp_path: Path) -> None:
    """Five rotations, each announced by a key published beside the old one: not one 401 among all answers."""
    keys = [private_jwk(f"k{number}") for number in range(6)]
    statuses: list[int] = []
    async with provider(keys[0]) as found, _door(tmp_path, found) as place:
        tokens = [await found.machine_token()]

        async def visit() -> None:
            while True:
                answer = await place.client.get("/shop/orders", headers=_bearer(tokens[-1]))
                statuses.append(answer.status_code)

        visitors = [asyncio.create_task(visit()) for _ in range(4)]
        for old, new in itertools.pairwise(keys):
            before = len(statuses)
            await asyncio.sleep(0.25)  # longer than the cooldown: as keys are rotated, days apart
            await found.keys(new, old)
            tokens.append(await found.machine_token())
            async with asyncio.timeout(10):
                while len(statuses) < before + 40:  # noqa: ASYNC110 - a list tells nobody
                    await asyncio.sleep(0.005)
            older = await place.client.get("/shop/orders", headers=_bearer(tokens[-2]))
            statuses.append(older.status_code)  # its key is published still
        for visitor in visitors:
            visitor.cancel()
        ends = await asyncio.gather(*visitors, return_exceptions=True)
    assert [asyncio.CancelledError] * 4 == [type(end) for end in ends]
    assert {200} == set(statuses)


@pytest.mark.req(293)
async def test_a_provider_that_is_down_shuts_out_nobody_it_vouched_for(tmp_path: Path) -> None:
    """Known keys keep working, fresh tokens signed with them included; they are not asked for again in vain."""
    async with provider(private_jwk("k1")) as found, _door(tmp_path, found) as place:
        tokens = [await found.machine_token() for _ in range(2)]
        assert 200 == (await place.client.get("/shop/orders", headers=_bearer(tokens[0]))).status_code
        await found.end()
        for token in tokens * 10:
            answer = await place.client.get("/shop/orders", headers=_bearer(token))
            assert 200 == answer.status_code
            await asyncio.sleep(0.03)  # past the time for which keys are fresh


@pytest.mark.req(2, 297)
async def test_a_person_signs_in_to_the_portal_with_code_and_pkce(tmp_path: Path) -> None:
    """Through the provider's own pages and back; another browser, state or code does not get in; sign-out ends it."""
    async with provider(private_jwk("k1")) as found:
        sign_in = {
            "issuer": found.issuer,
            "client_id": "portal",
            "scope": "openid orders:read",
            "resource": "urn:sluice:gateway",
            "redirect_url": REDIRECT,
        }
        async with (
            _door(tmp_path, found, portal={"sign_in": sign_in}) as place,
            httpx.AsyncClient(base_url=place.url, trust_env=False) as browser,
            httpx.AsyncClient(base_url=place.url, trust_env=False) as stranger,
        ):
            begun = await browser.get("/portal/signin/provider")
            assert 303 == begun.status_code
            back = await signed_in(browser, begun.headers["location"], person="ann", until=REDIRECT)
            back = back.removeprefix("http://127.0.0.1")
            assert 403 == (await stranger.get(back)).status_code
            assert 403 == (await browser.get(back.replace("state=", "state=x"))).status_code
            welcome = await browser.get(back)
            assert (303, "/portal/keys") == (welcome.status_code, welcome.headers["location"])
            page = await browser.get("/portal/keys")
            assert "<span>ann</span>" in page.text
            assert "orders:read" in page.text
            assert 401 == (await browser.get(back)).status_code  # a code is taken once
            cookie = browser.cookies["sluice_portal"]
            form = page.text.split('name="form" value="')[1].split('"')[0]
            assert 303 == (await browser.post("/portal/signout", data={"form": form})).status_code
            copied = await stranger.get("/portal/keys", headers={"cookie": f"sluice_portal={cookie}"})
            assert "<span>ann</span>" not in copied.text
