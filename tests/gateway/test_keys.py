"""Partners' keys from making to revocation, the token endpoint, and the portal's forms; over real sockets."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from contracts.problem import Problem
from gateway.keys import Keyring, Shelf, Wish
from gateway.shelf import MemoryShelf
from gateway.shelf_sql import SqlShelf
from gateway.watch import Bell
from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.apikey import ApiKey, KeyBook, KeysUnreadable
from kit.store import Store
from tests.gateway.street import Street, street
from tests.gateway.tokens import AUDIENCE, ISSUER

PEPPER = b"p" * 32
ANN = Caller(subject="ann", issuer=ISSUER, scopes=frozenset({"orders:*"}), tenant="t1")
WISH = Wish(name="night run", scopes=("orders:read",), plan="standard")


class Ground:
    """A shelf, a book that remembers for 30 seconds, and the clock of both."""

    def __init__(self, shelf: Shelf) -> None:
        self.clock = ManualClock()
        self.shelf = shelf
        self.book = KeyBook(shelf, issuer="us", pepper=PEPPER, clock=self.clock)
        self.ring = Keyring(
            shelf, book=self.book, pepper=PEPPER, clock=self.clock, plans=("standard", "gold"), tell=Bell()
        )

    async def takes(self, text: str, book: KeyBook | None = None) -> bool:
        """Whether a key is taken."""
        found = (book or self.book).check(text)
        return (found if found is None or isinstance(found, ApiKey) else await found) is not None


@pytest.fixture(params=["memory", "sql"])
async def ground(request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    """Both shelves keep the same promises."""
    shelf: Shelf = MemoryShelf() if request.param == "memory" else SqlShelf(await Store.in_memory())
    yield Ground(shelf)
    await shelf.close()


@pytest.mark.req(295)
async def test_a_key_is_kept_as_a_hash_and_taken_by_its_text_alone(ground: Ground) -> None:
    """What is kept opens nothing; another secret, pepper or prefix is refused."""
    fresh = await ground.ring.make(ANN, WISH)
    kept = await ground.shelf.find(fresh.key.prefix)
    assert kept == fresh.key
    assert fresh.text.rpartition("_")[2] not in repr(kept)
    assert await ground.takes(fresh.text)
    wrong = fresh.text[:-1] + ("A" if fresh.text[-1] != "A" else "B")
    for text in (wrong, fresh.text.replace(fresh.key.prefix, "a" * 12), fresh.text[:-1], "slk", ""):
        assert not await ground.takes(text)
    assert not await ground.takes(fresh.text, KeyBook(ground.shelf, issuer="us", pepper=b"q" * 32, clock=ground.clock))


@pytest.mark.req(293, 295)
async def test_rotation_overlaps_and_revocation_does_not(ground: Ground) -> None:
    """Both keys are taken until the overlap ends, for one client; a revoked key ends at once."""
    old = await ground.ring.make(ANN, WISH)
    ground.clock.advance(1)
    new = await ground.ring.rotate(ANN, old.key.prefix, overlap_s=60)
    assert old.key.client_id == new.key.client_id
    assert (True, True) == (await ground.takes(old.text), await ground.takes(new.text))
    with pytest.raises(Problem, match="replaced"):
        await ground.ring.rotate(ANN, old.key.prefix, overlap_s=60)
    ground.clock.advance(61)
    assert (False, True) == (await ground.takes(old.text), await ground.takes(new.text))
    await ground.ring.revoke(ANN, new.key.prefix)
    assert not await ground.takes(new.text)
    assert [new.key.prefix, old.key.prefix] == [key.prefix for key in await ground.ring.mine(ANN)]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(name="x", scopes=("erp:write",)), "keys.scope"),
        (Wish(name="x", scopes=()), "keys.scopes_missing"),
        (Wish(name=" ", scopes=("orders:read",)), "keys.name"),
        (Wish(name="x", scopes=("orders:read",), plan="platinum"), "keys.plan"),
        (Wish(name="x", scopes=("orders:read",), days=366), "keys.days"),
    ],
)
async def test_a_key_can_do_no_more_than_its_maker(wish: Wish, code: str) -> None:
    """Scopes beyond one's own, unknown plans and endless lives are refused by name."""
    with pytest.raises(Problem) as refused:
        await Ground(MemoryShelf()).ring.make(ANN, wish)
    assert code == refused.value.code


async def test_a_key_of_another_is_not_found() -> None:
    """Nobody rotates or revokes what is not theirs, nor learns that it exists."""
    ground = Ground(MemoryShelf())
    fresh = await ground.ring.make(ANN, WISH)
    other = Caller(subject="bob", issuer=ISSUER, scopes=ANN.scopes)
    for act in (ground.ring.rotate(other, fresh.key.prefix, overlap_s=1), ground.ring.revoke(other, fresh.key.prefix)):
        with pytest.raises(Problem) as refused:
            await act
        assert "keys.unknown" == refused.value.code
    assert await ground.takes(fresh.text)


class Broken(MemoryShelf):
    """A store that is out when told."""

    out = False
    asked = 0

    async def find(self, prefix: str, /) -> ApiKey | None:
        """Find, unless out."""
        self.asked += 1
        if self.out:
            raise ConnectionError(prefix)
        return await super().find(prefix)


async def test_the_store_is_asked_seldom_and_may_be_out() -> None:
    """One look-up holds for half a minute; while the store is out, what was known is believed for an hour."""
    shelf = Broken()
    ground = Ground(shelf)
    fresh = await ground.ring.make(ANN, WISH)
    for _ in range(5):
        assert await ground.takes(fresh.text)
    assert 1 == shelf.asked
    shelf.out = True
    ground.clock.advance(timedelta(minutes=59).total_seconds())
    assert await ground.takes(fresh.text)
    ground.clock.advance(timedelta(minutes=2).total_seconds())
    with pytest.raises(KeysUnreadable):
        await ground.takes(fresh.text)


@asynccontextmanager
async def _signed_in(tmp_path: Path) -> AsyncIterator[tuple[Street, httpx.AsyncClient, str]]:
    async with (
        street(tmp_path, portal={"sandbox": "self"}) as place,
        httpx.AsyncClient(base_url=place.url, trust_env=False) as browser,
    ):
        token = place.bearer(scope="orders:read orders:write")["Authorization"].removeprefix("Bearer ")
        assert 303 == (await browser.post("/portal/signin", data={"token": token})).status_code
        page = (await browser.get("/portal/keys")).text
        yield place, browser, page.split('name="form" value="')[1].split('"')[0]


@pytest.mark.req(2, 295, 297)
async def test_a_partner_makes_a_key_in_the_portal_and_works_with_it(tmp_path: Path) -> None:
    """The key itself, and a token for it: one consumer, one scope, one plan; revoked, both doors are shut."""
    async with _signed_in(tmp_path) as (place, browser, form):
        wish = {"form": form, "name": "n", "scope": "orders:read", "plan": "standard", "days": "30"}
        made = await browser.post("/portal/keys", data=wish)
        found = re.search(r"slk_([a-z0-9]{12})_[A-Za-z0-9_-]{43}", made.text)
        assert found is not None
        key, prefix = found[0], found[1]
        grant = {"grant_type": "client_credentials", "client_id": prefix, "client_secret": key}
        granted = await place.client.post("/oauth/token", data=grant)
        assert (200, "no-store") == (granted.status_code, granted.headers["cache-control"])
        ways = [{"X-API-Key": key}, {"Authorization": f"Bearer {granted.json()['access_token']}"}]
        for way in ways:
            assert 200 == (await place.client.get("/shop/orders", headers=way)).status_code
            assert 403 == (await place.client.delete("/shop/orders/7", headers=way)).status_code
        lines = await place.lines(8)
        assert 1 == len({line["consumer"] for line in lines if line["operation"] == "shop.list"})
        assert place.tier.seen[0].header("x-api-key") is None
        both = {**ways[0], **ways[1]}
        assert "authenticate.credentials_two" == (await place.client.get("/shop/orders", headers=both)).json()["code"]
        shut = await browser.post(f"/portal/keys/{prefix}/revocation", data={"form": form})
        assert 200 == shut.status_code
        assert "authenticate.key_refused" == (await place.client.get("/shop/orders", headers=ways[0])).json()["code"]
        assert 401 == (await place.client.post("/oauth/token", data=grant)).status_code
        assert key not in place.log.read_text()


async def test_our_tokens_are_checked_with_published_keys_and_end_when_revoked(tmp_path: Path) -> None:
    """The JWKS holds no private part; RFC 7009 ends a token at once, and says 200 to what is no token."""
    async with _signed_in(tmp_path) as (place, browser, form):
        wish = {"form": form, "name": "n", "scope": "orders:read", "plan": "standard", "days": "30"}
        key = re.search(r"slk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}", (await browser.post("/portal/keys", data=wish)).text)
        assert key is not None
        grant = {"grant_type": "client_credentials", "scope": "orders:read"}
        name = key[0].split("_")[1]
        granted = await place.client.post("/oauth/token", data=grant, auth=(name, key[0]))
        token = granted.json()["access_token"]
        (published,) = (await place.client.get("/.well-known/jwks.json")).json()["keys"]
        assert {"crv", "kty", "x", "kid", "use", "alg"} == set(published)
        claims = jwt.decode(token, jwt.PyJWK(published).key, algorithms=["EdDSA"], audience=AUDIENCE)
        assert ("orders:read", "urn:sluice:gateway") == (claims["scope"], claims["iss"])
        headers = {"Authorization": f"Bearer {token}"}
        assert 200 == (await place.client.get("/shop/orders", headers=headers)).status_code
        for text in (token, token, "no token"):
            assert 200 == (await place.client.post("/oauth/revoke", data={"token": text})).status_code
        refused = await place.client.get("/shop/orders", headers=headers)
        assert (401, "authenticate.revoked") == (refused.status_code, refused.json()["code"])


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
    ],
)
async def test_the_token_endpoint_refuses_in_its_own_words(
    tmp_path: Path, form: dict[str, str], status: int, error: str
) -> None:
    """RFC 6749's errors; and whoever guesses on is told to slow down."""
    async with street(tmp_path) as place:
        answer = await place.client.post("/oauth/token", data=form)
        assert (status, {"error": error}) == (answer.status_code, answer.json())
        if status == 401:
            for _ in range(19):
                await place.client.post("/oauth/token", data=form)
            assert 429 == (await place.client.post("/oauth/token", data=form)).status_code


async def test_a_form_from_elsewhere_does_nothing_and_pages_are_shut(tmp_path: Path) -> None:
    """Without the session's own mark a form is refused; no page may be framed, or load from elsewhere."""
    async with _signed_in(tmp_path) as (_, browser, _form):
        wish = {"name": "n", "scope": "orders:read", "plan": "standard", "days": "30"}
        for mark in ({}, {"form": "x"}):
            assert 403 == (await browser.post("/portal/keys", data={**wish, **mark})).status_code
        page = await browser.get("/portal/keys")
        assert "You have no key yet." in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "no-store" == page.headers["cache-control"]
        assert page.headers["x-trace-id"]


async def test_a_session_opens_no_operation_and_a_token_no_page(tmp_path: Path) -> None:
    """The cookie's token is refused at the door; an access token is no cookie."""
    async with _signed_in(tmp_path) as (place, browser, _):
        session = browser.cookies["sluice_portal"]
        refused = await place.client.get("/shop/orders", headers={"Authorization": f"Bearer {session}"})
        assert "authenticate.type_refused" == refused.json()["code"]
        token = place.bearer()["Authorization"].removeprefix("Bearer ")
        page = await place.client.get("/portal/keys", headers={"Cookie": f"sluice_portal={token}"})
        assert "sign in" in page.text


async def test_what_is_tried_goes_through_the_door_as_whoever_is_signed_in(tmp_path: Path) -> None:
    """Path, query and body of the form arrive; what the caller may not do is refused there as everywhere."""
    async with _signed_in(tmp_path) as (place, browser, form):
        tried = await browser.post(
            "/portal/operations/shop.read/try", data={"form": form, "path.order_id": "7", "ignored": "x"}
        )
        assert 200 == tried.status_code
        assert "GET /shop/orders/7" in tried.text
        assert b"GET /orders/7 HTTP/1.1" == place.tier.seen[-1].line
        climbing = {"form": form, "path.order_id": "../../_gateway/status"}
        climbed = await browser.post("/portal/operations/shop.read/try", data=climbing)
        assert "guard.target_" in climbed.text
        missing = await browser.post("/portal/operations/shop.read/try", data={"form": form})
        assert 422 == missing.status_code


async def test_an_audience_has_a_document_of_its_own(tmp_path: Path) -> None:
    """With outside paths; nobody else's, and no other version."""
    async with street(tmp_path) as place:
        document = (await place.client.get("/portal/openapi/internal/latest.json")).json()
        assert ("3.1.0", "1") == (document["openapi"], document["info"]["version"])
        assert "/shop/orders/{order_id}" in document["paths"]
        for path in ("/portal/openapi/partner/latest.json", "/portal/openapi/internal/2.json"):
            assert 404 == (await place.client.get(path)).status_code
