"""API8:2023, security misconfiguration: what a refusal gives away, and who may read it from where."""

from __future__ import annotations

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(300)]
GIVEN_AWAY = ("Traceback", 'File "', "sqlalchemy", "sqlite", "litestar", "uvicorn", "site-packages", "127.0.0.1")
QUOTED = "x' or '1'='1"


async def test_refusals_give_nothing_of_the_inside_away(house: Ground) -> None:
    """Unknown paths, broken bodies, quotes and nulls: problem details with a code, no trace, no product, no address."""
    partner = Attacker(house, "partner")
    answers = [
        await partner.ask("GET", "/nothing/here"),
        await partner.ask("GET", f"{PARTNERS}/projects/{QUOTED}"),
        await partner.ask("GET", f"{PARTNERS}/projects?cursor=%00%ff"),
        await partner.ask("POST", f"{PARTNERS}/webhook-endpoints", [1, 2], key="api8"),
        await partner.ask("GET", "/process/casework/cases/" + "x" * 1_000),
        await partner.ask("GET", f"/process/casework/finds?text={QUOTED}"),
    ]
    found = {(each.url.path, word) for each in answers for word in GIVEN_AWAY if word in each.text}

    assert set() == found
    assert {"application/problem+json"} == {each.headers["content-type"] for each in answers if each.is_error}
    assert all(each.status_code < 500 for each in answers)
    assert set() == {each.headers["server"] for each in answers if "server" in each.headers}


async def test_other_sites_read_nothing(house: Ground) -> None:
    """No origin is let in unless it is configured, not null, not one that looks like ours; cookies never are."""
    partner = Attacker(house, "partner")
    for origin in ("https://evil.example", "null", "http://gateway.internal.evil.example"):
        answer = await partner.ask("GET", f"{PARTNERS}/projects", origin=origin)
        before = await partner.ask(
            "OPTIONS", f"{PARTNERS}/projects", origin=origin, access_control_request_method="GET"
        )

        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-origin" not in before.headers
        assert "access-control-allow-credentials" not in {**answer.headers, **before.headers}


async def test_pages_are_framed_by_nobody_and_load_from_nowhere(house: Ground) -> None:
    """The page for signing in forbids frames, foreign scripts and being kept."""
    page = await house.door.get("/portal/signin")

    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert ("nosniff", "no-store") == (page.headers["x-content-type-options"], page.headers["cache-control"])
