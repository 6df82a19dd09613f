"""A hard-closed month is opened by two people in two roles, and by nobody alone (rule CTL-5)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.canonical.agreements import PeriodState
from contracts.canonical.casework import CaseFile, CaseState
from contracts.events.billing import PeriodReopened
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import ReopenedState, SetPeriod, StartReopening
from kit.caller import calling
from kit.durable import Effect
from process_apis.casework.governance import governing
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.reopening import ReopeningSteps
from tests.process_apis.time_to_bill.office import BIANCA, Office, completed, office


async def close(desk: Office, state: PeriodState = PeriodState.HARD_CLOSED) -> None:
    """Close June."""
    with calling(BIANCA):
        body = SetPeriod(state=state, reason="month-end")
        await desk.service.set_period(legal_entity_id="SG-DE", period="2026-06", body=body)


async def ask(desk: Office, **changes: Any) -> CaseFile:
    """Ask for June to be opened, as far as it goes by itself."""
    facts: dict[str, Any] = {
        "reopening_id": "ro-1",
        "legal_entity_id": "SG-DE",
        "period": "2026-06",
        "reason": "an invoice was dated wrongly",
        "state": ReopenedState.OPEN,
    }
    with calling(BIANCA):
        start = StartReopening(**(facts | changes))
        started = await desk.service.reopen(body=start, idempotency_key=start.reopening_id)
    return await desk.settled(started.case_id)


async def state_of(desk: Office) -> tuple[PeriodState, str]:
    found = await desk.service.period(legal_entity_id="SG-DE", period="2026-06")
    return found.state, found.changed_by


@pytest.mark.req(181)
async def test_two_people_open_a_hard_closed_month_one_after_the_other() -> None:
    """The first alone opens nothing; after the second it is open, both stand on it, and it is told."""
    async with office() as desk:
        await close(desk)
        case = await ask(desk)
        roles = [(await desk.durable.casebook.approvals()).items[0].role]
        await desk.decide(case.summary.case_id, by="lena.lead")
        between = await state_of(desk)
        roles.append((await desk.durable.casebook.approvals()).items[0].role)
        done = await desk.decide(case.summary.case_id, by="olivia.ops")
        after = await state_of(desk)
        (event,) = [each for each in await desk.events() if each.type == PeriodReopened.TYPE]

    assert ["finance_lead", "operations"] == roles
    assert PeriodState.HARD_CLOSED is between[0]
    assert completed(done)
    assert (PeriodState.OPEN, "lena.lead and olivia.ops") == after
    assert "ro-1" == event.subject


@pytest.mark.req(181)
@pytest.mark.parametrize("people", [("lena.lead", "lena.lead"), ("lena.lead", BIANCA.subject)])
async def test_one_person_in_two_roles_and_whoever_asked_are_not_two(people: tuple[str, str]) -> None:
    """The month stays closed, whoever let the second decision through."""
    async with office() as desk:
        await close(desk)
        case = await ask(desk)
        for by in people:
            case = await desk.decide(case.summary.case_id, by=by)

        assert CaseState.UNWOUND is case.summary.state
        assert PeriodState.HARD_CLOSED is (await state_of(desk))[0]


@pytest.mark.req(181)
@pytest.mark.parametrize("refused", [0, 1])
async def test_one_refusal_is_enough(refused: int) -> None:
    """Of the first or the second: the month stays closed."""
    async with office() as desk:
        await close(desk)
        case = await ask(desk)
        for number, by in enumerate(("lena.lead", "olivia.ops")[: refused + 1]):
            case = await desk.decide(case.summary.case_id, by=by, approve=number != refused)

        assert CaseState.UNWOUND is case.summary.state
        assert PeriodState.HARD_CLOSED is (await state_of(desk))[0]


@pytest.mark.req(181)
@pytest.mark.parametrize("state", [PeriodState.OPEN, PeriodState.SOFT_CLOSED])
async def test_a_month_that_is_not_hard_closed_needs_no_reopening(state: PeriodState) -> None:
    """It is refused at once: a soft-closed one is opened as it was closed."""
    async with office() as desk:
        await close(desk, state)
        with pytest.raises(Problem) as refused:
            await ask(desk)

    assert (Kind.CONFLICT, "period_not_hard_closed") == (refused.value.kind, refused.value.code)


@pytest.mark.req(181)
async def test_it_may_be_opened_to_finance_alone() -> None:
    """Soft-closed it takes no bookings, and can be opened and closed as usual."""
    async with office() as desk:
        await close(desk)
        case = await ask(desk, state=ReopenedState.SOFT_CLOSED)
        for by in ("lena.lead", "olivia.ops"):
            await desk.decide(case.summary.case_id, by=by)
        state, _ = await state_of(desk)
        await close(desk, PeriodState.OPEN)

        assert PeriodState.SOFT_CLOSED is state
        assert PeriodState.OPEN is (await state_of(desk))[0]


@pytest.mark.req(181)
async def test_where_the_matrix_orders_both_roles_nobody_is_asked_twice() -> None:
    """One approval with two roles: the first voice leaves it open, the second opens the month."""
    async with office(governance=governing()) as desk:
        await close(desk)
        case = await ask(desk)
        states = []
        for by in ("lena.lead", "olivia.ops"):
            case = await desk.decide(case.summary.case_id, by=by)
            states.append(case.summary.state)
        after = await state_of(desk)

    assert [CaseState.WAITING_APPROVAL, CaseState.COMPLETED] == states
    assert (PeriodState.OPEN, "lena.lead and olivia.ops") == after


@pytest.mark.req(181)
async def test_two_people_who_break_the_glass_are_two_people() -> None:
    """One asks, another confirms: the month is open, under both their names."""
    async with office(governance=governing()) as desk:
        await close(desk)
        case = await ask(desk)
        (asked,) = (await desk.durable.casebook.approvals()).items
        for by in ("uma.urgent", "victor.vital"):
            await desk.durable.casebook.breaking.break_glass(
                asked.approval_id, reason="auditors wait", etag=asked.etag, by=by, key=by
            )
        done = await desk.settled(case.summary.case_id)
        after = await state_of(desk)

    assert completed(done)
    assert (PeriodState.OPEN, "uma.urgent and victor.vital") == after


@pytest.mark.req(181)
@pytest.mark.parametrize("meanwhile", [None, PeriodState.SOFT_CLOSED], ids=["untouched", "changed since"])
async def test_a_reopening_that_is_given_up_closes_the_month_again(meanwhile: PeriodState | None) -> None:
    """Unless somebody has decided about it since; taken back twice it is closed once."""
    effect = Effect(key="k", case_id="c", tenant="default", business_key="ro-1", attempt=1, revision=1, fixes={})
    start = StartReopening(
        reopening_id="ro-1", legal_entity_id="SG-DE", period="2026-06", reason="wrong date", state=ReopenedState.OPEN
    )
    async with office() as desk:
        await close(desk)
        steps = ReopeningSteps(accounts=desk.accounts, durable=lambda: desk.durable, config=Config())
        opened = await steps.reopen.raw(effect, start, ["lena.lead", "olivia.ops"])
        if meanwhile is not None:
            await close(desk, meanwhile)
        for _ in range(2):
            await steps.close_again(effect, start, ["lena.lead", "olivia.ops"])
        after = await state_of(desk)

    assert PeriodState.OPEN is opened.state
    assert (meanwhile or PeriodState.HARD_CLOSED) is after[0]
