"""The main story through every tier, and what happens to those who come with bad papers."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contracts.canonical.casework import ApprovalState, CaseState, Cause, ExceptionState
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide, Fix
from kit.cli.demo.journey import Told
from kit.cli.demo.play import Cast, tell
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.landscape import Landscape

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def landscape() -> AsyncIterator[Landscape]:
    """Estate atlantic, raised once for all tests of this file."""
    async with embedded(estate("atlantic")) as raised:
        yield raised


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def told(landscape: Landscape) -> Told:
    """The story, told once."""
    return await tell(landscape, watch=lambda case, acts: None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(landscape: Landscape) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody outside, in front of the gateway."""
    async with httpx.AsyncClient(base_url=landscape.addresses["gateway"]) as client:
        yield client


def bearer(landscape: Landscape, person: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {landscape.people[person]}"}


async def state_of(landscape: Landscape, connection: str) -> dict[str, Any]:
    """Everything a simulator holds."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{landscape.vendors[connection]}/_sandbox/state")
    return dict(answer.json())


@pytest.mark.req(120, 131, 132, 134, 137, 138, 143, 343)
async def test_a_won_deal_becomes_a_billable_project(told: Told) -> None:
    """S1: customer, project, workspace and schedule stand, sales is told, and the totals tie to the cent."""
    journey = told.journey

    assert CaseState.COMPLETED is told.case.summary.state
    assert all((journey.customer.erp_id, journey.project.erp_id, journey.project.psa_id))
    assert (Decimal("1420000.00"), "EUR") == (journey.billing_schedule.total, journey.billing_schedule.currency)
    assert journey.ties
    assert "ready" == journey.crm_status


@pytest.mark.req(94, 142, 245, 247)
async def test_people_were_asked_once_for_each_question(told: Told) -> None:
    """The missing tax code was one exception and the border one approval; each wait has its cause."""
    causes = [wait.cause for wait in told.case.waits]

    assert (1, 1) == (causes.count(Cause.DATA_QUALITY), causes.count(Cause.WAITING_APPROVAL))
    assert all(wait.ended_at is not None for wait in told.case.waits)


@pytest.mark.req(111)
async def test_each_system_holds_each_thing_once(landscape: Landscape, told: Told) -> None:
    """One customer with its parent, one project, one order; one workspace, one client."""
    books = (await state_of(landscape, "erp-main"))["records"]
    delivery = await state_of(landscape, "psa-main")

    assert (2, 1, 1) == (len(books["customer"]), len(books["job"]), len(books["salesOrder"]))
    assert (1, 1) == (len(delivery["workspaces"]), len(delivery["workspace_groups"]))


@pytest.mark.req(263)
async def test_the_timeline_tells_who_did_what(landscape: Landscape, told: Told) -> None:
    """People's acts stand in the audit trail under their names."""
    cast = Cast(landscape)
    timeline = await cast.tower.timeline(case_id=told.journey.case_id)
    await cast.close()

    assert "tara.tax" in {entry.actor for entry in timeline.entries}
    assert sorted(entry.at for entry in timeline.entries) == [entry.at for entry in timeline.entries]


async def test_one_trace_joins_the_case(told: Told) -> None:
    """The trace id stands on the case, as 32 hexadecimal digits."""
    assert 32 == len(told.journey.trace_id)
    assert int(told.journey.trace_id, 16)


@pytest.mark.req(2, 289)
@pytest.mark.parametrize("papers", [None, "Bearer nonsense", "Basic abc"])
async def test_without_good_papers_nobody_passes(http: httpx.AsyncClient, papers: str | None) -> None:
    """401 as a problem with a code, a trace and a challenge."""
    headers = {"Authorization": papers} if papers else {}
    answer = await http.get("/experience/control_tower/cases", headers=headers)

    told = answer.json()
    assert (401, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert told["code"]
    assert told["trace_id"]


@pytest.mark.req(2)
async def test_a_token_without_the_scope_is_refused(landscape: Landscape, http: httpx.AsyncClient) -> None:
    """Sales may close deals; the control tower is not theirs."""
    answer = await http.get("/experience/control_tower/cases", headers=bearer(landscape, "sam.sales"))

    assert 403 == answer.status_code


async def test_an_unknown_case_is_not_found(landscape: Landscape, http: httpx.AsyncClient) -> None:
    """404, not an empty page and not a fault of ours."""
    answer = await http.get("/experience/control_tower/cases/no-such", headers=bearer(landscape, "olivia.ops"))

    assert (404, "not_found") == (answer.status_code, answer.json()["kind"])


@pytest.mark.req(4)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"values": {}, "extra": 1}', 422),
        (b'{"values": 7}', 422),
        (b'{"values": ', 400),
        (b'{"values": {"x": "' + b"y" * 2_000_000 + b'"}}', 413),
    ],
)
async def test_a_bad_body_is_refused_with_its_reason(
    landscape: Landscape, http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    """Unknown field, wrong type, malformed, too large: told apart, as problems, before any tier is asked."""
    headers = {**bearer(landscape, "olivia.ops"), "Idempotency-Key": "k1", "Content-Type": "application/json"}
    answer = await http.post("/experience/control_tower/exceptions/x/fix", content=body, headers=headers)

    assert status == answer.status_code
    if status == 422:
        assert answer.json()["errors"][0]["pointer"].startswith("/")


async def test_a_fix_of_what_is_fixed_is_refused(landscape: Landscape, told: Told) -> None:
    """The exception was answered; a second answer is a conflict and changes nothing."""
    cast = Cast(landscape)
    done = await cast.tower.exceptions(state=ExceptionState.FIXED, case_id=told.journey.case_id)
    tower = cast.of("tara.tax").at(ControlTower, "/experience/control_tower")
    with pytest.raises(Problem) as caught:
        await tower.fix(
            exception_id=done.items[0].exception_id, body=Fix(values={"tax_code": "DE-S-19"}), idempotency_key="other"
        )
    await cast.close()

    assert Kind.CONFLICT is caught.value.kind


@pytest.mark.req(142)
@pytest.mark.parametrize("tag", ['"stale"', None])
async def test_a_decision_on_something_else_is_refused(landscape: Landscape, told: Told, tag: str | None) -> None:
    """Once decided, a card cannot be decided again, whatever ETag is sent: 409."""
    cast = Cast(landscape)
    desk = cast.of("tara.tax").at(Approvals, "/experience/approvals")
    card = (await desk.queue(state=ApprovalState.APPROVED)).items[0]
    with pytest.raises(Problem) as caught:
        await desk.decide(
            approval_id=card.approval_id,
            body=Decide(approve=False, comment="on second thought"),
            if_match=tag or f'"{card.etag}"',
            idempotency_key="second-thought",
        )
    await cast.close()

    assert 409 == caught.value.status


async def test_the_tiers_do_not_answer_behind_the_gateway(landscape: Landscape) -> None:
    """A person's token is worth nothing at a tier: only the gateway's own token opens it."""
    async with httpx.AsyncClient(base_url=landscape.addresses["experience"]) as client:
        answer = await client.get("/control_tower/cases", headers=bearer(landscape, "olivia.ops"))

    assert 401 == answer.status_code
