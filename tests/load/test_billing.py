"""The billing benchmark counts only runs that tie, and only peers who come to the same minor unit on every document."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.actuals import ApprovedTime
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.ledger.approval import approved
from contracts.canonical.trade.ledger.billing import drafted, ready
from contracts.canonical.trade.rating import price_of
from contracts.canonical.trade.rounding import line_net
from kit.store import Store, migrate
from kit.store.actuals import NUMBER_SERIES
from kit.store.ledger import Ledger
from load.billing.__main__ import OTHERS, PEERS, agree
from load.billing.arithmetic import summed
from load.billing.handed import hand
from load.billing.run import NOW, SERIES, TENANT, Run, billed
from load.billing.stages import NotTied
from load.billing.tie import tie
from load.billing.work import batches, by_hour, held_back, passed, read_totals
from load.firm import Entry, Fault, Firm

ENTRIES = 400


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    """A run of one short week, billed and not yet tied."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    migrate(url)
    store = Store.at(url)
    done = Run(store, Firm())
    for week, entries in batches(done.firm, ENTRIES):
        await done.week(week, entries)
    yield done
    await store.close()


async def tied(run: Run, **changes: Any) -> int:
    expected = changes.get("expected", run.totals.values())
    return await tie(run.store, TENANT, expected, hours=changes.get("hours", run.hours))


async def test_the_run_the_sum_and_plain_sql_come_to_the_same(tmp_path: Path) -> None:
    """What is posted, what our arithmetic sums and what SQL makes of the handed tables agree on every document."""
    url = f"sqlite:///{tmp_path / 'sluice.db'}"
    told = await billed(ENTRIES, url, tmp_path / "run.csv")
    alone = summed(ENTRIES, tmp_path / "ours.csv")
    hand(ENTRIES, tmp_path)
    sql = await asyncio.to_thread(_plain_sql, tmp_path)
    ours = read_totals(tmp_path / "run.csv")
    assert told["documents"] == len(ours) > 20
    for name in ("ours", "sql"):
        agree(name, read_totals(tmp_path / f"{name}.csv"), ours)
    assert told["billed_lines"] == alone["lines"] == sql["lines"] > ENTRIES / 2
    assert told["refused"].get("no rate", 0) == alone["unpriced"] == sql["unpriced"]
    assert ["price", "lines", "append", "draft", "post", "tie"] == list(told["stages"])
    assert 0 < told["cpu_s"]


async def test_a_run_that_does_not_tie_is_not_counted(run: Run) -> None:
    """Other hours, another total, a line left unbilled and a gap in the numbers are each found in the store."""
    assert 2 * ENTRIES < await tied(run)
    with pytest.raises(NotTied, match="hours were approved"):
        await tied(run, hours=run.hours + 1)
    with pytest.raises(NotTied, match="not what was posted"):
        await tied(run, expected=[(1, 0, 1), *list(run.totals.values())[1:]])
    [(_, entries)] = batches(run.firm, ENTRIES)
    entry = next(each for each in entries if by_hour(each) and not held_back(each) and each.time.billable_hours)
    again = dataclasses.replace(entry, time=_under_another_name(entry))
    price = price_of(run.firm.query(again), run.firm.lists(again))
    lines = approved(again.time, price=price, tax=again.line.tax, accounting_date=again.time.worked_on)
    async with run.store.write() as connection:
        await Ledger(connection, TENANT, NOW).append(lines)
    with pytest.raises(NotTied, match="unbilled"):
        await tied(run)
    async with run.store.write() as connection:
        await connection.execute(sa.update(NUMBER_SERIES).values(last=NUMBER_SERIES.c.last + 1))
        ledger = Ledger(connection, TENANT, NOW)
        await ledger.draft(drafted("inv-late", ready(lines, held=()), held=()))
        await ledger.post("inv-late", series=SERIES, posted_on=NOW.date(), closed=())
    with pytest.raises(NotTied, match="have a gap"):
        await tied(run)


def test_totals_that_differ_by_a_minor_unit_are_told() -> None:
    """One cent of tax, or a document that only one side has, is a difference."""
    ours = {"a": (100, 19, 119), "b": (1, 0, 1)}
    agree("same", dict(ours), ours)
    for theirs in ({**ours, "a": (100, 20, 120)}, {"b": ours["b"]}, {**ours, "c": (0, 0, 0)}):
        with pytest.raises(NotTied, match="differ on 1 documents"):
            agree("other", theirs, ours)


def test_the_entries_hold_halves_and_every_reason_to_stay_unbilled() -> None:
    """Rounding halves the other way gives other amounts, in three exponents: who agrees has rounded as we do."""
    firm = Firm()
    [(_, entries)] = batches(firm, 8_000)
    differing = set()
    for entry in filter(by_hour, entries[::3]):
        price = price_of(firm.query(entry), firm.lists(entry))
        up, even = (line_net(price.hours, price.rate or Decimal(0), price.currency, mode=mode) for mode in Rounding)
        if up != even:
            differing.add(price.currency)
    assert {"JPY", "KWD", "USD"} <= differing
    assert {"closed project", "more than 24 hours", ""} == {held_back(each) for each in entries}
    refused: Counter[str] = Counter()
    assert {None, Fault.RATE_GAP} == {each.fault for each in passed(entries, refused)}
    assert 0 < sum(refused.values()) < 100


def _plain_sql(folder: Path) -> dict[str, Any]:
    command = [sys.executable, str(PEERS / OTHERS["plain SQL"]), str(folder), str(folder / "sql.csv")]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def _under_another_name(entry: Entry) -> ApprovedTime:
    return replace(entry.time, source=replace(entry.time.source, source_id="te-late"))
