"""The simulator's timesheets and invoices: what they ask, what they refuse, what they lock, and what reads hide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.system_apis.kantata.desk import API, Desk

pytestmark = pytest.mark.req(40, 42)


@pytest.fixture
async def desk(near: Any) -> Desk:
    """A project that asks for approval, seen by nobody but its people."""
    row = await near.make("workspaces", "workspace", title="P", creator_role="maven", require_time_approvals=True)
    return Desk(near, near, row["id"], {})


async def _refused(desk: Desk, collection: str, singular: str, **attributes: Any) -> tuple[int, str]:
    answer = await desk.account.http.post(f"{API}/{collection}.json", json={singular: attributes})
    return answer.status_code, (answer.json().get("errors") or [{}])[0].get("field", "")


async def _ids(desk: Desk, **params: str) -> list[str]:
    answer = (await desk.account.http.get(f"{API}/time_entries.json", params=params)).json()
    return [one["id"] for one in answer["results"]]


async def test_a_submission_takes_entries_of_one_project_and_person_once(desk: Desk) -> None:
    """It covers their week from Sunday to Saturday; what is handed in is not handed in again."""
    entry, hers = await desk.enter(), await desk.enter(user_id="8001")
    await desk.hand_in(entry)
    (row,) = desk.account.rows("timesheet_submissions")
    wanted = {"title": "W", "workspace_id": desk.workspace_id}
    again = [
        await _refused(desk, "timesheet_submissions", "timesheet_submission", **wanted, line_item_ids=ids)
        for ids in ([entry], ["99"], [hers, await desk.enter()], [])
    ]

    assert ("new", "2027-01-10", "2027-01-16", [entry]) == (
        row["status"],
        row["start_date"],
        row["end_date"],
        row["time_entry_ids"],
    )
    assert {(422, "line_item_ids")} == set(again)


async def test_a_submission_goes_only_the_ways_it_may(desk: Desk) -> None:
    """Approved once, sent back from there, then free to be handed in anew; nothing is cancelled after approval."""
    entry, submission = await desk.approved()
    ways = [await desk.resolve(submission, verb) for verb in ("approve", "cancel", "reject", "reject", "nonsense")]
    freed = await desk.change(entry, time_in_minutes=30)
    again = await desk.hand_in(entry)

    assert [422, 422, 200, 422, 404] == ways
    assert (200, 404) == (freed, await desk.resolve("99", "approve"))
    assert 200 == await desk.resolve(again, "cancel")


async def test_where_no_approval_is_asked_time_counts_at_once_and_stays_open(desk: Desk) -> None:
    """The project says whether somebody has to vouch for it; a story of another project is refused."""
    free = await desk.account.make("workspaces", "workspace", title="Q", creator_role="maven")
    story = await desk.account.make("stories", "story", title="S", workspace_id=free["id"])
    entry = await desk.enter(workspace_id=free["id"], story_id=story["id"])
    changed = await desk.change(entry, time_in_minutes=30)
    lost = {"workspace_id": desk.workspace_id, "date_performed": "2027-01-11", "time_in_minutes": 1}

    assert [entry] == await _ids(desk, approved="true")
    assert 200 == changed
    assert (422, "story_id") == await _refused(desk, "time_entries", "time_entry", **lost, story_id=story["id"])


async def test_an_invoice_takes_approved_time_once_and_locks_it(desk: Desk) -> None:
    """Its balance is what is billable at the entry's rate; cancelled, it lets go, and is not changed any more."""
    rated, submission = await desk.approved(90, rate_in_cents=10_000)
    unbilled, _ = await desk.approved(60, rate_in_cents=10_000, billable=False)
    draft = await desk.enter()
    mine = {"workspace_ids": [desk.workspace_id]}
    made = await desk.account.make("invoices", "invoice", **mine, time_entry_ids=[rated, unbilled])
    refused = [
        await _refused(desk, "invoices", "invoice", **mine, time_entry_ids=[one]) for one in (rated, draft, "99")
    ]
    locked = [await desk.resolve(submission, "reject"), await desk.delete(rated)]
    path = f"{API}/invoices/{made['id']}"
    fewer = await desk.account.http.put(path, json={"invoice": {"time_entry_ids": [rated]}})
    cancelled = [(await desk.account.http.put(f"{path}/cancel", json={})).status_code for _ in range(2)]
    late = await desk.account.http.put(path, json={"invoice": {"time_entry_ids": []}})

    assert (15_000, "new") == (made["balance_in_cents"], made["status"])
    assert {(422, "time_entry_ids")} == set(refused)
    assert ([422, 422], 200, [200, 422], 422) == (locked, fewer.status_code, cancelled, late.status_code)
    assert [] == await _ids(desk, invoiced="true")
    assert (422, "workspace_ids") == await _refused(desk, "invoices", "invoice", time_entry_ids=[rated])


async def test_three_filters_of_time_hold_whatever_they_are_given(desk: Desk) -> None:
    """approved, invoiced and uninvoiced; the latest day comes first unless another order is asked for."""
    draft = await desk.enter(day="2027-01-20")
    early, _ = await desk.approved(day="2027-01-11")
    late, _ = await desk.approved(day="2027-01-12")
    await desk.account.make("invoices", "invoice", workspace_ids=[desk.workspace_id], time_entry_ids=[late])

    assert [late, early] == await _ids(desk, approved="false")
    assert ([late], [draft, early]) == (await _ids(desk, invoiced="false"), await _ids(desk, uninvoiced="false"))


async def test_time_of_archived_projects_and_ids_nobody_asked_for_are_hidden(desk: Desk) -> None:
    """from_archived_workspaces brings the time back; role, submission and invoice are named to who includes them."""
    role = await desk.account.make("roles", "role", name="R")
    entry, submission = await desk.approved(role_id=role["id"])
    plain = (await desk.account.http.get(f"{API}/time_entries/{entry}")).json()["time_entries"][entry]
    include = "role,active_submission,invoice"
    full = (await desk.account.http.get(f"{API}/time_entries/{entry}?include={include}")).json()
    named = full["time_entries"][entry]
    path = f"{API}/workspaces/{desk.workspace_id}"
    await desk.account.http.put(path, json={"workspace": {"archived": True}})

    assert set() == {"role_id", "active_submission_id", "recent_submission_id", "invoice_id"} & set(plain)
    assert (role["id"], submission, None) == (named["role_id"], named["active_submission_id"], named["invoice_id"])
    assert ({role["id"]}, {submission}) == (set(full["roles"]), set(full["timesheet_submissions"]))
    assert ([], []) == (await _ids(desk), await _ids(desk, only=entry))
    assert [entry] == await _ids(desk, from_archived_workspaces="true")


async def test_an_approval_leaves_events_with_what_was_and_what_is(desk: Desk) -> None:
    """Of the timesheet and of each entry on it."""
    entry, _ = await desk.approved()
    params = {"per_page": "200", "optional_fields": "previous_payload,current_payload"}
    answer = (await desk.account.http.get(f"{API}/subscribed_events.json", params=params)).json()
    told = {
        (event["event_type"], event["previous_payload"].get("approved"), event["current_payload"].get("approved"))
        for event in answer["subscribed_events"].values()
        if event["subject_type"] == "TimeEntry" and event["subject_id"] == entry
    }
    types = {event["event_type"] for event in answer["subscribed_events"].values()}

    assert ("time_entry:updated", False, True) in told
    assert {"timesheet:created", "timesheet:updated", "time_entry:created"} <= types
