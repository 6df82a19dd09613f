"""What every PSA has to tell of approved time; a new vendor is tried without an edit here.

`fixtures/approved_time.json` plays at the vendor's own screen, on the project of the story: two entries are approved,
8 hours of which 6 billable and 3.5 hours all billable, and a third is left as it was submitted.
`fixtures/approval_withdrawn.json` takes back the approval of the second.
"""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from contracts.canonical.timesheets import BilledTime, TimeEntry
from contracts.problem import Kind
from contracts.system.psa import PsaProject
from tests.conformance.connected import Connected, connected, kind_of, serving_role
from tests.conformance.story import CHILD, PROJECT


@pytest.fixture(params=serving_role("psa"))
async def psa(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "psa") as opened:
        opened.skip_if_lacking("time_changes")
        client = await opened.role.put_client(customer_id=CHILD.customer_id, body=CHILD)
        body = PsaProject(project=PROJECT, client_external_id=client.external_id)
        await opened.role.put_project(project_id=PROJECT.project_id, body=body)
        yield opened


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

    assert [(Decimal(8), Decimal(6)), (Decimal("3.5"), Decimal("3.5"))] == [(e.hours, e.billable_hours) for e in told]
    assert {(True, PROJECT.project_id, "phs-s1-1")} == {(e.approved, e.project_id, e.phase_id) for e in told}
    assert {dt.date(2027, 1, 11), dt.date(2027, 1, 12)} == {e.worked_on for e in told}
    assert all(entry.person_id and entry.role for entry in told)
    assert [] == again


@pytest.mark.req(153)
async def test_an_approval_that_is_taken_back_is_told_in_a_higher_version(psa: Connected) -> None:
    """The same entry, not approved any more; what came of it can be undone."""
    await psa.play("approved_time.json")
    before, cursor = await entries(psa)
    await psa.play("approval_withdrawn.json")
    after, _ = await entries(psa, cursor)

    assert [(before[1].entry_id, False)] == [(entry.entry_id, entry.approved) for entry in after]
    assert after[0].version > before[1].version


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
