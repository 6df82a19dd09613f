"""Reconciliation at the tower: that something breaks is for everybody there, what it comes to is not."""

import pytest
from msgspec.structs import replace

from contracts.canonical.reconciliation import BreakCounts, BreakState, Resolution
from contracts.problem import Kind, Problem
from contracts.process.reconciliation import CloseBreak
from experience_apis.control_tower import broken
from experience_apis.control_tower.service import ControlTowerService
from experience_apis.control_tower.views import HIDDEN
from kit.caller import Caller, calling
from load.reconciliation.planted import Where
from tests.process_apis.casework.governed import queue
from tests.process_apis.reconciliation.bureau import FELIX, bureau
from tests.process_apis.reconciliation.test_run import with_break

SAM = Caller(subject="sam.sales", roles=frozenset({"sales"}))


@pytest.mark.req(247, 273)
async def test_finance_sees_the_columns_and_closes_and_sales_sees_that_there_is_a_break() -> None:
    """Runs, counts, breaks and one break; without a need for money neither amounts nor words."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        await desk.run("run-1")
        tower = ControlTowerService(None, desk.service)  # type: ignore[arg-type] # casework is not asked here
        with calling(FELIX):
            (found,) = (await tower.breaks()).items
            counted = (await tower.break_counts()).items
            run = await tower.reconciliation_run(run_id="run-1")
        with calling(SAM):
            hidden = await tower.one_break(break_id=found.break_id)
            hidden_counts = (await tower.break_counts()).items
            hidden_runs = (await tower.reconciliation_runs()).items
        body = CloseBreak(resolution=Resolution.EXPLAINED, reason="agreed with the customer")
        with calling(FELIX):
            closed = await tower.close_break(break_id=found.break_id, body=body, idempotency_key="k")

        assert found.difference is not None
        assert (
            [[found.difference]] == [each.differences for each in counted] == [each.differences for each in run.breaks]
        )
        assert {None} == {each.amount for each in hidden.row.columns}
        assert (None, HIDDEN, found.break_class) == (hidden.difference, hidden.explanation, hidden.break_class)
        assert [[]] == [each.differences for each in hidden_counts]
        assert [[[]]] == [[each.differences for each in one.breaks] for one in hidden_runs]
        assert (BreakState.EXPLAINED, "agreed with the customer") == (closed.state, closed.reason)
        assert HIDDEN == broken.one(closed, roles={"sales"}).reason
        assert closed == broken.one(closed, roles={closed.owner_role})
        assert BreakCounts(items=counted) == broken.counts(BreakCounts(items=counted), roles={"operations"})
        assert closed != replace(closed, explanation=HIDDEN)


async def test_a_tower_without_reconciliation_says_so() -> None:
    """It has no such operation, rather than no breaks."""
    async with queue() as at:
        tower = ControlTowerService(at.service)
        with calling(FELIX), pytest.raises(Problem) as refused:
            await tower.breaks()

    assert (Kind.UNSUPPORTED, "no_reconciliation") == (refused.value.kind, refused.value.code)
