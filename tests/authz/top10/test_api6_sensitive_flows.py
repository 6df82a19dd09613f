"""API6:2023, unrestricted access to sensitive flows: decisions that one person or a program would take alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker, endpoint

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(292, 299)]
AT = "/process/master_data"
SUBMITTED = {"connection": "crm-emea", "changed_at": "2026-11-20T09:00:00Z", "fields": {"name": "Acme Six"}}
WISH = {
    "connection": "erp-main",
    "noun": "customer",
    "our_id": "cus-api6",
    "field": "tax.tax_code",
    "old": None,
    "new": "EU-RC",
    "changed_at": "2026-11-20T09:00:00Z",
}


async def proposed(house: Ground, *, key: str) -> tuple[Attacker, dict[str, Any]]:
    """A tax code that waits for finance, and who proposed it: a program with every role there is."""
    both = Attacker(house, "platform", claims={"roles": ["platform", "finance", "tax", "operations"]})
    await both.ask("PUT", f"{AT}/records/customer/cus-api6", SUBMITTED)
    change = (await both.ask("POST", f"{AT}/changes", WISH, key=key)).json()
    assert "pending" == change["state"]
    return both, change


async def test_nobody_decides_on_what_they_proposed(house: Ground) -> None:
    """All roles in one hand do not help, nor does another key, nor another client of the same person."""
    both, change = await proposed(house, key="api6-own")
    at, etag = f"{AT}/changes/{change['change_id']}/decision", f'"{change["etag"]}"'
    other = replace(both, claims={**(both.claims or {}), "client_id": "another"})
    answers = [
        await both.ask("POST", at, {"approve": True}, key="api6-a", **{"if-match": etag}),
        await both.ask("POST", at, {"approve": True}, key="api6-b", **{"if-match": etag}),
        await other.ask("POST", at, {"approve": True}, key="api6-c", **{"if-match": etag}),
    ]

    assert [(403, "own_change")] * 3 == [(each.status_code, each.json()["code"]) for each in answers]


async def test_a_decision_is_about_what_was_seen(house: Ground) -> None:
    """Without the state that was looked at, or with a stale one, nothing is decided."""
    _, change = await proposed(house, key="api6-stale")
    finance = Attacker(house, "finance")
    at = f"{AT}/changes/{change['change_id']}/decision"
    blind = await finance.ask("POST", at, {"approve": True}, key="api6-blind")
    stale = await finance.ask("POST", at, {"approve": True}, key="api6-old", **{"if-match": '"stale"'})

    assert 428 == blind.status_code
    assert 412 == stale.status_code


async def test_a_program_cannot_add_endpoints_without_end(house: Ground) -> None:
    """After the number that is agreed a client is refused, however many keys it uses."""
    partner = Attacker(house, "partner", claims={"client_id": "partner-clerk"})
    codes = [
        (await partner.ask("POST", f"{PARTNERS}/webhook-endpoints", endpoint(), key=f"api6-{n}")).status_code
        for n in range(25)
    ]

    assert 200 == codes[0]
    assert 409 == codes[-1]
