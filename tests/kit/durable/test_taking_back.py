"""Taking a decision back on real databases: the run's own timer lets it take effect, and neither happens twice."""

import pytest

from contracts.canonical.casework import ApprovalState, CaseState
from contracts.problem import Problem
from kit.events import EventLog, Place
from tests.kit.durable.bench import on, reaches
from tests.kit.durable.deal import StartDeal, World, road

LONG_S = 60.0
SHORT_S = 0.4


@pytest.mark.req(142, 211)
async def test_a_decision_taken_back_leaves_no_trace_in_the_case_and_the_next_takes_effect_by_itself(url: str) -> None:
    """Within its seconds the case waits; taken back it is open as before; the second verdict ends the case unasked."""
    way = road(World())
    order = StartDeal(deal_id="D1", tax_known=True, approval=True)
    async with on(url)(way) as durable:
        book, case_id = durable.casebook, (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
        (asked,) = (await book.approvals()).items
        first = await book.decide(
            asked.approval_id, approve=False, by="bob", etag=asked.etag, key="1", comment="no", undo_s=LONG_S
        )
        waiting = await durable.standing(case_id)
        opened = await book.taking_back.take_back(asked.approval_id, by="bob", key="2")
        await book.decide(asked.approval_id, approve=True, by="bob", etag=opened.etag, key="3", undo_s=SHORT_S)
        case = await reaches(durable, case_id, CaseState.COMPLETED)
        with pytest.raises(Problem) as late:
            await book.taking_back.take_back(asked.approval_id, by="bob", key="4")
        logged = [one.event.id for one in await EventLog(durable.store).after(Place())]
        decided = await book.approval(asked.approval_id)

    assert (ApprovalState.REJECTED, CaseState.WAITING_APPROVAL) == (first.state, waiting.summary.state)
    assert (ApprovalState.OPEN, asked.etag) == (opened.state, opened.etag)
    assert CaseState.COMPLETED is case.summary.state
    assert "decision_in_effect" == late.value.code
    assert 1 == logged.count(f"{asked.approval_id}--decided")
    assert (ApprovalState.APPROVED, None) == (decided.state, decided.verdicts[-1].effective_at)
