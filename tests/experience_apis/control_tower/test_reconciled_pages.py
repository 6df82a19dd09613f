"""Reconciliation on pages: columns side by side, masked by role; a break is closed with a reason by whoever owns it."""

from __future__ import annotations

import csv
import io

import pytest

from contracts.canonical.reconciliation import BreakState
from experience_apis.control_tower.service import ControlTowerService
from kit.caller import Caller, calling
from load.reconciliation.planted import Where
from tests.experience_apis.control_tower.tower import looking, text_of
from tests.process_apis.reconciliation.bureau import FELIX, bureau
from tests.process_apis.reconciliation.test_run import with_break

SAM = Caller(subject="sam.sales", roles=frozenset({"sales"}))


@pytest.mark.req(247, 273, 331)
async def test_a_break_is_read_in_columns_and_closed_with_a_reason() -> None:
    """Amounts are for who needs them; a refused form keeps what was typed; what is closed leaves the open list."""
    async with bureau(with_break(Where.BUDGET_AMOUNT)) as desk:
        await desk.run("run-1")
        tower = ControlTowerService(None, desk.service)  # type: ignore[arg-type] # casework is not asked here
        with calling(FELIX):
            (found,) = (await tower.breaks()).items
        assert found.difference is not None
        here = f"/breaks/{found.break_id}"
        async with looking(tower, desk.clock) as window:
            listed, hidden = await window.get(FELIX, "/breaks"), await window.get(SAM, here)
            table = await window.get(FELIX, "/breaks.csv", kind=found.row.kind.value)
            wrong = await window.get(FELIX, "/breaks", break_class="misprint")
            short = await window.post(FELIX, f"{here}/close", resolution="explained", reason="x")
            unsaid = await window.post(FELIX, f"{here}/close", reason="agreed with the customer")
            broken = await window.post(FELIX, f"{here}/close", resolution="explained", reason="two\nlines")
            closed = await window.post(FELIX, f"{here}/close", resolution="explained", reason="agreed with them")
            after, empty = await window.get(FELIX, here), await window.get(FELIX, "/breaks")
            kept = await window.get(FELIX, "/breaks", state=BreakState.EXPLAINED.value)

    apart = f"{found.difference.amount:,.2f}"
    assert all(word in text_of(listed) for word in ("CRM", "PSA", "ERP", "Our ledger", "run-1", apart))
    assert "hidden from your role" in text_of(hidden)
    assert apart not in text_of(hidden)
    (row,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert (found.break_id, str(found.difference.amount)) == (row["break"], row["difference"])
    assert (400, 422, 422, 422, 303) == tuple(each.status_code for each in (wrong, short, unsaid, broken, closed))
    assert "say it in words" in text_of(short)
    assert "agreed with the customer" in unsaid.text
    assert "agreed with them" in text_of(after)
    assert ("No break is like that." in text_of(empty), found.break_id in kept.text) == (True, True)
