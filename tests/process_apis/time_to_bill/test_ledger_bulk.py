"""The ledger takes many lines at once, by few statements, with the guarantees it gives to one."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.canonical.actuals import Actual, Side
from contracts.canonical.invoices import Invoice
from contracts.canonical.trade.ledger.approval import cancelled
from contracts.canonical.trade.ledger.billing import drafted, ready, requantified
from contracts.canonical.trade.ledger.lines import Refused
from contracts.problem import Problem
from kit.store import Store
from kit.store.actuals import ACTUAL, ACTUAL_HOLD, INVOICE, INVOICE_LINE
from kit.store.ledger import Ledger
from tests.process_apis.time_to_bill.trade import DAY, hours, lines_of

MANY = 1_010
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
    """1,010 hours are appended, drafted and posted by a few dozen statements; every line is billed once, numbered 1."""
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
    await asyncio.gather(append(store, lines_from(0, 600)), append(store, lines_from(300, MANY)))
    again = lines_from(1000, MANY + 5)
    await append(store, [*again, *again])
    assert 2 * (MANY + 5) == await counted(store, ACTUAL)


@pytest.mark.req(153)
@pytest.mark.parametrize("earlier", [True, False])
async def test_one_other_line_among_many_refuses_them_all(store: Store, earlier: bool) -> None:
    """Where one line of a batch has the name of another, in the store or in the batch, nothing is appended."""
    other = lines_of(hours("te-01005", "7"))
    if earlier:
        await append(store, other)
    with pytest.raises(Problem, match="te-01005") as refusal:
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
        await ledger.draft(drafted("inv-1", sold[1005:1006], held=()))
        undone = cancelled(lines[:2], lines[0], held=(), accounting_date=DAY, reason="wrong", decided_by="dana")
        await ledger.append(undone)
    twice = drafted("inv-2", sold[1:3], held=())
    twice.lines.append(twice.lines[0])
    refused = {
        "actual_on_draft": [drafted("inv-2", sold[1:], held=()), twice],
        "actual_adjusted": [drafted("inv-2", sold[:1005], held=())],
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
        await Ledger(connection=connection, tenant="acme", now=NOW).draft(drafted("inv-1", sold[1005:1006], held=()))
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
    with pytest.raises(Problem, match="te-01005") as refusal:
        await append(store, undone)
    assert "actual_on_draft" == refusal.value.code
    assert 2 * MANY == await counted(store, ACTUAL)


async def several(store: Store, first: int, last: int) -> list[str]:
    """Drafts of two lines each, every third of another seller; in one transaction."""
    drafts, everything = [], []
    for number in range(first, last, 2):
        seller = {"legal_entity_id": "NW-UK" if number % 3 == 0 else "NW-DE"}
        lines = [line for each in (number, number + 1) for line in lines_of(hours(f"te-{each:05}", **seller))]
        everything += lines
        drafts.append(drafted(f"inv-{number:03}", ready(lines, held=()), held=()))
    await append(store, everything)
    async with store.write() as connection:
        await Ledger(connection=connection, tenant="acme", now=NOW).draft(*drafts)
    return [draft.invoice_id for draft in drafts]


async def post_all(store: Store, invoice_ids: list[str], closed: frozenset[str] = frozenset()) -> list[Invoice]:
    async with store.write() as connection:
        ledger = Ledger(connection=connection, tenant="acme", now=NOW)
        return await ledger.post_all(invoice_ids, series="R", posted_on=DAY, closed=closed)


@pytest.mark.req(164)
async def test_many_drafts_are_posted_in_their_order_by_few_statements(store: Store) -> None:
    """Thirty drafts of two sellers take as many statements as one, and each seller's numbers follow the order asked."""
    asked = list(reversed(await several(store, 0, 60)))
    with statements(store) as seen:
        done = await post_all(store, asked)
    assert len(seen) < 20
    assert asked == [each.invoice_id for each in done]
    for seller, many in (("NW-DE", 20), ("NW-UK", 10)):
        assert list(range(1, many + 1)) == [each.number for each in done if each.legal_entity_id == seller]
    assert (60, 60 * 4) == (await counted(store, INVOICE_LINE), await counted(store, ACTUAL))


@pytest.mark.req(164)
async def test_of_many_drafts_all_are_posted_or_none(store: Store) -> None:
    """One that was posted, is unknown, or named twice, or a closed month, leaves the others drafts without a number."""
    asked = await several(store, 0, 20)
    assert 1 == (await post_all(store, asked[:1]))[0].number
    for wrong, closed in (
        (asked, ()),
        ([*asked[1:], "inv-none"], ()),
        ([*asked[1:], asked[1]], ()),
        (asked[1:], ("2026-06",)),
    ):
        with pytest.raises((Problem, Refused)):
            await post_all(store, wrong, frozenset(closed))
    again = await post_all(store, asked[1:])
    assert sorted(each.number or 0 for each in again) == sorted([*range(2, 5), *range(1, 7)])


@pytest.mark.req(164)
async def test_who_post_many_at_once_leave_no_gap(store: Store) -> None:
    """Four who post ten drafts of two sellers each at once, in orders that cross, draw every number once."""
    asked = await several(store, 0, 80)
    mixed = [asked[number::4] if number % 2 else asked[number::4][::-1] for number in range(4)]
    done = [each for batch in await asyncio.gather(*(post_all(store, ids) for ids in mixed)) for each in batch]
    for seller in ("NW-DE", "NW-UK"):
        numbers = sorted(each.number or 0 for each in done if each.legal_entity_id == seller)
        assert list(range(1, len(numbers) + 1)) == numbers


@pytest.mark.req(164)
async def test_drafts_that_share_a_source_are_posted_as_one_after_the_other(store: Store) -> None:
    """Eight hours of which two are shown free, on two drafts: cutting the first makes no name that the second has."""
    told = []
    for name, together in (("te-1", True), ("te-2", False)):
        lines = lines_of(hours(name, "8", "6"))
        await append(store, lines)
        cut = requantified(drafted(f"{name}-a", lines[1:2], held=()), lines[1].actual_id, Decimal(5), reason="travel")
        async with store.write() as connection:
            ledger = Ledger(connection=connection, tenant="acme", now=NOW)
            await ledger.draft(cut, drafted(f"{name}-b", lines[2:], held=()))
        for ids in [[f"{name}-a", f"{name}-b"]] if together else [[f"{name}-a"], [f"{name}-b"]]:
            await post_all(store, ids)
        async with store.read() as connection:
            kept = await Ledger(connection=connection, tenant="acme", now=NOW).of_source("psa", name)
        told.append([(line.actual_id.replace(name, ""), line.quantity, line.state) for line in kept])
    assert told[0] == told[1]
    assert 12 == len(told[0])


@pytest.mark.req(164)
async def test_what_makes_no_sense_is_refused_by_its_code(store: Store) -> None:
    """A second invoice of one id, a draft that changes its lines, a correction of nothing; no lines are no work."""
    lines = lines_from(0, 3)
    await append(store, lines)
    sold = [line for line in lines if line.side is Side.UNBILLED_SALES]
    first, again = (drafted("inv-1", each, held=()) for each in (sold[:1], sold[1:]))
    refusals = []
    async with store.write() as connection:
        ledger = Ledger(connection=connection, tenant="acme", now=NOW)
        await ledger.append([])
        await ledger.draft(first)
        for act in (
            lambda: ledger.draft(again),
            lambda: ledger.change(again),
            lambda: ledger.correct(again, [], series="G", posted_on=DAY, closed=()),
        ):
            with pytest.raises(Problem) as refusal:
                await act()
            refusals.append(refusal.value.code)
    assert ["invoice_exists", "draft_lines_differ", "nothing_corrected"] == refusals
    assert (6, 1) == (await counted(store, ACTUAL), await counted(store, INVOICE))
