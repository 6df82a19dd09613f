"""Pages for people through the door: signing in and coming back, forms, streams; over real sockets."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gateway.portal.returning import returned
from gateway.proposal import proposed
from gateway.snapshot import SnapshotRefused
from tests.gateway.shop import DOCUMENT
from tests.gateway.street import ROUTES, Seen, Street, body_of, street
from tests.gateway.tokens import token

PAGES = """
[[pages]]
name = "desk"
title = "Desk"
owner = "shop-team"
prefix = "/desk"
upstream = "process"
path = "/room/pages"
scopes = ["orders:read"]
limits = "200/minute"

[[pages]]
name = "vault"
title = "Vault"
owner = "shop-team"
prefix = "/vault"
upstream = "process"
path = "/room/vault"
scopes = ["vault:read"]
"""
NAVIGATES = {"sec-fetch-mode": "navigate", "sec-fetch-site": "none", "accept": "text/html"}


async def tier(seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A page, or on /live a stream of two events half a second apart."""
    await body_of(seen, reader)
    if b"/live" not in seen.line:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 9\r\n\r\n<p>hi</p>")
        return
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    for event in (b"event: changed\ndata: 1\n\n", b"event: changed\ndata: 2\n\n"):
        writer.write(b"%x\r\n%b\r\n" % (len(event), event))
        await writer.drain()
        await asyncio.sleep(0.5)
    writer.write(b"0\r\n\r\n")


@pytest.fixture(scope="module", params=["uvicorn", "protocol"])
def server(request: pytest.FixtureRequest) -> str:
    """Both servers of the door pass pages alike."""
    return str(request.param)


@pytest.fixture
async def shop(server: str, tmp_path: Path) -> AsyncIterator[Street]:
    """A street with pages."""
    async with street(tmp_path, behave=tier, routes=ROUTES + PAGES, server=server) as raised:
        yield raised


async def signed_in(shop: Street, wanted: str = "", **claims: Any) -> httpx.Response:
    """Sign in with a token; the client keeps the cookie."""
    fresh = token(datetime.now(UTC), **claims)
    return await shop.client.post("/portal/signin", data={"token": fresh, "next": wanted})


def sent_from(shop: Street) -> dict[str, str]:
    """What a browser says of a form on a page of ours."""
    return {**NAVIGATES, "sec-fetch-site": "same-origin", "origin": shop.url}


@pytest.mark.req(1, 2, 300)
async def test_a_person_signs_in_comes_back_and_is_spoken_for(shop: Street) -> None:
    """The way leads to sign in and back to the very page; the tier gets a token for it, never the cookie."""
    led = await shop.client.get("/desk/orders/a%20b?state=open&q=x%26y", headers=NAVIGATES)
    asked = parse_qs(urlsplit(led.headers["location"]).query)["next"][0]
    sign_in = await shop.client.get(led.headers["location"])
    back = await signed_in(shop, asked, sub="olivia")
    page = await shop.client.get(back.headers["location"], headers={**NAVIGATES, "x-forwarded-prefix": "/evil"})

    assert (303, "/portal/signin") == (led.status_code, urlsplit(led.headers["location"]).path)
    assert html.escape(asked) in sign_in.text
    assert (303, "/desk/orders/a%20b?state=open&q=x%26y") == (back.status_code, back.headers["location"])
    assert (200, "<p>hi</p>") == (page.status_code, page.text)
    assert [b"GET /room/pages/orders/a%20b?state=open&q=x%26y HTTP/1.1"] == [each.line for each in shop.tier.seen]
    seen = shop.tier.seen[0]
    assert "olivia" == shop.verifier.verify(seen.header("authorization")).subject
    assert (None, "/desk") == (seen.header("cookie"), seen.header("x-forwarded-prefix"))
    assert [["Desk", "/desk"]] == json.loads(seen.header("x-sluice-offered") or "")
    assert "ratelimit" in page.headers
    lines = await shop.lines(4)
    assert ["desk.read|authenticate.signed_out|303", "desk.read|ok|200"] == [
        f"{each['operation']}|{each['decision']}|{each['status']}" for each in lines if each["path"].startswith("/desk")
    ]


@pytest.mark.req(2, 289, 300)
async def test_cookies_open_pages_and_tokens_open_operations(shop: Street) -> None:
    """Neither stands in for the other, and a page of another scope is refused with a page that says which."""
    await signed_in(shop)
    operation = await shop.client.get("/shop/orders/7", headers=NAVIGATES)
    async with httpx.AsyncClient(base_url=shop.url, trust_env=False) as program:
        by_token = await program.get("/desk", headers=shop.bearer())
    vault = await shop.client.get("/vault", headers=NAVIGATES)
    piece = await shop.client.get("/vault", headers={"hx-request": "true"})

    assert (401, "authenticate.token_missing") == (operation.status_code, operation.json()["code"])
    assert (401, "authenticate.signed_out") == (by_token.status_code, by_token.json()["code"])
    assert (403, "text/html; charset=utf-8") == (vault.status_code, vault.headers["content-type"])
    assert "vault:read" in vault.text
    assert "default-src 'none'" in vault.headers["content-security-policy"]
    assert (403, "authorize.scope_missing") == (piece.status_code, piece.json()["code"])
    assert [] == shop.tier.seen


@pytest.mark.req(300)
async def test_a_form_of_another_site_goes_nowhere(shop: Street) -> None:
    """One of ours arrives whole; a method that no page has, and a body that is no form's, is refused."""
    await signed_in(shop)
    ours = await shop.client.post("/desk/orders", data={"note": "ä&b"}, headers=sent_from(shop))
    evil = await shop.client.post("/desk/orders", data={"note": "x"}, headers={"origin": "https://evil.example"})
    put = await shop.client.put("/desk/orders", data={"note": "x"}, headers=sent_from(shop))

    assert (200, 403, 405) == (ours.status_code, evil.status_code, put.status_code)
    assert [b"note=%C3%A4%26b"] == [each.body for each in shop.tier.seen]


@pytest.mark.req(243, 300)
async def test_what_was_typed_outlives_the_session(shop: Street) -> None:
    """Signed out meanwhile, the form waits on a page of its own and arrives once its sender is signed in again."""
    typed = {"note": 'five "o\'clock" <b>', "_key": "page-1"}
    late = await shop.client.post("/desk/orders?x=1", data=typed, headers=sent_from(shop))
    assert 307 == late.status_code
    kept = await shop.client.post(late.headers["location"], data=typed, headers=sent_from(shop))
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', kept.text)
    action = re.search(r'<form method="post" action="(/desk[^"]*)"', kept.text)
    await signed_in(shop)
    fields = {name: html.unescape(value) for name, value in found}
    again = await shop.client.post(html.unescape(action[1] if action else ""), data=fields, headers=sent_from(shop))

    assert typed == fields
    assert 200 == again.status_code
    assert [(b"POST /room/pages/orders?x=1 HTTP/1.1", httpx.QueryParams(typed))] == [
        (each.line, httpx.QueryParams(each.body.decode())) for each in shop.tier.seen
    ]
    for headers in ({}, {"origin": "https://evil.example"}):
        planted = await shop.client.post(late.headers["location"], data=typed, headers=headers)
        assert 403 == planted.status_code


@pytest.mark.req(225)
async def test_a_stream_passes_piece_by_piece(shop: Street) -> None:
    """The first event is here before the tier has said the second."""
    await signed_in(shop)
    now = asyncio.get_running_loop().time
    async with shop.client.stream("GET", "/desk/live", headers={"accept": "text/event-stream"}) as stream:
        arrived = [now() async for _ in stream.aiter_raw()]

    assert "text/event-stream" == stream.headers["content-type"]
    assert arrived[-1] - arrived[0] > 0.3


@pytest.mark.req(2, 300)
async def test_signing_out_ends_the_session_wherever_its_cookie_is(shop: Street) -> None:
    """From a page of any tier; a copy of the cookie opens nothing afterwards."""
    await signed_in(shop)
    copy = dict(shop.client.cookies)
    left = await shop.client.post("/portal/signout", headers=sent_from(shop))
    async with httpx.AsyncClient(base_url=shop.url, cookies=copy, trust_env=False) as thief:
        after = await thief.get("/desk", headers=NAVIGATES)

    assert (303, 303) == (left.status_code, after.status_code)
    assert {} == dict(shop.client.cookies)


@pytest.mark.req(300)
@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("/desk", True),
        ("/desk/orders?next=https://evil.example", True),
        ("/portal/signin/done", True),
        ("/desks", False),
        ("/shop/orders", False),
        ("//evil.example/desk", False),
        ("/\\evil.example", False),
        ("/desk/../portal", False),
        ("https://evil.example/desk", False),
        ("javascript:alert(1)", False),
        ("/desk\r\nset-cookie: a=b", False),
        ("", False),
    ],
)
def test_nobody_is_sent_to_another_house(wanted: str, taken: bool) -> None:
    """Only a path below one of our prefixes is an address to return to."""
    assert (wanted if taken else "") == returned(wanted, ("/portal", "/desk"))


@pytest.mark.req(12)
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('prefix = "/desk"', 'prefix = "/shop"', r"routes.toml:16: pages desk: the prefix /shop is taken"),
        ('prefix = "/desk"', 'prefix = "/portal"', r"routes.toml:16: pages desk: the prefix /portal is taken"),
        ('prefix = "/desk"', 'prefix = "/a/b"', r"routes.toml:16: .*no prefix of one segment"),
        ('name = "vault"', 'name = "desk"', r"routes.toml:23: pages desk: the name desk is taken"),
        ('upstream = "process"\npath = "/room/vault"', 'upstream = "x"\npath = "/v"', r"no address for upstream x"),
        ('scopes = ["vault:read"]', "scopes = []", r"routes.toml:29: .*nobody could be let in"),
        ('path = "/room/pages"', 'path = "/../x"', r"routes.toml:18: .*no path of a tier"),
        ('limits = "200/minute"', 'limits = "often"', r"not in the grammar"),
        ('[[pages]]\nname = "vault"', '[[page]]\nname = "vault"', r"\[\[pages\]\] and \[\[plan\]\]; here: page"),
    ],
)
def test_pages_that_cannot_be_offered_are_refused_with_their_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    """What the check says, the running door says too, and nothing is served half."""
    assert old in ROUTES + PAGES
    routes = tmp_path / "routes.toml"
    routes.write_text((ROUTES + PAGES).replace(old, new))
    (tmp_path / "shop.json").write_text(json.dumps(DOCUMENT))
    with pytest.raises(SnapshotRefused, match=told):
        proposed(routes, tmp_path, upstreams={"process": "http://process.invalid"})
