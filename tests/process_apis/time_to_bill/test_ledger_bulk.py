"""The ledger takes many lines at once, by few statements, with the guarantees it gives to one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.canonical.actuals import Actual, Side
from contracts.canonical.trade.ledger.approval import cancelled
from contracts.canonical.trade.ledger.billing import drafted, ready
from contracts.problem import Problem
from kit.store import Store
from kit.store.actuals import ACTUAL, ACTUAL_HOLD, INVOICE, INVOICE_LINE
from kit.store.ledger import Ledger
from tests.process_apis.time_to_bill.trade import DAY, hours, lines_of

MANY = 1_200
NOW = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def lines_from(first: int, last: int) -> list[Actual]:
    return [line for number in range(first, last) for line in lines_of(hours(f"te-{number:05}"))]


async def append(store: Store, lines: list[Actual]) -> None:
    async with store.write() as connection:
        await Ledger(connection=connection, tenant="acme", now=NOW).append(lines)


async def counted(store: Store, table: sa.Table) -> int:
    async with store.read() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements that reach the database within the block."""
    seen: list[str] = []

    def see(*told: Any) -> None:
        seen.append(told[2])

    sa.event.listen(store.engine.sync_engine, "before_cursor_execute", see)
    yield seen
    sa.event.remove(store.engine.sync_engine, "before_cursor_execute", see)


@pytest.mark.req(153, 164)
async def test_a_long_invoice_takes_few_statements(store: Store) -> None:
    """1,200 hours are appended, drafted and posted by a few dozen statements; every line is billed once, numbered 1."""
    lines = lines_from(0, MANY)
    draft = drafted("inv-1", ready(lines, held=()), held=())
    with statements(store) as seen:
        await append(store, lines)
        async with store.write() as connection:
            ledger = Ledger(connection=connection, tenant="acme", now=NOW)
            await ledger.draft(draft)
            done = await ledger.post("inv-1", series="R", posted_on=DAY, closed=())
    assert len(seen) < 50
    assert done.document is not None
    assert (1, MANY * 1600) == (done.number, int(done.document.net))
    assert (MANY * 4, MANY, MANY) == (
        await counted(store, ACTUAL),
        await counted(store, ACTUAL_HOLD),
        await counted(store, INVOICE_LINE),
    )


@pytest.mark.req(153)
async def test_what_stands_is_left_alone_and_the_rest_appended(store: Store) -> None:
    """Batches that overlap, come at once and name a line twice leave every line once."""
    await asyncio.gather(append(store, lines_from(0, 700)), append(store, lines_from(300, MANY)))
    again = lines_from(600, MANY + 5)
    await append(store, [*again, *again])
    assert 2 * (MANY + 5) == await counted(store, ACTUAL)


@pytest.mark.req(153)
@pytest.mark.parametrize("earlier", [True, False])
async def test_one_other_line_among_many_refuses_them_all(store: Store, earlier: bool) -> None:
    """Where one line of a batch has the name of another, in the store or in the batch, nothing is appended."""
    other = lines_of(hours("te-01100", "7"))
    if earlier:
        await append(store, other)
    with pytest.raises(Problem, match="te-01100") as refusal:
        await append(store, lines_from(0, MANY) + ([] if earlier else other))
    assert "actual_exists" == refusal.value.code
    assert (2 if earlier else 0) == await counted(store, ACTUAL)


@pytest.mark.req(164)
async def test_a_draft_gets_all_its_lines_or_none(store: Store) -> None:
    """One line that is on another draft, was reversed or is named twice refuses the draft, and nothing is held."""
    lines = lines_from(0, MANY)
    await append(store, lines)
    sold = [line for line in lines if line.side is Side.UNBILLED_SALES]
    async with store.write() as connection:
        ledger = Ledger(connection=connection, tenant="acme", now=NOW)
        await ledger.draft(drafted("inv-1", sold[1100:1101], held=()))
        undone = cancelled(lines[:2], lines[0], held=(), accounting_date=DAY, reason="wrong", decided_by="dana")
        await ledger.append(undone)
    twice = drafted("inv-2", sold[1:3], held=())
    twice.lines.append(twice.lines[0])
    refused = {
        "actual_on_draft": [drafted("inv-2", sold[1:], held=()), twice],
        "actual_adjusted": [drafted("inv-2", sold[:1100], held=())],
    }
    for code, drafts in refused.items():
        for draft in drafts:
            with pytest.raises(Problem) as refusal:
                async with store.write() as connection:
                    await Ledger(connection=connection, tenant="acme", now=NOW).draft(draft)
            assert code == refusal.value.code
    assert (1, 1) == (await counted(store, ACTUAL_HOLD), await counted(store, INVOICE))


@pytest.mark.req(164)
async def test_what_is_held_is_not_reversed_among_many(store: Store) -> None:
    """A batch of reversals of which one undoes a line on a draft is refused whole."""
    lines = lines_from(0, MANY)
    await append(store, lines)
    sold = [line for line in lines if line.side is Side.UNBILLED_SALES]
    async with store.write() as connection:
        await Ledger(connection=connection, tenant="acme", now=NOW).draft(drafted("inv-1", sold[1100:1101], held=()))
    undone = [
        line
        for number in range(0, 2 * MANY, 2)
        for line in cancelled(
            lines[number : number + 2],
            lines[number],
            held=(),
            accounting_date=DAY,
            reason="wrong project",
            decided_by="dana",
        )
    ]
    with pytest.raises(Problem, match="te-01100") as refusal:
        await append(store, undone)
    assert "actual_on_draft" == refusal.value.code
    assert 2 * MANY == await counted(store, ACTUAL)
