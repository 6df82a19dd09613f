"""Weekly timecards told as days: what is approved, what is approved no more, in which version, and what is billed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import pytest

from contracts.canonical.timesheets import BilledTime, TimeEntry
from contracts.problem import Kind, Problem
from system_apis.certinia import position
from system_apis.certinia.position import ALL, Position
from system_apis.certinia.service import CertiniaPsa
from tests.conformance.story import PROJECT
from tests.system_apis.certinia.org import ARCHITECT, DATA, MONDAY, TIMECARD, Org, opened

pytestmark = pytest.mark.req(41, 153)

ID = PROJECT.project_id


def brief(entries: Sequence[TimeEntry]) -> list[tuple[str, bool, str]]:
    """Days with their standing and hours."""
    return [(f"{each.worked_on:%a}", each.approved, str(each.hours)) for each in entries]


async def test_a_week_is_told_as_its_days(staffed: Org) -> None:
    """Each with an id of its own; empty days are none; what the week says of itself each day says."""
    card = await staffed.week(8, 0, 3.5, 0, 0, 0, 1, pse__Wednesday_Notes__c="x" * 5000, pse__Billable__c=False)
    await staffed.approve(card)
    told, _ = await staffed.told()
    first, middle, last = told

    assert [("Mon", True, "8"), ("Wed", True, "3.5"), ("Sun", True, "1")] == brief(told)
    assert [f"{card}-1", f"{card}-3", f"{card}-7"] == [each.entry_id for each in told]
    assert (ID, "phs-s1-1", ARCHITECT, "Cloud Architect", "FR") == (
        first.project_id,
        first.phase_id,
        first.person_id,
        first.role,
        first.region,
    )
    assert (4000, Decimal(0), Decimal("80.0"), "EUR") == (
        len(middle.note),
        middle.billable_hours,
        middle.cost_rate.amount if middle.cost_rate else None,
        middle.cost_rate.currency if middle.cost_rate else None,
    )
    assert (staffed.sandbox.now().date(), "petra.planner@sluicegate.example") == (last.approved_on, last.approved_by)
    assert dt.date(2027, 1, 17) == last.worked_on


async def test_a_page_may_end_within_a_week(staffed: Org) -> None:
    """Two entries at a time, each once, and never-approved weeks between them are read over."""
    cards = [await staffed.week(1, 2, 3), await staffed.week(9), await staffed.week(4, 5)]
    await staffed.approve(cards[0], cards[2])
    found: list[TimeEntry] = []
    sizes, cursor = [], ""
    while True:
        page, cursor = await staffed.told(cursor, limit=2)
        sizes.append(len(page))
        found += page
        if not page:
            break

    assert [2, 2, 1, 0] == sizes
    assert {"1", "2", "3", "4", "5"} == {str(each.hours) for each in found}


@pytest.mark.parametrize("lag_s", [0, 30])
async def test_many_changes_of_one_second_are_told_once(lag_s: int) -> None:
    """A mass approval stamps all of its weeks alike; pages and polls find their way through it."""
    async with opened(feed_lag_s=lag_s) as org:
        await org.project()
        org.assigned = await org.assignment()
        records = [org.week_body(1, 1) | {"attributes": {"type": TIMECARD}, "pse__Status__c": "Approved"}] * 130
        org.sandbox.seed({"records": records})
        rows = org.sandbox.dump()[TIMECARD]
        org.clock.advance(60)
        found: list[str] = []
        page, cursor = await org.told(limit=70)
        while page:
            found += [each.entry_id for each in page]
            page, cursor = await org.told(cursor, limit=70)

    assert sorted(f"{row['Id']}-{day}" for row in rows for day in (1, 2)) == sorted(found)


async def test_an_approval_between_two_looks_is_not_lost(staffed: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    """A timecard read as it waits, and approved before its history is read, in one and the same second."""
    card = await staffed.week(8)
    timecards = cast("CertiniaPsa", staffed.psa)._feed._timecards
    read = timecards.changes

    async def late(ids: Sequence[str]) -> Any:
        monkeypatch.undo()
        await staffed.approve(card)
        return await read(ids)

    monkeypatch.setattr(timecards, "changes", late)
    early, cursor = await staffed.told()
    later, _ = await staffed.told(cursor)

    assert ([], [("Mon", True, "8")]) == (early, brief(later))


async def test_what_is_approved_no_more_is_told_as_that(staffed: Org) -> None:
    """A week that was rejected after all, a day taken out of it, a week thrown away; versions grow with each."""
    card = await staffed.week(8, 4)
    await staffed.approve(card)
    first, cursor = await staffed.told()
    await staffed.edit(card, pse__Status__c="Rejected")
    second, cursor = await staffed.told(cursor)
    await staffed.send("PATCH", f"/sobjects/{TIMECARD}/{card}", 204, pse__Tuesday_Hours__c=0, pse__Friday_Hours__c=2)
    await staffed.approve(card)
    third, cursor = await staffed.told(cursor)
    await staffed.edit(card, pse__Status__c="Saved")
    await staffed.send("DELETE", f"/sobjects/{TIMECARD}/{card}", 204)
    fourth, cursor = await staffed.told(cursor)
    rest, _ = await staffed.told(cursor)

    assert [("Mon", True, "8"), ("Tue", True, "4")] == brief(first)
    assert [("Mon", False, "8"), ("Tue", False, "4")] == brief(second)
    assert [("Mon", True, "8"), ("Tue", False, "0"), ("Fri", True, "2")] == brief(third)
    assert [("Mon", False, "8"), ("Tue", False, "0"), ("Fri", False, "2")] == brief(fourth)
    versions = [each[0].version for each in (first, second, third, fourth)]
    assert versions == sorted(set(versions))
    assert [] == rest


async def test_a_week_that_was_never_approved_is_not_told(staffed: Org) -> None:
    """Saved, submitted, rejected, thrown away: nothing came of it, so nothing is undone."""
    saved, gone = await staffed.week(8), await staffed.week(7)
    await staffed.send("PATCH", f"/sobjects/{TIMECARD}/{saved}", 204, pse__Status__c="Submitted")
    await staffed.send("PATCH", f"/sobjects/{TIMECARD}/{saved}", 204, pse__Status__c="Rejected")
    await staffed.send("DELETE", f"/sobjects/{TIMECARD}/{gone}", 204)

    assert [] == (await staffed.told())[0]


async def test_changes_wait_until_their_second_is_over() -> None:
    """With a lag nothing of the present is told; later it is, once."""
    async with opened(feed_lag_s=30.0) as org:
        await org.project()
        org.assigned = await org.assignment()
        await org.approve(await org.week(8))
        early, start = await org.told()
        org.clock.advance(60)
        later, cursor = await org.told(start)
        rest, _ = await org.told(cursor)

    assert ([], "", [("Mon", True, "8")], []) == (early, start, brief(later), rest)


@pytest.mark.req(173)
async def test_our_own_mark_is_no_new_version(staffed: Org) -> None:
    """A day that was billed is the same day; a change by a person beside the mark is not."""
    card = await staffed.week(8, 4)
    await staffed.approve(card)
    before, _ = await staffed.told()
    staffed.sandbox.advance(5)
    await staffed.psa.report_billed(
        document_id="inv-1", body=BilledTime(document_id="inv-1", number="2027-1", entry_ids=[f"{card}-1"])
    )
    staffed.sandbox.advance(5)
    marked, _ = await staffed.told()
    await staffed.psa.report_billed(
        document_id="inv-2", body=BilledTime(document_id="inv-2", number="2027-2", entry_ids=[f"{card}-2"])
    )
    twice, _ = await staffed.told()
    staffed.sandbox.advance(5)
    await staffed.edit(card, pse__Monday_Hours__c=7)
    changed, _ = await staffed.told()
    (row,) = staffed.rows(TIMECARD)

    assert before == marked == twice
    assert changed[0].version > before[0].version
    assert (True, "2027-2", "inv-1", "inv-2") == (
        row["pse__Billed__c"],
        row["pse__Invoice_Number__c"],
        row["Sluice_Monday_Document__c"],
        row["Sluice_Tuesday_Document__c"],
    )


async def billing(org: Org, *entry_ids: str, document_id: str = "inv-1") -> tuple[Kind, str] | None:
    """How a report ends."""
    body = BilledTime(document_id=document_id, number="2027-1", entry_ids=list(entry_ids))
    try:
        await org.psa.report_billed(document_id=document_id, body=body)
    except Problem as problem:
        return problem.kind, problem.code
    return None


@pytest.mark.req(173)
async def test_what_cannot_be_billed_is_refused_whole(staffed: Org) -> None:
    """One bad entry and none is marked; what is billed again stays with its first document until that is undone."""
    good, open_, there = await staffed.week(8), await staffed.week(8), await staffed.week(8)
    await staffed.approve(good, there)
    await staffed.edit(there, pse__Billed__c=True)
    refusals = [
        await billing(staffed, f"{good}-1", bad)
        for bad in (f"{good}-2", f"{good}-8", "4711", f"a0FJ5000000000ZMAA{'-1'}", f"{open_}-1", f"{there}-1")
    ]
    untouched = [row["pse__Billed__c"] for row in staffed.rows(TIMECARD)]
    staffed.sandbox.calls.clear()
    done = [await billing(staffed, f"{good}-1"), await billing(staffed, f"{good}-1")]
    writes = staffed.calls("PATCH", f"{DATA}/composite/sobjects")
    again = await billing(staffed, f"{good}-1", document_id="inv-2")
    bearing = [staffed.rows(TIMECARD)[0]["Sluice_Monday_Document__c"]]
    await staffed.edit(good, pse__Billed__c=False)
    anew = await billing(staffed, f"{good}-1", document_id="inv-2")
    bearing.append(staffed.rows(TIMECARD)[0]["Sluice_Monday_Document__c"])

    unknown = (Kind.NOT_FOUND, "certinia.entry_unknown")
    conflicts = [(Kind.CONFLICT, f"certinia.{code}") for code in ("entry_not_approved", "entry_billed_there")]
    assert [unknown, unknown, unknown, unknown, *conflicts] == refusals
    assert [False, False, True] == untouched
    assert ([None, None], [200]) == (done, writes)
    assert (None, None, ["inv-1", "inv-2"]) == (again, anew, bearing)


@pytest.mark.parametrize("cursor", ["x", "AAAA", position.encoded(Position(since=dt.datetime(2027, 1, 1)))])  # noqa: DTZ001 - a moment without a zone is the point
async def test_a_cursor_that_is_not_ours_is_refused(org: Org, cursor: str) -> None:
    """And so is a limit that no page has; nobody is sent back to the start in silence."""
    refused: list[Any] = []
    for asked in ({"cursor": cursor}, {"limit": 0}, {"limit": 2001}):
        with pytest.raises(Problem) as problem:
            await org.psa.time_changes(**asked)
        refused.append((problem.value.kind, problem.value.code))

    assert [(Kind.INVALID, "cursor_invalid"), *[(Kind.INVALID, "limit_invalid")] * 2] == refused


def test_a_position_stays_small_and_loses_nothing() -> None:
    """A second with many weeks: the early ones are passed by id, the last ones are remembered by their state."""
    here: Position | None = None
    since = dt.datetime(2027, 1, 11, tzinfo=dt.UTC)
    ids = [f"a0FJ5000000{number:04}AAA" for number in range(200)]
    for row_id in ids:
        here = position.moved(here, row_id, since, state=5, count=ALL)
    assert here is not None
    again = position.decoded(position.encoded(here))
    later = position.moved(here, ids[0], since + dt.timedelta(seconds=1), state=6, count=2)

    assert here == again
    assert (ids[159], 40, None, 0) == (
        here.after,
        len(here.met),
        here.told(ids[199], since, 5),
        here.told(ids[199], since, 6),
    )
    assert (2, "") == (later.told(ids[0], later.since, 6), later.after)
    assert MONDAY == since.date()
