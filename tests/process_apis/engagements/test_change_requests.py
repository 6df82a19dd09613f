"""Change requests: asked once by somebody who belongs to the project, decided by delivery, read by who asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.casework import CaseState
from contracts.problem import Kind, Problem
from contracts.process.change_requests import ChangeRequest, ChangeState, RaiseChange
from kit.caller import Caller, calling
from tests.process_apis.engagements.world import World, world

CELINE = Caller(subject="celine", roles=frozenset({"client_project"}), organisations=frozenset({"cus-1"}))
CLARA = Caller(subject="clara", roles=frozenset({"client_sponsor"}), organisations=frozenset({"cus-1"}))
COLIN = Caller(subject="colin", roles=frozenset({"client_finance"}), organisations=frozenset({"cus-1"}))
RITA = Caller(subject="rita", roles=frozenset({"client_sponsor"}), organisations=frozenset({"cus-9"}))


async def ask(place: World, *, by: Caller = CELINE, key: str = "k", **changes: Any) -> ChangeRequest:
    """A change is asked for."""
    facts: dict[str, Any] = {"title": "A second site", "text": "Lyon as well", "budget": Decimal("100.00")}
    with calling(by):
        asked = await place.changes.ask(project_id="prj-a", body=RaiseChange(**(facts | changes)), idempotency_key=key)
    cases = (await place.durable.casebook.cases(process="change_request")).items
    await place.durable.settled(next(each.case_id for each in cases if each.business_key == asked.request_id))
    return asked


async def read(place: World, request_id: str, *, by: Caller = CLARA) -> ChangeRequest:
    with calling(by):
        return await place.changes.request(request_id=request_id)


async def decide(place: World, *, approve: bool, comment: str) -> None:
    """Delivery decides the one that is open."""
    (asked,) = (await place.durable.casebook.approvals()).items
    await place.durable.casebook.decide(
        asked.approval_id, approve=approve, by="dora", etag=asked.etag, key="d", comment=comment
    )
    await place.durable.settled(asked.case_id)


@pytest.mark.req(133, 142, 210)
@pytest.mark.parametrize(("approve", "state"), [(True, ChangeState.APPROVED), (False, ChangeState.REJECTED)])
async def test_a_request_is_decided_and_the_answer_is_read(*, approve: bool, state: ChangeState) -> None:
    """The decision is bound to what was asked, in the name of who asked; it changes nothing by itself."""
    async with world() as place:
        await place.case("a")
        asked = await ask(place)
        (card,) = (await place.durable.casebook.approvals()).items
        await decide(place, approve=approve, comment="We will see to it.")
        found = await read(place, asked.request_id)

    assert (ChangeState.OPEN, "100.00") == (asked.state, str(asked.budget and asked.budget.amount))
    assert ("change_request", "scope", "celine") == (card.object, card.attribute, card.submitted_by)
    assert "Lyon as well" == card.evidence["text"]
    assert (state, "We will see to it.") == (found.state, found.answer)
    assert found.decided_at is not None


@pytest.mark.req(210, 243)
async def test_the_same_wish_under_the_same_key_is_one_request() -> None:
    """Sent again it is the same; with other words the key is refused; another key or person is another request."""
    async with world() as place:
        await place.case("a")
        first, again = await ask(place), await ask(place)
        with pytest.raises(Problem) as reused:
            await ask(place, text="Nice as well")
        other, hers = await ask(place, key="k2"), await ask(place, by=CLARA)
        with calling(COLIN):
            page = await place.changes.requests(project_id="prj-a", limit=2)
            rest = await place.changes.requests(project_id="prj-a", limit=2, cursor=page.next_cursor or "")

    assert first.request_id == again.request_id
    assert "idempotency_key_reused" == reused.value.code
    listed = {each.request_id for each in (*page.items, *rest.items)}
    assert ({first.request_id, other.request_id, hers.request_id}, None) == (listed, rest.next_cursor)


@pytest.mark.req(210, 300)
async def test_another_organisation_neither_asks_nor_reads() -> None:
    """A project and a request of somebody else's do not exist; a role is needed besides."""
    async with world() as place:
        await place.case("a")
        asked = await ask(place)
        codes = []
        with calling(RITA):
            assert [] == (await place.changes.requests()).items
            for call in (
                place.changes.request(request_id=asked.request_id),
                place.changes.withdraw(request_id=asked.request_id, idempotency_key="w"),
                place.changes.ask(
                    project_id="prj-a", body=RaiseChange(title="Mine", text="Not mine"), idempotency_key="k"
                ),
            ):
                with pytest.raises(Problem) as refused:
                    await call
                codes.append(refused.value.code)
        with pytest.raises(Problem) as forbidden:
            await ask(place, by=COLIN)

    assert ["change_request_not_found", "change_request_not_found", "project_not_found"] == codes
    assert (Kind.FORBIDDEN, "role_missing") == (forbidden.value.kind, forbidden.value.code)


@pytest.mark.req(210)
async def test_a_request_is_withdrawn_while_nobody_has_decided() -> None:
    """The approval goes with it; one that was decided stands."""
    async with world() as place:
        await place.case("a")
        asked, kept = await ask(place), await ask(place, key="k2")
        with calling(CELINE):
            gone = await place.changes.withdraw(request_id=asked.request_id, idempotency_key="w")
            cases = (await place.durable.casebook.cases(process="change_request")).items
            for case in cases:
                await place.durable.settled(case.case_id)
            again = await place.changes.withdraw(request_id=asked.request_id, idempotency_key="w")
        await decide(place, approve=True, comment="yes")
        with calling(CELINE), pytest.raises(Problem) as late:
            await place.changes.withdraw(request_id=kept.request_id, idempotency_key="w2")

    assert (ChangeState.WITHDRAWN, gone) == (gone.state, again)
    assert "change_decided" == late.value.code


@pytest.mark.req(246)
async def test_silence_is_no_answer() -> None:
    """When nobody decided in time somebody sees to it that somebody does, and it is asked again."""
    async with world() as place:
        await place.case("a")
        asked = await ask(place)
        (case,) = (await place.durable.casebook.cases(process="change_request")).items
        place.clock.advance(121 * 3_600)
        await place.durable.tick()
        await place.durable.settled(case.case_id)
        (item,) = (await place.durable.casebook.exceptions()).items
        waiting = await read(place, asked.request_id)
        await place.durable.casebook.fix(item.exception_id, values={"ask_again_1": "yes"}, by="olivia", key="f")
        await place.durable.settled(case.case_id)
        await decide(place, approve=True, comment="at last")
        found = await read(place, asked.request_id)
        closed = await place.durable.standing(case.case_id)

    assert ("APPROVAL_EXPIRED", ChangeState.OPEN) == (item.code, waiting.state)
    assert (ChangeState.APPROVED, CaseState.COMPLETED) == (found.state, closed.summary.state)


@pytest.mark.req(210)
@pytest.mark.parametrize("budget", ["0", "-1.00", "NaN", "0.001"])
async def test_a_budget_that_is_no_amount_is_refused(budget: str) -> None:
    """Nothing, less than nothing, no number, or finer than the currency of the contract."""
    async with world() as place:
        await place.case("a")
        with pytest.raises(Problem) as refused:
            await ask(place, budget=Decimal(budget))

    assert (Kind.INVALID, "/budget") == (refused.value.kind, refused.value.errors[0].pointer)
