"""What may tell of health or pay does not leave the door for whoever lacks the scope, by the routes as they stand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

import gateway
from gateway.snapshot import Snapshot, compile_snapshot
from kit.caller import Caller
from kit.door.returned import Returned
from kit.tier.documents import committed
from policies import mask
from tests.policies.table import Given, decide

pytestmark = pytest.mark.req(83, 291)

ROUTES: Final = Path(gateway.__file__).with_name("routes.toml")
ABSENCES: Final = {
    "absences": [
        {
            "absence_id": "t1",
            "worker_id": "21002",
            "starts_on": "2027-01-11",
            "ends_on": "2027-01-12",
            "quantity": "8",
            "unit": "hours",
            "kind": "sickness",
            "approved": True,
        }
    ],
    "cursor": "",
}
RATES: Final = {
    "rates": [
        {
            "worker_id": "21002",
            "hourly_rate": {"amount": "92.50", "currency": "EUR"},
            "effective_from": "2026-01-01",
            "effective_to": None,
        }
    ],
    "cursor": "",
}


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """What is offered, from the committed routes and documents."""
    tiers = {tier: f"http://{tier}.test" for tier in ("experience", "process", "system")}
    return compile_snapshot(routes=ROUTES, documents=committed(), upstreams=tiers, now=datetime.now(UTC))


async def seen(snapshot: Snapshot, name: str, document: Any, *scopes: str) -> Any:
    """What a caller with these scopes gets of an operation's answer."""
    operation = next(each for each in snapshot.operations if each.name.endswith(f".{name}"))
    policy = mask.Mask(mask.Config(), operations=[operation], hidden=snapshot.life.hidden)
    caller = Caller(subject="a", scopes=frozenset(scopes))
    request = (await decide(policy, Given(operation=operation, caller=caller))).request
    returned = Returned(200, json.dumps(document).encode())
    for edit in request.edits:
        assert edit.run(returned) is None
    return msgspec.json.decode(returned.raw)


@pytest.mark.parametrize(("scope", "shown"), [("hr:read", False), ("hr:restricted", True), ("hr:*", True)])
async def test_why_somebody_is_away_is_shown_to_few(snapshot: Snapshot, scope: str, *, shown: bool) -> None:
    """When and how long is for everybody who plans; the reason may tell of health."""
    (absence,) = (await seen(snapshot, "hr_absences", ABSENCES, scope))["absences"]

    assert shown is ("kind" in absence)
    assert ("2027-01-11", "8") == (absence["starts_on"], absence["quantity"])


@pytest.mark.parametrize(("scope", "shown"), [("hr:read", False), ("hr:*", True)])
async def test_what_an_hour_costs_is_shown_to_few(snapshot: Snapshot, scope: str, *, shown: bool) -> None:
    """It tells of pay: the operation has a scope of its own, and the rate is left out even for who came past that."""
    (rate,) = (await seen(snapshot, "hr_cost_rates", RATES, scope))["rates"]
    operation = next(each for each in snapshot.operations if each.name.endswith(".hr_cost_rates"))

    assert shown is ("hourly_rate" in rate)
    assert (frozenset({"hr:restricted"}),) == operation.scopes
