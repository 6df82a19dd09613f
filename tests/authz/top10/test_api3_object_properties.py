"""API3:2023, broken object property level authorization: fields that are set or read by who may not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import PARTNERS, Attacker, added, endpoint

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(289, 291)]
OWN: dict[str, Any] = {
    "client_id": "partner-rival",
    "state": "active",
    "secrets": [],
    "created_by": "x",
    "endpoint_id": "mine",
}


@pytest.mark.parametrize("field", OWN)
async def test_what_is_ours_to_set_cannot_be_sent(house: Ground, field: str) -> None:
    """Owner, state, secrets, author and id are no fields of a command: 422, and nothing is made."""
    partner = Attacker(house, "partner")
    before = (await partner.ask("GET", f"{PARTNERS}/webhook-endpoints")).json()
    body = endpoint(**{field: OWN[field]})
    answer = await partner.ask("POST", f"{PARTNERS}/webhook-endpoints", body, key=f"api3-{field}")
    after = (await partner.ask("GET", f"{PARTNERS}/webhook-endpoints")).json()

    assert (422, f"/{field}") == (answer.status_code, answer.json()["errors"][0]["pointer"])
    assert before == after


async def test_a_secret_is_told_once(house: Ground) -> None:
    """Whoever reads the endpoint later, its owner or the firm's staff, finds no secret in it."""
    partner = Attacker(house, "partner")
    made = await added(partner, key="api3-secret")
    (secret,) = [value for value in made["secret"].values() if str(value).startswith("whsec_")]
    at = f"/webhook-endpoints/{made['endpoint']['endpoint_id']}"
    by_owner = await partner.ask("GET", PARTNERS + at)
    by_staff = await Attacker(house, "platform").ask("GET", f"/process/webhooks{at.replace('webhook-', '')}")

    assert [200, 200] == [by_owner.status_code, by_staff.status_code]
    assert secret not in by_owner.text + by_staff.text


async def test_a_proposal_names_its_author_by_the_token(house: Ground) -> None:
    """Who proposed is read from the token; a body that says otherwise is refused."""
    platform = Attacker(house, "platform")
    body = {
        "connection": "crm-emea",
        "changed_at": "2026-11-20T09:00:00Z",
        "fields": {"name": "Acme"},
        "by": "tara.tax",
    }
    answer = await platform.ask("PUT", "/process/master_data/records/customer/cus-api3", body)

    assert (422, "/by") == (answer.status_code, answer.json()["errors"][0]["pointer"])
