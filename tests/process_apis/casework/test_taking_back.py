"""A decision may be taken back for some seconds, in which nothing follows from it and nobody is told."""

import pytest
import sqlalchemy as sa

from contracts.canonical.casework import Approval, ApprovalState, CaseState
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide
from kit.caller import Caller, calling
from kit.store.tables import EVENT_LOG
from tests.process_apis.casework.governed import TARA, TOM, Queue, queue

UNDO_S = 10


async def decide(at: Queue, caller: Caller, approval_id: str, key: str, *, approve: bool = True) -> Approval:
    etag = (await at.durable.casebook.approval(approval_id)).etag
    with calling(caller):
        body = Decide(approve=approve, comment="as discussed", undo_s=UNDO_S)
        return await at.service.decide(approval_id=approval_id, body=body, if_match=etag, idempotency_key=key)


async def take_back(at: Queue, caller: Caller, approval_id: str, key: str = "back") -> Approval:
    with calling(caller):
        return await at.service.take_back(approval_id=approval_id, idempotency_key=key)


async def told(at: Queue) -> list[str]:
    """The ids of what was told of decisions."""
    async with at.durable.store.read() as connection:
        found = (await connection.execute(sa.select(EVENT_LOG.c.event_id))).scalars()
        return [each for each in found if each.endswith("--decided")]


@pytest.mark.req(142, 211)
async def test_nothing_follows_from_a_decision_until_it_can_no_longer_be_taken_back() -> None:
    """The case waits and nobody is told; when the seconds are over it goes on by itself, and is told once."""
    async with queue() as at:
        approval = await at.asked()
        decided = await decide(at, TARA, approval.approval_id, "k")
        waiting = await at.case_state(approval.case_id), await told(at)
        at.clock.advance(UNDO_S)
        await at.durable.tick()
        done = await at.case_state(approval.case_id), await told(at)

        assert ApprovalState.APPROVED is decided.state
        assert at.clock.now() == decided.verdicts[0].effective_at
        assert (CaseState.WAITING_APPROVAL, []) == waiting
        assert (CaseState.COMPLETED, [f"{approval.approval_id}--decided"]) == done
        with pytest.raises(Problem) as late:
            await take_back(at, TARA, approval.approval_id)
        assert (Kind.CONFLICT, "decision_in_effect") == (late.value.kind, late.value.code)


@pytest.mark.req(142, 211)
async def test_what_was_taken_back_is_open_again_and_decided_anew() -> None:
    """Twice sent is once; the seconds of the first decision let nothing happen; another decision ends it."""
    async with queue() as at:
        approval = await at.asked()
        await decide(at, TARA, approval.approval_id, "k1", approve=False)
        await at.durable.settled(approval.case_id)
        opened = [await take_back(at, TARA, approval.approval_id) for _ in range(2)]
        at.clock.advance(2 * UNDO_S)
        await at.durable.tick()
        still = await at.case_state(approval.case_id)
        again = await decide(at, TARA, approval.approval_id, "k2")
        await at.durable.settled(approval.case_id)
        at.clock.advance(UNDO_S)
        await at.durable.tick()
        done = await at.case_state(approval.case_id)
        trail = [entry.what for entry in (await at.durable.casebook.timeline(approval.case_id)).entries]

        assert opened[0] == opened[1]
        assert (ApprovalState.OPEN, [], approval.etag) == (opened[0].state, opened[0].verdicts, opened[0].etag)
        assert approval.escalates_at == opened[0].escalates_at
        assert CaseState.WAITING_APPROVAL is still
        assert (ApprovalState.APPROVED, CaseState.COMPLETED) == (again.state, done)
        assert ["approval rejected", "decision taken back", "approval approved"] == [
            what for what in trail if what.startswith(("approval rej", "approval app", "decision"))
        ]


@pytest.mark.req(142)
async def test_only_whoever_decided_takes_back_and_only_what_ended_it() -> None:
    """Another person is refused; an approval of the first of two steps was no end, so it stands at once."""
    async with queue() as at:
        one, two = await at.asked("one"), await at.asked("two", amount="6000000")
        await decide(at, TARA, one.approval_id, "k")
        first = await decide(at, TARA, two.approval_id, "k2")
        refusals = []
        for caller, approval in ((TOM, one), (TARA, two)):
            with pytest.raises(Problem) as refused:
                await take_back(at, caller, approval.approval_id)
            refusals.append(refused.value.code)

        assert (2, None) == (first.step, first.verdicts[0].effective_at)
        assert ["decision_of_another", "decision_in_effect"] == refusals
