"""What every PSA has to tell of approved time; a new vendor is tried without an edit here.

`fixtures/approved_time.json` plays at the vendor's own screen, on the project of the story: on the first day 8 hours
of which 6 billable and on the second 3.5 hours all billable are approved, and an entry of the third day is left as it
was submitted. Where an entry can be billable in part, a day is one entry; a vendor that lacks `partly_billable_time`
has two entries on the first day, one billable as a whole and one not at all.
`fixtures/approval_withdrawn.json` takes back the approval of the second day.
"""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final

import pytest

from contracts.canonical.timesheets import BilledTime, TimeEntry
from contracts.problem import Kind
from contracts.system.psa import PsaProject
from tests.conformance.connected import Connected, connected, kind_of, serving_role
from tests.conformance.story import CHILD, PROJECT

MONDAY: Final = dt.date(2027, 1, 11)
TUESDAY: Final = dt.date(2027, 1, 12)


@pytest.fixture(params=serving_role("psa"))
async def psa(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "psa") as opened:
        opened.skip_if_lacking("time_changes")
        client = await opened.role.put_client(customer_id=CHILD.customer_id, body=CHILD)
        body = PsaProject(project=PROJECT, client_external_id=client.external_id)
        await opened.role.put_project(project_id=PROJECT.project_id, body=body)
        yield opened


def worked_on(day: dt.date, told: list[TimeEntry]) -> tuple[Decimal, Decimal]:
    """Hours of a day and how many of them are to be billed."""
    of_the_day = [entry for entry in told if entry.worked_on == day]
    return sum((e.hours for e in of_the_day), Decimal(0)), sum((e.billable_hours for e in of_the_day), Decimal(0))


async def entries(psa: Connected, cursor: str = "") -> tuple[list[TimeEntry], str]:
    found: list[TimeEntry] = []
    while True:
        page = await psa.role.time_changes(cursor=cursor, limit=1)
        found += page.entries
        if page.cursor == cursor or not page.entries:
            return found, page.cursor
        cursor = page.cursor


@pytest.mark.req(153, 155)
async def test_approved_time_is_told_and_submitted_time_is_not(psa: Connected) -> None:
    """With project, phase, day, hours worked and hours to be billed; page by page, each once."""
    await psa.play("approved_time.json")
    told, cursor = await entries(psa)
    again, _ = await entries(psa, cursor)

    assert (Decimal(8), Decimal(6)) == worked_on(MONDAY, told)
    assert (Decimal("3.5"), Decimal("3.5")) == worked_on(TUESDAY, told)
    assert {(True, PROJECT.project_id, "phs-s1-1")} == {(e.approved, e.project_id, e.phase_id) for e in told}
    assert {MONDAY, TUESDAY} == {e.worked_on for e in told}
    assert len(told) == len({e.entry_id for e in told})
    assert all(entry.person_id and entry.role for entry in told)
    assert [] == again


@pytest.mark.req(153)
async def test_an_entry_says_which_of_its_hours_are_billed(psa: Connected) -> None:
    """A part of them, where the vendor knows such a thing, in one entry; else each is billable as a whole or not."""
    await psa.play("approved_time.json")
    told, _ = await entries(psa)
    shares = sorted((e.hours, e.billable_hours) for e in told)
    half, whole = Decimal("3.5"), Decimal(8)

    if "partly_billable_time" in psa.vendor.facts["lacks"]:
        assert [(Decimal(2), Decimal(0)), (half, half), (Decimal(6), Decimal(6))] == shares
    else:
        assert [(half, half), (whole, Decimal(6))] == shares


@pytest.mark.req(153)
async def test_an_approval_that_is_taken_back_is_told_in_a_higher_version(psa: Connected) -> None:
    """The same entry, not approved any more; what came of it can be undone."""
    await psa.play("approved_time.json")
    before, cursor = await entries(psa)
    await psa.play("approval_withdrawn.json")
    after, _ = await entries(psa, cursor)

    (taken_back,) = (entry for entry in before if entry.worked_on == TUESDAY)
    assert [(taken_back.entry_id, False)] == [(entry.entry_id, entry.approved) for entry in after]
    assert after[0].version > taken_back.version


@pytest.mark.req(173)
async def test_billed_time_is_marked_and_marking_it_again_changes_nothing(psa: Connected) -> None:
    """An entry that does not exist is refused, and then none is marked."""
    psa.skip_if_lacking("report_billed")
    await psa.play("approved_time.json")
    told, _ = await entries(psa)
    billed = BilledTime(document_id="inv-s1", number="2027-0001", entry_ids=[entry.entry_id for entry in told])
    for _ in range(2):
        await psa.role.report_billed(document_id=billed.document_id, body=billed)
    unknown = BilledTime(document_id="inv-s2", number="2027-0002", entry_ids=["999999999"])
    refused = await kind_of(psa.role.report_billed(document_id=unknown.document_id, body=unknown))

    assert Kind.NOT_FOUND is refused
