"""A group of pages behind the token of its tier, as a room makes one; over a real socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar, Response, Router

from contracts.problem import FieldError, Kind, Problem
from kit.caller import Caller
from kit.clock import SystemClock
from kit.serving import serving
from kit.tier.answers import trusted
from kit.trust import Signer, Verifier, new_key_pair
from kit.web import Form, Link, Route, Site, Visit, changes

HERE = Path(__file__).parent / "desk"
PREFIX = "/room/pages"
SENTENCES = {"sent": "It was sent."}


async def first(visit: Visit) -> Response[Any]:
    return visit.page("first.html", form=Form(), name=visit.query.get("name", ""))


async def sent(visit: Visit) -> Response[Any]:
    form = await visit.form()
    if not form["note"]:
        error = FieldError(pointer="/values/note", code="required", detail="say why")
        refused = form.refused(Problem(Kind.INVALID, "empty", "a field is missing", errors=(error,)))
        return visit.page("first.html", status=422, form=refused, name="")
    return visit.see("/", told="sent", key=form.key)


async def breaks(visit: Visit) -> Response[Any]:
    raise RuntimeError("the inside of it")


async def live(visit: Visit) -> Response[Any]:
    marks = iter(["a", "a", "b", "b", "c"])

    async def look() -> str:
        return next(marks, "c")

    return visit.stream(changes(look, every_s=0.01, lifetime_s=0.2))


ROUTES = [
    Route("GET", "/", first),
    Route("POST", "/orders", sent),
    Route("GET", "/breaks/{name}", breaks),
    Route("GET", "/live", live),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[httpx.AsyncClient]:
    """The pages as a tier serves them, called as the gateway calls."""
    private, public = new_key_pair()
    clock = SystemClock()
    site = Site(
        title="Desk",
        folder=HERE,
        mounted=PREFIX,
        clock=clock,
        links=(Link("/", "First", "f"), Link("/orders", "Orders")),
        sentences=SENTENCES,
    )
    pages = Router(PREFIX, route_handlers=[site.router(ROUTES)])
    app = Litestar(route_handlers=[pages], openapi_config=None, logging_config=None)
    verifier = Verifier(audience="experience", public_keys={"gateway": public}, clock=clock)
    signer = Signer(issuer="gateway", private_key_pem=private, clock=clock)
    caller = Caller(subject="ann <b>", roles=frozenset({"finance_lead"}))
    headers = {
        "authorization": f"Bearer {signer.mint(audience='experience', caller=caller)}",
        "x-forwarded-prefix": "/desk",
        "x-sluice-offered": '[["Desk","/desk"],["Tower","/tower"]]',
    }
    async with (
        serving(trusted(app, verifier, tenant="default")) as url,
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as client,
    ):
        yield client


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_page_stands_in_the_frame_under_the_prefix_its_reader_knows(desk: httpx.AsyncClient) -> None:
    """Whatever somebody is called is escaped; the way around, other pages and the mark of the current one are there."""
    page = await desk.get(f"{PREFIX}?name=<script>&told=sent")

    assert 200 == page.status_code
    assert "no-store" == page.headers["cache-control"]
    assert "'unsafe" not in page.headers["content-security-policy"]
    assert "<script>" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert "ann &lt;b&gt;" in page.text
    assert '<a href="/desk" data-go="f" aria-current="page">First</a>' in page.text
    assert '<a href="/tower">Tower</a>' in page.text
    assert "It was sent." in page.text
    assert not re.findall(r'(?:style=|onclick=|<style|(?:src|href)="(?:https?:)?//)', page.text)


async def test_no_address_puts_words_into_a_page(desk: httpx.AsyncClient) -> None:
    """What a page is told after a redirect is the name of a sentence; another name says nothing."""
    page = await desk.get(f"{PREFIX}?told=Your+account+is+locked")

    assert "locked" not in page.text


async def test_a_refused_form_keeps_what_was_typed(desk: httpx.AsyncClient) -> None:
    """The fault stands beside its field and is tied to it; the key stays, so sending it again is one command."""
    page = await desk.post(f"{PREFIX}/orders", data={"note": " ", "size": "very_large", "_key": "page-7"})

    assert 422 == page.status_code
    assert '<option value="very_large" selected>very large</option>' in page.text
    assert 'value="page-7"' in page.text
    field = re.search(r'<input id="n-note"[^>]*>', page.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="n-note-hint n-note-fault"' in field[0]
    assert '<p class="fault" id="n-note-fault">say why</p>' in page.text


async def test_after_a_form_the_browser_reads_another_page(desk: httpx.AsyncClient) -> None:
    """303 to an address below the prefix, so that reloading sends nothing again."""
    done = await desk.post(f"{PREFIX}/orders", data={"note": "x", "_key": "page-8"})

    assert (303, "/desk?key=page-8&told=sent") == (done.status_code, done.headers["location"])


async def test_every_failure_is_a_page(desk: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    """An unknown address says so; what nobody expected is logged whole and told without its inside."""
    unknown = await desk.get(f"{PREFIX}/nothing/here")
    broken = await desk.get(f"{PREFIX}/breaks/x")

    assert (404, True) == (unknown.status_code, "no page at /nothing/here" in unknown.text)
    assert (500, False) == (broken.status_code, "inside" in broken.text)
    assert "the inside of it" in caplog.text


async def test_without_the_token_of_the_tier_there_is_no_page(desk: httpx.AsyncClient) -> None:
    """Pages stand behind the same door as operations."""
    refused = await desk.get(PREFIX, headers={"authorization": "Bearer x.y.z"})

    assert (401, "token_invalid") == (refused.status_code, refused.json()["code"])


async def test_an_open_page_is_told_that_something_changed_and_not_what(desk: httpx.AsyncClient) -> None:
    """Two changes of the mark are two events; the stream ends by itself."""
    told = await desk.get(f"{PREFIX}/live")

    assert "text/event-stream; charset=utf-8" == told.headers["content-type"]
    assert 2 == told.text.count("event: changed\ndata: -\n\n")
    assert told.text.startswith("retry: ")


async def test_files_of_ones_own_are_kept_by_their_hash(desk: httpx.AsyncClient) -> None:
    """For a year under the right mark, for minutes under another; nothing outside of the folder is sent."""
    plain = await desk.get(f"{PREFIX}/static/desk.js?v=0")
    outside = await desk.get(f"{PREFIX}/static/..%2Ftemplates%2Ffirst.html")

    assert ("public, max-age=300", "// of the desk alone\n") == (plain.headers["cache-control"], plain.text)
    assert 404 == outside.status_code
