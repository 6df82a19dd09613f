"""What the room makes of our nouns in the org, and what it refuses to do there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contracts.canonical.project import PhaseIds
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaPhases, PsaProject, RequestIds, StaffingRequests
from tests.conformance.story import ADDED, CHILD, MORE, PROJECT, RATE_CARD, STAFFING, euros
from tests.system_apis.certinia.org import Org

pytestmark = pytest.mark.req(41)

ID = PROJECT.project_id


async def refusal(call: Any) -> tuple[Kind, str]:
    """Kind and code of a call that must be refused."""
    with pytest.raises(Problem) as refused:
        await call
    return refused.value.kind, refused.value.code


async def test_the_story_stands_as_rows_of_the_package(org: Org) -> None:
    """Project, order, stage and payment points with keys, amounts, dates and units."""
    card = await org.psa.publish_rate_card(rate_card_id="rc-s1", body=RATE_CARD)
    client = await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    body = PsaProject(project=PROJECT, client_external_id=client.external_id, rate_card_external_id=card.external_id)
    await org.psa.put_project(project_id=ID, body=body)
    (project,), (budget,), (stage,) = (
        org.rows("pse__Proj__c"),
        org.rows("pse__Budget__c"),
        org.rows("pse__Project_Phase__c"),
    )
    points = org.rows("pse__Milestone__c")
    first, second = org.rows("pse__Rate_Card__c")

    assert ("prj-s1", client.external_id, card.external_id, 240000, "PR-000001") == (
        project["Sluice_Id__c"],
        project["pse__Account__c"],
        project["pse__Rate_Card_Set__c"],
        project["pse__Bookings__c"],
        project["pse__Project_ID__c"],
    )
    assert "003J51000000001IAA" == project["pse__Project_Manager__c"]
    assert all(project[f"pse__{unit}__c"] for unit in ("Region", "Practice", "Group"))
    assert (240000, True) == (budget["pse__Amount__c"], budget["pse__Include_In_Financials__c"])
    assert ("prj-s1/phs-s1-1", "2027-01-04", "2027-02-28") == (
        stage["Sluice_Id__c"],
        stage["pse__Start_Date__c"],
        stage["pse__End_Date__c"],
    )
    assert [(stage["Id"], 48000), (stage["Id"], 192000)] == [
        (point["Sluice_Phase__c"], point["pse__Milestone_Amount__c"]) for point in points
    ]
    assert [("2026-12-01", "2027-12-31", 195), ("2028-01-01", None, 203)] == [
        (row["pse__Start_Date__c"], row["pse__End_Date__c"], row["pse__Suggested_Bill_Rate__c"])
        for row in (first, second)
    ]
    assert 2 == len(org.rows("pse__Rate_Card_Set_Junction__c"))


async def test_what_stands_as_wanted_is_not_written_again(org: Org) -> None:
    """A repetition asks and writes nothing, so no trigger runs; what differs is all that is written."""
    await org.project()
    org.sandbox.calls.clear()
    await org.project()
    quiet = org.calls("PATCH", "/")
    client = await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    renamed = msgspec.structs.replace(PROJECT, name="N" * 100)
    body = PsaProject(project=renamed, client_external_id=client.external_id)
    again = await org.psa.put_project(project_id=ID, body=body)

    assert [] == quiet
    assert [200, 200] == org.calls("PATCH", "/services/data/v66.0/composite/sobjects")
    assert 80 == len(org.rows("pse__Proj__c")[0]["Name"])
    assert not any(one.created for one in again.references)


@pytest.mark.req(188)
async def test_the_budget_follows_the_stages(org: Org) -> None:
    """Added, it grows and so does the last day; removed, it is as before; phases with time stay."""
    await org.project()
    await org.psa.put_phases(project_id=ID, body=PsaPhases(phases=ADDED))
    grown = org.rows("pse__Proj__c")[0]
    gone = PhaseIds(phase_ids=[phase.phase_id for phase in MORE])
    await org.psa.remove_phases(project_id=ID, body=gone)
    shrunk = org.rows("pse__Proj__c")[0]
    org.assigned = await org.assignment()
    await org.week(8)
    kept = await refusal(org.psa.remove_phases(project_id=ID, body=PhaseIds(phase_ids=["phs-s1-1", "phs-s1-2"])))

    assert (300000, "2027-09-30") == (grown["pse__Bookings__c"], grown["pse__End_Date__c"])
    assert 240000 == shrunk["pse__Bookings__c"]
    assert (Kind.CONFLICT, "certinia.phase_has_time") == kept
    assert 2 == len(org.rows("pse__Milestone__c"))


async def test_phases_that_do_not_fit_are_refused_before_anything_is_made(org: Org) -> None:
    """Parents of each other, an unknown parent, another currency, a fraction of a cent."""
    await org.project()
    seven, eight = MORE
    circle = [msgspec.structs.replace(seven, parent_id=eight.phase_id), eight]
    orphan = [msgspec.structs.replace(eight, parent_id="phs-none")]
    foreign = [msgspec.structs.replace(seven, budget=msgspec.structs.replace(seven.budget, currency="USD"))]
    fine = [msgspec.structs.replace(seven, budget=euros("1.005"))]
    told = []
    for phases in (circle, orphan, foreign, fine):
        body = PsaPhases(phases=msgspec.structs.replace(ADDED, phases=phases))
        told.append(await refusal(org.psa.put_phases(project_id=ID, body=body)))

    codes = ("phases_in_circle", "parent_unknown", "currency", "fraction_of_cent")
    assert [(Kind.INVALID, f"certinia.{code}") for code in codes] == told
    assert 1 == len(org.rows("pse__Project_Phase__c"))


async def test_an_archived_project_is_closed_and_may_be_opened_again(org: Org) -> None:
    """It is not found any more, time cannot be entered; put again it stands as before, not a second time."""
    await org.project()
    await org.psa.archive_project(project_id=ID)
    hidden = await refusal(org.psa.project(project_id=ID))
    (closed,) = org.rows("pse__Proj__c")
    await org.project()
    (opened,) = org.rows("pse__Proj__c")

    assert (Kind.NOT_FOUND, "certinia.project_unknown") == hidden
    assert (True, "Completed", False) == (
        closed["pse__Closed_for_Time_Entry__c"],
        closed["pse__Stage__c"],
        closed["pse__Is_Active__c"],
    )
    assert (False, "In Progress", True) == (
        opened["pse__Closed_for_Time_Entry__c"],
        opened["pse__Stage__c"],
        opened["pse__Is_Active__c"],
    )


async def test_a_client_on_which_something_stands_stays(org: Org) -> None:
    """Open projects, opportunities and contacts hold it: the platform would take the last two along in silence."""
    await org.project()
    (account,) = org.rows("Account")
    with_project = await refusal(org.psa.retire_client(customer_id=CHILD.customer_id))
    await org.psa.archive_project(project_id=ID)
    contact = await org.make("Contact", LastName="Duval", AccountId=account["Id"])
    with_contact = await refusal(org.psa.retire_client(customer_id=CHILD.customer_id))
    await org.send("DELETE", f"/sobjects/Contact/{contact}", 204)
    for _ in range(2):
        await org.psa.retire_client(customer_id=CHILD.customer_id)

    assert (Kind.CONFLICT, "certinia.client_in_use") == with_project == with_contact
    assert [] == org.rows("Account")
    assert org.rows("pse__Proj__c")[0]["pse__Account__c"] is None


async def test_what_sales_left_without_a_name_is_named_by_its_key(org: Org) -> None:
    """The package's names may not be empty, and a deal may have rates without a name for them."""
    await org.psa.publish_rate_card(rate_card_id="rc-s9", body=msgspec.structs.replace(RATE_CARD, name=""))

    assert ["rc-s9"] == [row["Name"] for row in org.rows("pse__Rate_Card_Set__c")]


async def test_a_rate_card_in_use_stays_and_a_half_made_one_is_completed(org: Org) -> None:
    """Published last: a card that was cut off is not published, and the next call makes what is missing."""
    org.fault(kind="status", method="PATCH", contains="Junction", status=400, body='[{"errorCode":"INVALID_FIELD"}]')
    cut = await refusal(org.psa.publish_rate_card(rate_card_id="rc-s1", body=RATE_CARD))
    half = [row["Sluice_Published__c"] for row in org.rows("pse__Rate_Card_Set__c")]
    card = await org.psa.publish_rate_card(rate_card_id="rc-s1", body=RATE_CARD)
    again = await org.psa.publish_rate_card(rate_card_id="rc-s1", body=RATE_CARD)
    client = await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    body = PsaProject(project=PROJECT, client_external_id=client.external_id, rate_card_external_id=card.external_id)
    await org.psa.put_project(project_id=ID, body=body)
    used = await refusal(org.psa.withdraw_rate_card(rate_card_id="rc-s1"))
    await org.psa.archive_project(project_id=ID)
    await org.psa.withdraw_rate_card(rate_card_id="rc-s1")

    assert (Kind.UNEXPECTED, [False]) == (cut[0], half)
    assert card.external_id == again.external_id
    assert (Kind.CONFLICT, "certinia.rate_card_in_use") == used
    kinds = ("pse__Rate_Card_Set__c", "pse__Rate_Card__c", "pse__Rate_Card_Set_Junction__c")
    assert [[], [], []] == [org.rows(kind) for kind in kinds]


async def test_what_staffing_has_assigned_is_left_alone(org: Org) -> None:
    """Open requests follow dates and effort; an assigned one is neither changed nor withdrawn."""
    await org.project()
    await org.psa.request_staffing(project_id=ID, body=StaffingRequests(requests=STAFFING))
    longer = [msgspec.structs.replace(STAFFING[0], hours=Decimal(400), ends_on=dt.date(2027, 3, 31))]
    await org.psa.request_staffing(project_id=ID, body=StaffingRequests(requests=longer))
    (asked,) = org.rows("pse__Resource_Request__c")
    staffed = {"pse__Status__c": "Assigned", "pse__Staffer_Resource__c": "003J51000000002IAA"}
    await org.send("PATCH", f"/sobjects/pse__Resource_Request__c/{asked['Id']}", 204, **staffed)
    found = await org.psa.request_staffing(project_id=ID, body=StaffingRequests(requests=STAFFING))
    await org.psa.withdraw_requests(project_id=ID, body=RequestIds(request_ids=["stf-s1-1"]))
    await org.psa.withdraw_staffing(project_id=ID)
    (kept,) = org.rows("pse__Resource_Request__c")

    assert (400, "2027-03-31", "Ready to Staff", "Cloud Architect") == (
        asked["pse__SOW_Hours__c"],
        asked["pse__End_Date__c"],
        asked["pse__Status__c"],
        asked["pse__Resource_Role__c"],
    )
    assert [(asked["Id"], False)] == [(one.external_id, one.created) for one in found.references]
    assert (400, "Assigned") == (kept["pse__SOW_Hours__c"], kept["pse__Status__c"])


@pytest.mark.parametrize(("field", "noun"), [("service_line", "practice"), ("legal_entity_id", "group")])
async def test_a_unit_that_the_org_lacks_is_named(org: Org, field: str, noun: str) -> None:
    """Nothing is made up, and nothing is made."""
    client = await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    project = msgspec.structs.replace(PROJECT, **{field: "NO-SUCH"})
    body = PsaProject(project=project, client_external_id=client.external_id)

    assert (Kind.INVALID, f"certinia.{noun}_unknown") == await refusal(org.psa.put_project(project_id=ID, body=body))
    assert [] == org.rows("pse__Proj__c")


async def test_a_key_is_no_pattern(org: Org) -> None:
    """Underscores and per cent signs of one project's key do not reach the rows of another."""
    await org.project()
    client = await org.psa.put_client(customer_id=CHILD.customer_id, body=CHILD)
    other = msgspec.structs.replace(PROJECT, project_id="prj_s1", phases=[])
    await org.psa.put_project(
        project_id="prj_s1", body=PsaProject(project=other, client_external_id=client.external_id)
    )
    found = await org.psa.project(project_id="prj_s1")

    assert ["prj_s1"] == [one.our_id for one in found.references]
