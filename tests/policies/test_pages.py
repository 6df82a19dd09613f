"""On pages the cookie of a session counts and a form proves where it came from; on operations neither matters."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.page import Offered, Page
from policies import authenticate, origin
from policies.authenticate import Authenticate
from policies.origin import Origin
from tests.policies.table import READ, Given, decide

TOWER = Page(
    prefix="/tower",
    path="/control_tower/pages",
    offered=(
        Offered(title="Tower", prefix="/tower", scopes=frozenset({"cases:read"})),
        Offered(title="Approvals", prefix="/approvals", scopes=frozenset({"approvals:read"})),
    ),
)
PAGE = replace(READ, name="tower.read", path="/tower", page=TOWER)
OLIVIA = Caller(subject="olivia", scopes=frozenset({"cases:*"}))
HOST = ("host", "shop.example")
NAVIGATES = ("sec-fetch-mode", "navigate")


def seated(cookies: bytes) -> Caller | None:
    return OLIVIA if cookies == b"s=good" else None


def door() -> Authenticate:
    return Authenticate(authenticate.Config(), trusted={}, clock=ManualClock(), seated=seated)


@pytest.mark.req(2, 300)
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([("sec-fetch-site", "same-origin")], "ok"),
        ([("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], "ok"),
        ([("sec-fetch-site", "same-site")], "origin.elsewhere"),
        ([("sec-fetch-site", "cross-site"), ("origin", "https://shop.example")], "origin.elsewhere"),
        ([("sec-fetch-site", "none")], "origin.elsewhere"),
        ([("origin", "https://shop.example")], "ok"),
        ([("origin", "https://SHOP.example")], "ok"),
        ([("origin", "https://shop.example:8443")], "origin.elsewhere"),
        ([("origin", "https://evil.example")], "origin.elsewhere"),
        ([("origin", "null")], "origin.elsewhere"),
        ([("origin", "shop.example")], "origin.elsewhere"),
        ([("referer", "https://shop.example/tower")], "origin.elsewhere"),
        ([], "origin.elsewhere"),
    ],
)
async def test_a_form_has_to_come_from_a_page_of_ours(headers: Sequence[tuple[str, str]], code: str) -> None:
    """What the browser says counts, and without it the origin; who says nothing is refused."""
    policy = Origin(origin.Config(), pages=True)
    sent = Given(method="POST", target="/tower/x", operation=PAGE, headers=[HOST, *headers])

    assert code == (await decide(policy, sent)).code
    assert "ok" == (await decide(policy, replace(sent, method="GET"))).code
    assert "ok" == (await decide(policy, replace(sent, operation=READ))).code


@pytest.mark.req(2, 300)
async def test_a_page_knows_its_reader_by_the_cookie_and_by_nothing_else() -> None:
    """A token beside it changes nothing, and a cookie opens no operation."""
    page = Given(operation=PAGE, caller=None, headers=[HOST, ("cookie", "s=good")])
    by_token = replace(page, headers=[HOST, ("authorization", "Bearer a.b.c")])
    by_key = replace(page, headers=[HOST, ("x-api-key", "slk_a_b")])

    assert OLIVIA == (await decide(door(), page)).request.caller
    assert "authenticate.signed_out" == (await decide(door(), by_token)).code
    assert "authenticate.signed_out" == (await decide(door(), by_key)).code
    assert "authenticate.token_missing" == (await decide(door(), replace(page, operation=READ))).code


@pytest.mark.req(2, 300)
@pytest.mark.parametrize(
    ("method", "headers", "status", "answer"),
    [
        ("GET", [NAVIGATES], 303, {}),
        ("GET", [("accept", "text/html,*/*")], 303, {}),
        ("POST", [NAVIGATES], 307, {}),
        ("GET", [("hx-request", "true"), ("accept", "text/html, */*")], 401, {"hx-refresh": "true"}),
        ("GET", [("accept", "text/event-stream")], 401, {}),
    ],
)
async def test_who_is_signed_out_is_sent_to_sign_in(
    method: str, headers: list[tuple[str, str]], status: int, answer: dict[str, str]
) -> None:
    """A person is led there and back, a form goes along whole, a script is refused and told to load the page anew."""
    given = Given(
        method=method, target="/tower/a%20b", query=b"c=d&e", operation=PAGE, caller=None, headers=[HOST, *headers]
    )
    decision = await decide(door(), given)

    assert ("authenticate.signed_out", status) == (decision.code, decision.status)
    assert answer == decision.answer
    if status != 401:
        ready = decision.problem
        where = "/portal/signin" if status == 303 else "/portal/signin/again"
        assert f"{where}?next=/tower/a%2520b%3Fc%3Dd%26e".encode() == dict(ready.headers)[b"location"]  # type: ignore[union-attr]  # it is a Ready


def test_pages_refer_only_to_those_their_reader_may_see() -> None:
    """Nobody is shown a way that would be refused."""
    assert [("Tower", "/tower")] == TOWER.reached_by(OLIVIA)
    assert [] == TOWER.reached_by(Caller(subject="sam"))
