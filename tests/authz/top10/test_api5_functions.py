"""API5:2023, broken function level authorization: functions of somebody else, by name, by method and by path."""

from __future__ import annotations

import pytest

from tests.authz.ground import Ground
from tests.authz.top10.attacking import Attacker

pytestmark = [pytest.mark.authz, pytest.mark.asyncio(loop_scope="package"), pytest.mark.req(289, 300)]
WIDE = ("*", "*:*", "cases", "cases:READ", "cases:rea", "exceptions:*", "CASES:*", "cases:*:read")
BENT = (
    "/experience/../process/casework/cases",
    "/experience/%2e%2e/process/casework/cases",
    "/experience/partners/..%2f..%2fprocess/casework/cases",
    "//process/casework/cases",
    "/PROCESS/casework/cases",
    "/process/casework/cases;a=b",
    "/process/casework//cases",
    "/process/casework/cases/",
    "/process/casework/cases%00",
    "/process%2fcasework/cases",
)


async def test_no_scope_means_more_than_it_says(house: Ground) -> None:
    """Stars, other letters and halves of names open nothing; the family's own star does."""
    at = "/experience/control_tower/cases"
    codes = {each: (await Attacker(house, "partner", (each,)).ask("GET", at)).status_code for each in WIDE}
    own = await Attacker(house, "partner", ("cases:*",)).ask("GET", at)

    assert dict.fromkeys(WIDE, 403) == codes
    assert 200 == own.status_code


@pytest.mark.parametrize("path", BENT)
async def test_a_bent_path_leads_to_no_function(house: Ground, path: str) -> None:
    """Whoever holds a scope of the experience does not come to the process by another way of writing it."""
    answer = await Attacker(house, "partner", ("engagements:read",)).ask("GET", path)

    assert answer.status_code in {400, 403, 404}


async def test_a_method_cannot_be_smuggled(house: Ground) -> None:
    """Fields that name another method are not heard; methods that no contract names are refused."""
    reader = Attacker(house, "partner", ("webhooks:read",))
    at = "/experience/partners/webhook-endpoints"
    overridden = await reader.ask("GET", at, x_http_method_override="DELETE", x_method_override="POST")
    codes = [(await reader.ask(method, at)).status_code for method in ("POST", "DELETE", "PATCH", "TRACE", "PROPFIND")]

    assert 200 == overridden.status_code
    assert 403 == codes[0]
    assert {400, 404, 405, 501} >= set(codes[1:])


async def test_the_gateways_own_office_asks_for_its_own_scopes(house: Ground) -> None:
    """Reading it is not changing it, and no scope of an operation is one of the office."""
    at = "/_gateway"
    operator = Attacker(house, "platform", ("gateway:read",))
    outsider = Attacker(house, "platform")
    codes = [
        (await operator.ask("POST", f"{at}/apply", {})).status_code,
        (await operator.ask("POST", f"{at}/reload", {})).status_code,
        (await outsider.ask("GET", f"{at}/facts")).status_code,
        (await outsider.ask("GET", f"{at}/routes")).status_code,
        (await outsider.ask("GET", f"{at}/usage")).status_code,
    ]

    assert [403] * 5 == codes
    assert 200 == (await operator.ask("GET", f"{at}/facts")).status_code
