"""The package in the simulated org: what its triggers refuse, what they do by themselves, what the platform limits."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.system_apis.certinia.org import DATA, TIMECARD, Org

pytestmark = pytest.mark.req(41)

VALIDATION = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"pse__Assignment__c": None}, "An assignment is required"),
        ({"pse__Resource__c": "003J51000000001IAA"}, "not of this resource"),
        ({"pse__Start_Date__c": "2027-01-12", "pse__End_Date__c": "2027-01-18"}, "those of a timecard week"),
        ({"pse__End_Date__c": "2027-01-16"}, "those of a timecard week"),
        ({"pse__Start_Date__c": "2027-03-01", "pse__End_Date__c": "2027-03-07"}, "outside the dates of the project"),
        ({"pse__Monday_Hours__c": 25}, "between 0 and 24"),
        ({"pse__Monday_Hours__c": -1}, "between 0 and 24"),
    ],
)
async def test_a_week_that_does_not_fit_is_refused(staffed: Org, values: dict[str, Any], words: str) -> None:
    """By a trigger, with the code that validations have; nothing is saved."""
    code, message = await staffed.refused("POST", f"/sobjects/{TIMECARD}", **staffed.week_body(8, **values))

    assert VALIDATION == code
    assert words in message
    assert [] == staffed.rows(TIMECARD)


async def test_a_project_decides_whether_time_may_be_entered(staffed: Org) -> None:
    """Without an assignment where it allows that; not at all once it is closed."""
    (project,) = staffed.rows("pse__Proj__c")
    path = f"/sobjects/pse__Proj__c/{project['Id']}"
    await staffed.send("PATCH", path, 204, pse__Allow_Timecards_Without_Assignment__c=True)
    await staffed.week(8, pse__Assignment__c=None)
    await staffed.send("PATCH", path, 204, pse__Closed_for_Time_Entry__c=True)
    code, message = await staffed.refused("POST", f"/sobjects/{TIMECARD}", **staffed.week_body(8))

    assert (VALIDATION, True) == (code, "closed for time entry" in message)
    assert ("DELETE_FAILED", True) == await _failed(staffed, "pse__Proj__c", project["Id"])


async def _failed(org: Org, kind: str, row_id: str) -> tuple[str, bool]:
    code, _ = await org.refused("DELETE", f"/sobjects/{kind}/{row_id}")
    return code, row_id in {row["Id"] for row in org.rows(kind)}


async def test_an_approval_locks_then_closes_a_timecard(staffed: Org) -> None:
    """Locked while it waits; closed when approved, but for an administrator who says why; kept as history."""
    card = await staffed.week(8, 4)
    path = f"/sobjects/{TIMECARD}/{card}"
    asked = [{"actionType": "Submit", "contextId": card}]
    (submitted,) = await staffed.send("POST", "/process/approvals", 200, requests=asked)
    locked, _ = await staffed.refused("PATCH", path, pse__Monday_Hours__c=7)
    (twice,) = await staffed.send("POST", "/process/approvals", 400, requests=asked)
    item = {"actionType": "Approve", "contextId": submitted["newWorkitemIds"][0]}
    (approved,) = await staffed.send("POST", "/process/approvals", 200, requests=[item])
    closed, _ = await staffed.refused("PATCH", path, pse__Monday_Hours__c=7)
    wordless, _ = await staffed.refused("PATCH", path, pse__Monday_Hours__c=7, pse__Admin_Global_Edit__c=True)
    await staffed.edit(card, pse__Monday_Hours__c=7)
    (row,) = staffed.rows(TIMECARD)
    history = [(h["Field"], h["OldValue"], h["NewValue"]) for h in staffed.rows("pse__Timecard_Header__History")]

    assert ("04g", "Pending", "04i", True) == (
        submitted["instanceId"][:3],
        submitted["instanceStatus"],
        submitted["newWorkitemIds"][0][:3],
        submitted["success"],
    )
    assert ("ENTITY_IS_LOCKED", "ALREADY_IN_PROCESS") == (locked, twice["errors"][0]["statusCode"])
    assert ("Approved", VALIDATION, VALIDATION) == (approved["instanceStatus"], closed, wordless)
    assert (11, False, None, "As agreed") == (
        row["pse__Total_Hours__c"],
        row["pse__Admin_Global_Edit__c"],
        row["pse__Audit_Notes__c"],
        row["pse__Audit_Notes_History__c"],
    )
    assert ("pse__Status__c", "Submitted", "Approved") in history
    assert ("pse__Monday_Hours__c", 8, 7) in history
    assert (VALIDATION, True) == await _failed(staffed, TIMECARD, card)


@pytest.mark.parametrize(("action", "status"), [("Reject", "Rejected"), ("Removed", "Saved")])
async def test_an_approval_may_end_otherwise(staffed: Org, action: str, status: str) -> None:
    """Rejected, or taken back by who submitted it; then it may be submitted again."""
    card = await staffed.week(8)
    asked = [{"actionType": "Submit", "contextId": card}]
    (submitted,) = await staffed.send("POST", "/process/approvals", 200, requests=asked)
    item = {"actionType": action, "contextId": submitted["newWorkitemIds"][0]}
    await staffed.send("POST", "/process/approvals", 200, requests=[item])
    (unknown,) = await staffed.send("POST", "/process/approvals", 400, requests=[item])

    assert status == staffed.rows(TIMECARD)[0]["pse__Status__c"]
    assert "INVALID_CROSS_REFERENCE_KEY" == unknown["errors"][0]["statusCode"]


async def test_a_status_set_by_hand_runs_no_approval(staffed: Org) -> None:
    """It is the field alone; no approval waits for anybody."""
    card = await staffed.week(8)
    await staffed.send("PATCH", f"/sobjects/{TIMECARD}/{card}", 204, pse__Status__c="Submitted")

    assert [] == staffed.rows("ProcessInstance")
    assert staffed.rows(TIMECARD)[0]["pse__Submitted__c"] is True


async def test_a_week_over_the_end_of_a_month_has_two_splits(staffed: Org) -> None:
    """The package makes them and nobody else may; an invoiced billing event reaches split and timecard."""
    (project,), (schedule,) = staffed.rows("pse__Proj__c"), staffed.rows("pse__Schedule__c")
    for kind, row in (("pse__Proj__c", project), ("pse__Schedule__c", schedule)):
        await staffed.send("PATCH", f"/sobjects/{kind}/{row['Id']}", 204, pse__End_Date__c="2027-06-30")
    card = await staffed.week(5, 1, 2, 4, starts_on=dt.date(2027, 3, 29))
    first, second = staffed.rows("pse__Timecard__c")
    event = await staffed.make("pse__Billing_Event__c", pse__Date__c="2027-02-01")
    item = {"pse__Billing_Event__c": event, "pse__Timecard_Split__c": first["Id"]}
    await staffed.make("pse__Billing_Event_Item__c", **item)
    told = {"pse__Invoiced__c": True, "pse__Invoice_Number__c": "2027-7"}
    await staffed.send("PATCH", f"/sobjects/pse__Billing_Event__c/{event}", 204, **told)
    sealed, _ = await staffed.refused("PATCH", f"/sobjects/pse__Timecard__c/{first['Id']}", pse__Status__c="Saved")
    splits = {row["Id"]: row["pse__Billed__c"] for row in staffed.rows("pse__Timecard__c")}
    (row,) = staffed.rows(TIMECARD)

    assert ("2027-03-31", 8, "2027-03-29") == (
        first["pse__End_Date__c"],
        first["pse__Total_Hours__c"],
        first["pse__Start_Date__c"],
    )
    assert 1 == len({first["pse__Timecard_Header__c"], second["pse__Timecard_Header__c"], card})
    assert ("2027-04-01", 4) == (second["pse__Start_Date__c"], second["pse__Total_Hours__c"])
    assert "INVALID_FIELD_FOR_INSERT_UPDATE" == sealed
    assert (True, False, "2027-7") == (splits[first["Id"]], splits[second["Id"]], row["pse__Invoice_Number__c"])


async def test_what_belongs_together_is_of_one_project(staffed: Org) -> None:
    """A task's parent, dates in order, a request without a project, a twin of a key."""
    (project,) = staffed.rows("pse__Proj__c")
    other = await staffed.make("pse__Proj__c", Name="Another")
    task = await staffed.make("pse__Project_Task__c", Name="Network", pse__Project__c=project["Id"])
    stray = {"Name": "Cables", "pse__Project__c": other, "pse__Parent_Task__c": task}
    late = {"pse__Start_Date_Time__c": "2027-01-05T09:00:00Z", "pse__End_Date_Time__c": "2027-01-04T09:00:00Z"}
    period = {"pse__Start_Date__c": "2027-01-04", "pse__End_Date__c": "2027-01-05"}
    refusals = [
        await staffed.refused("POST", "/sobjects/pse__Project_Task__c", **stray),
        await staffed.refused("PATCH", f"/sobjects/pse__Project_Task__c/{task}", **late),
        await staffed.refused("POST", "/sobjects/pse__Resource_Request__c", **period),
        await staffed.refused("POST", "/sobjects/pse__Proj__c", Name="Twin", Sluice_Id__c="PRJ-S1"),
    ]

    assert [VALIDATION, VALIDATION, VALIDATION, "DUPLICATE_VALUE"] == [code for code, _ in refusals]


async def test_many_timecards_at_once_are_too_much(staffed: Org) -> None:
    """Every row of the call answers with the limit, though the call is good; five and twenty pass."""
    body = staffed.week_body(1) | {"attributes": {"type": TIMECARD}}
    many = await staffed.send("POST", "/composite/sobjects", 200, records=[body] * 26)
    some = await staffed.send("POST", "/composite/sobjects", 200, records=[body] * 25)

    assert {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"} == {each["errors"][0]["statusCode"] for each in many}
    assert all("System.LimitException: Apex CPU time limit exceeded" in e["errors"][0]["message"] for e in many)
    assert all(each["success"] for each in some)


async def test_a_row_that_somebody_else_holds_fails_alone(staffed: Org) -> None:
    """A collection is saved in part; nothing below a project passes while the lock is held."""
    staffed.sandbox.seed({"row_locks": 1})
    body = staffed.week_body(1) | {"attributes": {"type": TIMECARD}}
    one, two = await staffed.send("POST", "/composite/sobjects", 200, records=[body] * 2)

    assert ("UNABLE_TO_LOCK_ROW", True) == (one["errors"][0]["statusCode"], two["success"])


async def test_the_platform_refuses_as_it_does_everywhere(org: Org) -> None:
    """An unknown field, a query without a column, a session nobody opened."""
    code, _ = await org.refused("POST", "/sobjects/pse__Proj__c", Name="A", pse__Nonsense__c=1)
    answer = await org.person.get(f"{DATA}/query", params={"q": "SELECT Foo FROM pse__Proj__c"})
    stranger = await org.person.get(f"{DATA}/limits", headers={"Authorization": "Bearer nobody"})

    assert ("INVALID_FIELD", "INVALID_FIELD") == (code, answer.json()[0]["errorCode"])
    assert (401, "INVALID_SESSION_ID") == (stranger.status_code, stranger.json()[0]["errorCode"])
