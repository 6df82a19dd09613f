"""The invented firm is one for everybody who names its seed, and what cannot be billed in it is known."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from contracts.canonical.actuals import Source
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import exponent
from contracts.canonical.trade.lists import faults_among
from contracts.canonical.trade.rating import price_of
from load.firm import ENTRIES_A_WEEK, FAULTS, WEEKS, Entry, Fault, Firm

ROOT = Path(__file__).parents[2]
SOME = 3_000


@pytest.fixture(scope="module")
def firm() -> Firm:
    return Firm(seed=7)


@pytest.fixture(scope="module")
def week(firm: Firm) -> list[Entry]:
    """One week in the middle of the year, in which rates have changed."""
    return list(firm.entries(first=20, weeks=1))


def digest(firm: Firm) -> str:
    """The firm and some of its entries as one number."""
    found = hashlib.sha256(msgspec.json.encode([*firm.cards.values()]))
    found.update(repr([firm.people, firm.engagements]).encode())
    found.update(msgspec.json.encode([entry.time for entry in islice(firm.entries(), SOME)]))
    return found.hexdigest()


def test_a_seed_is_one_firm_whatever_the_hash_seed_is() -> None:
    """Two interpreters that hash strings differently draw the same firm; another seed draws another."""
    code = "from load.firm import Firm; from tests.load.test_firm import digest; print(digest(Firm(seed=7)))"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        ).stdout.strip()
        for hash_seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert told[0] != digest(Firm(seed=8))


def test_the_firm_has_the_size_it_says(firm: Firm) -> None:
    """2,500 people in three regions and five entities, 1,000 engagements of every method in five currencies."""
    assert (2_500, 400, 1_000) == (len(firm.people), len(firm.customers), len(firm.engagements))
    assert (3, 5) == (len({place.region for place in firm.places}), len({p.place.entity_id for p in firm.people}))
    assert {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3} == {
        each.currency: exponent(each.currency) for each in firm.engagements
    }
    assert set(BillingMethod) == {line.method for each in firm.engagements for line in each.lines}
    by_hour = BillingMethod.TIME_AND_MATERIALS
    assert all((line.amount is None) == (line.method is by_hour) for each in firm.engagements for line in each.lines)
    assert all(line.percents == () or sum(line.percents) == 100 for each in firm.engagements for line in each.lines)


def test_every_price_list_may_be_written(firm: Firm) -> None:
    """No list has a fault, in none is a rate finer than it should be, and every scope of override occurs."""
    assert [] == [fault for card in firm.cards.values() for fault in faults_among(card)]
    lists = [prices for card in firm.cards.values() for prices in card]
    assert {"unscoped", "customer", "contract"} == {o.scope.value for prices in lists for o in prices.overrides}
    assert all(row.rate == row.rate.quantize(Decimal("0.0001")) > 0 for prices in lists for row in prices.rows)


@pytest.mark.parametrize("number", [0, WEEKS - 1])
def test_a_week_has_its_number_of_entries_and_few_faults(firm: Firm, number: int) -> None:
    """Each week has 27,000 entries under names of their own; faults keep to their stated shares, by half or double."""
    week = list(firm.entries(first=number, weeks=1))
    assert ENTRIES_A_WEEK == len(week) == len({entry.time.source.source_id for entry in week})
    counted = Counter(entry.fault for entry in week)
    for fault, of_ten_thousand in FAULTS.items():
        assert 0.5 < counted[fault] * 10_000 / of_ten_thousand / ENTRIES_A_WEEK < 2


def test_every_entry_has_a_price_or_a_known_fault(firm: Firm, week: list[Entry]) -> None:
    """What is billed by the hour and has no fault is priced above nothing; a rate gap has no rate."""
    by_hour = [entry for entry in week[::3] if entry.line.method is BillingMethod.TIME_AND_MATERIALS]
    prices = [(entry, price_of(firm.query(entry), firm.lists(entry))) for entry in by_hour]
    assert all((price.rate or 0) > 0 for entry, price in prices if entry.fault is None)
    gaps = [price.code for entry, price in prices if entry.fault is Fault.RATE_GAP]
    assert gaps
    assert {"RATE_MISSING"} == set(gaps)
    taken = {kind.kind for _, price in prices for kind in price.trace if kind.taken}
    assert {"list", "row", "override"} == taken


def test_entries_lie_in_their_assignments_or_are_at_fault(firm: Firm, week: list[Entry]) -> None:
    """Who works is assigned to the line on that day, while the project lasts; no day of anybody has over 24 hours."""
    assigned = {
        (each.person.person_id, each.line.line_id): (each.starts_on, each.ends_before)
        for mine in firm.assigned(20)
        for each in mine
    }
    days: Counter[tuple[str, object]] = Counter()
    for entry in week:
        time = entry.time
        closed = time.worked_on > entry.engagement.ends_on
        assert closed == (entry.fault is Fault.CLOSED_PROJECT)
        assert (time.hours > 24) == (entry.fault is Fault.TOO_MANY_HOURS)
        assert 0 <= time.billable_hours <= time.hours
        assert time.worked_on.weekday() < 5
        if not closed:
            starts_on, ends_before = assigned[time.person_id, time.contract_line_id]
            assert entry.engagement.starts_on <= starts_on <= time.worked_on < ends_before
        if entry.fault is not Fault.TOO_MANY_HOURS:
            days[time.person_id, time.worked_on] += int(time.hours * 4)
    assert max(days.values()) <= 24 * 4


def test_entries_come_one_at_a_time_and_not_without_end(firm: Firm) -> None:
    """The first entry is there before the others are made; beyond the year there is none."""
    first = next(firm.entries())
    assert Source(system="psa", source_id="te-00-0001-00") == first.time.source
    with pytest.raises(ValueError, match="52 weeks"):
        next(firm.entries(first=50, weeks=3))
