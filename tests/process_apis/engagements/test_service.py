"""Engagements: whose they are, what was agreed, what is booked, and who took note of what."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from contracts.canonical.casework import CaseState
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.process.engagements import Acknowledge, EngagementState
from kit.caller import Caller, calling
from kit.store.tables import AUDIT
from process_apis.engagements import rules
from tests.process_apis.engagements.world import ACME, CONFIG, OLIVIA, RIVAL, STRANGER, deal, receipt, world


@pytest.mark.req(212, 300)
@pytest.mark.parametrize(
    ("caller", "seen"),
    [(ACME, ["prj-b", "prj-a"]), (RIVAL, ["prj-c"]), (STRANGER, []), (OLIVIA, ["prj-c", "prj-b", "prj-a"])],
)
async def test_a_caller_sees_their_own_customers_and_nobody_elses(caller: Caller, seen: list[str]) -> None:
    """Newest change first; staff see all; who is mapped to nobody sees nothing."""
    async with world() as place:
        await place.case("a", customer="cus-1")
        await place.case("b", customer="cus-2")
        await place.case("c", customer="cus-9")
        await place.case("other-tenant", customer="cus-1", tenant="else")
        with calling(caller):
            page = await place.service.projects()

        assert seen == [each.project_id for each in page.items]


@pytest.mark.req(300)
@pytest.mark.parametrize("caller", [RIVAL, STRANGER])
async def test_what_is_somebody_elses_does_not_exist(caller: Caller) -> None:
    """404 for every operation, before any system is asked."""
    async with world() as place:
        await place.case("a")
        with calling(caller):
            for call in (place.service.project, place.service.staffing, place.service.billing, place.service.invoices):
                with pytest.raises(Problem) as refused:
                    await call(project_id="prj-a")
                assert Kind.NOT_FOUND is refused.value.kind
            with pytest.raises(Problem) as refused:
                await place.service.acknowledge(
                    project_id="prj-a", request_id="stf-a-1", body=Acknowledge(), idempotency_key="k"
                )
        assert Kind.NOT_FOUND is refused.value.kind
        assert [] == place.crm.callers


async def test_pages_follow_their_cursor_and_lose_nothing() -> None:
    """Each engagement once, whatever the page's size; a state narrows."""
    async with world() as place:
        for number in range(5):
            await place.case(f"d{number}", state="completed" if number % 2 else "running")
        seen: list[str] = []
        cursor = ""
        with calling(ACME):
            while True:
                page = await place.service.projects(cursor=cursor, limit=2)
                seen += [each.project_id for each in page.items]
                if page.next_cursor is None:
                    break
                cursor = page.next_cursor
            active = await place.service.projects(state=EngagementState.ACTIVE)
        assert ["prj-d4", "prj-d3", "prj-d2", "prj-d1", "prj-d0"] == seen
        assert ["prj-d3", "prj-d1"] == [each.project_id for each in active.items]


async def test_a_second_attempt_at_a_deal_stands_for_both() -> None:
    """What was taken back and begun again is one engagement, as it stands now; what is not planned yet is none."""
    async with world() as place:
        await place.case("a", state="unwound")
        await place.case("a", state="running", revision=2)
        await place.case("unplanned", state="exception", project_id="")
        with calling(ACME):
            page = await place.service.projects()

        assert [("prj-a", EngagementState.PREPARING)] == [(each.project_id, each.state) for each in page.items]


async def test_an_engagement_tells_what_was_agreed_and_asks_in_its_own_name() -> None:
    """From the CRM, with reading scopes that the partner does not hold, and the partner named as who is spoken for."""
    async with world() as place:
        await place.case("a")
        with calling(ACME):
            found = await place.service.project(project_id="prj-a")
        (asked,) = place.crm.callers

        assert ("2027-01-04", "2028-02-28") == (found.starts_on.isoformat(), found.ends_on.isoformat())
        assert ("SOW-1", "dana@firm.example") == (found.order_reference, found.delivery_owner)
        assert ("process:engagements", frozenset({"crm:read", "erp:read"})) == (asked.subject, asked.scopes)
        assert "acme" in asked.actor


@pytest.mark.parametrize("booked", [True, False])
async def test_billing_points_sum_to_the_contract_and_the_books_say_whether_they_stand(*, booked: bool) -> None:
    """Milestone shares to the cent; a schedule that the ERP does not know is not booked."""
    async with world() as place:
        await place.case("a")
        place.erp.receipt = receipt("a") if booked else None
        with calling(ACME):
            found = await place.service.billing(project_id="prj-a")

        names = [(point.name, str(point.amount.amount)) for point in found.points]
        assert [("Onboarding: Start", "33.33"), ("Onboarding: End", "66.67"), ("Service", "200.00")] == names
        assert (booked, 15 if booked else 0) == (found.booked, found.booked_lines)
        assert Money(amount=Decimal("300.00"), currency="EUR") == found.total


async def test_a_request_is_acknowledged_once() -> None:
    """The same caller may say it again; somebody else is told that it was noted; the audit trail has one line."""
    async with world() as place:
        await place.case("a")
        said = {"project_id": "prj-a", "request_id": "stf-a-2", "idempotency_key": "k"}
        with calling(ACME):
            first = await place.service.acknowledge(body=Acknowledge(note="seen"), **said)
            place.clock.advance(60)
            again = await place.service.acknowledge(body=Acknowledge(note="again"), **said)
            listed = await place.service.staffing(project_id="prj-a")
        with calling(OLIVIA), pytest.raises(Problem) as refused:
            await place.service.acknowledge(body=Acknowledge(), **said)
        async with place.store.read() as connection:
            trail = list(await connection.execute(sa.select(AUDIT.c.actor, AUDIT.c.detail)))

        assert first == again
        assert [None, first.acknowledged] == [each.acknowledged for each in listed.items]
        assert Kind.CONFLICT is refused.value.kind
        assert [("acme", "stf-a-2")] == trail


async def test_a_request_that_is_none_is_not_found() -> None:
    """Neither another number nor another deal's."""
    async with world() as place:
        await place.case("a")
        with calling(ACME), pytest.raises(Problem) as refused:
            await place.service.acknowledge(
                project_id="prj-a", request_id="stf-b-1", body=Acknowledge(), idempotency_key="k"
            )

        assert "request_not_found" == refused.value.code


def test_every_state_of_a_case_is_a_state_of_an_engagement() -> None:
    """A new state of cases must be given a meaning here."""
    assert set(CaseState) == set(rules.STATES)
    assert set(EngagementState) == {state for state in EngagementState if rules.behind(state)}


def test_a_deal_without_lines_still_has_a_period() -> None:
    """The close date stands in."""
    assert ("2026-11-19", "2026-11-19") == tuple(day.isoformat() for day in rules.period(deal(lines=[])))
    assert frozenset() == rules.customers_of(STRANGER, CONFIG)
