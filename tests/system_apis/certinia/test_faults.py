"""The room under failures: answers lost after saving, rows that others hold, calls too heavy, sessions that end."""

from __future__ import annotations

import msgspec
import pytest

from contracts.canonical.timesheets import BilledTime
from contracts.problem import Kind, Problem, Retry
from contracts.system.psa import PsaPhases
from tests.conformance.story import ADDED, CHILD, PROJECT
from tests.system_apis.certinia.org import DATA, ROWS, TIMECARD, Org, opened

pytestmark = pytest.mark.req(41)


@pytest.mark.req(245)
@pytest.mark.parametrize("skip", range(5))
@pytest.mark.parametrize("kind", ["status", "status_after"])
async def test_a_write_whose_answer_is_lost_is_sent_again_and_saves_once(org: Org, kind: str, skip: int) -> None:
    """Whichever of the writes of a new project it is, saved before or not."""
    org.fault(kind=kind, method="PATCH", skip=skip, status=503, body="[]")
    await org.project()

    assert ([1, 1, 1, 2], []) == (
        [
            len(org.rows(kind))
            for kind in ("pse__Proj__c", "pse__Budget__c", "pse__Project_Phase__c", "pse__Milestone__c")
        ],
        org.sandbox.faults,
    )


async def test_rows_that_somebody_else_holds_are_sent_again_alone(staffed: Org) -> None:
    """What was saved beside them is not; the lock is waited for and nobody hears of it."""
    cards = [await staffed.week(number) for number in range(1, 6)]
    await staffed.approve(*cards)
    staffed.sandbox.seed({"row_locks": 7})
    body = BilledTime(document_id="inv-1", number="2027-1", entry_ids=[f"{card}-1" for card in cards])
    await staffed.psa.report_billed(document_id="inv-1", body=body)

    assert {"inv-1"} == {row["Sluice_Monday_Document__c"] for row in staffed.rows(TIMECARD)}
    assert [200, 200, 200] == staffed.calls("PATCH", ROWS)[-3:]


async def test_a_lock_that_stays_is_told_and_the_rest_is_saved(org: Org) -> None:
    """To be tried later; the next call makes what is missing and nothing twice."""
    await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    await org.project()
    org.sandbox.seed({"row_locks": 7})
    with pytest.raises(Problem) as locked:
        await org.psa.put_phases(project_id=PROJECT.project_id, body=PsaPhases(phases=ADDED))
    org.sandbox.seed({"row_locks": 0})
    made = await org.psa.put_phases(project_id=PROJECT.project_id, body=PsaPhases(phases=ADDED))

    assert (Kind.CONFLICT, Retry.LATER, "vendor_row_locked", "1", "0") == (
        locked.value.kind,
        locked.value.retry,
        locked.value.code,
        locked.value.context["rows_refused"],
        locked.value.context["rows_saved"],
    )
    assert [True, True] == [one.created for one in made.references]


async def test_a_call_too_heavy_for_the_triggers_is_sent_in_halves() -> None:
    """Whatever the chunk in the settings, the vendor's limit decides."""
    async with opened(chunk=150) as org:
        await org.project()
        org.assigned = await org.assignment()
        cards = [await org.week(1) for _ in range(60)]
        for start in range(0, 60, 20):
            await org.approve(*cards[start : start + 20])
        body = BilledTime(document_id="inv-1", number="2027-1", entry_ids=[f"{card}-1" for card in cards])
        await org.psa.report_billed(document_id="inv-1", body=body)

        assert {"inv-1"} == {row["Sluice_Monday_Document__c"] for row in org.rows(TIMECARD)}


async def test_what_a_trigger_refuses_is_told_in_its_words(staffed: Org) -> None:
    """With the vendor's code, and never tried again as it is."""
    await staffed.make(
        "pse__Milestone__c", Name="Mine", pse__Project__c=staffed.rows("pse__Proj__c")[0]["Id"], pse__Approved__c=True
    )
    (point, *_) = staffed.rows("pse__Milestone__c")
    await staffed.send("PATCH", f"/sobjects/pse__Milestone__c/{point['Id']}", 204, pse__Approved__c=True)
    dearer = msgspec.structs.replace(PROJECT.phases[1], budget=PROJECT.phases[2].budget)
    body = PsaPhases(phases=msgspec.structs.replace(ADDED, phases=[dearer], settle=False))
    with pytest.raises(Problem) as refused:
        await staffed.psa.put_phases(project_id=PROJECT.project_id, body=body)

    assert (Kind.INVALID, Retry.NEVER, "Approved or billed milestones cannot be changed.") == (
        refused.value.kind,
        refused.value.retry,
        refused.value.detail,
    )


async def test_a_session_that_ends_and_a_crowd_are_not_seen(org: Org) -> None:
    """One new token, and a little patience."""
    await org.project()
    org.sandbox.advance(7201)
    org.sandbox.seed({"crowded": 2})
    found = await org.psa.project(project_id=PROJECT.project_id)

    assert 4 == len(found.references)
    assert [200, 200] == org.calls("POST", "/services/oauth2/token")
    assert {401, 403, 200} == set(org.calls("POST", f"{DATA}/composite/batch")[-4:])


async def test_a_key_that_stands_twice_elsewhere_is_told(org: Org) -> None:
    """The platform keeps keys unique; a list that says otherwise is not believed."""
    body = '[{"success":false,"errors":[{"statusCode":"DUPLICATE_VALUE","message":"x"}]}]'
    org.fault(kind="status", method="PATCH", status=200, body=body)
    with pytest.raises(Problem) as refused:
        await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)

    assert (Kind.ALREADY_EXISTS, "DUPLICATE_VALUE") == (refused.value.kind, refused.value.context["vendor_code"])
