"""The PSA role on a simulated account, over HTTP: found before created, complete, repeatable, undone."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contracts.canonical.capability import FeedKind, UpsertKind
from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.canonical.rates import RateCard
from contracts.problem import Kind, Problem
from contracts.system.psa import Psa, PsaProject, StaffingRequests

pytestmark = pytest.mark.req(40, 42, 62)


async def test_capabilities_are_the_manifests(psa: Psa) -> None:
    """A process learns here that creates are found first and changes are polled."""
    can = await psa.capabilities()

    assert ("kantata", "psa-main", ["psa"], UpsertKind.FIND_THEN_CREATE, FeedKind.POLL) == (
        can.vendor,
        can.connection,
        can.roles,
        can.upsert,
        can.feed,
    )


@pytest.mark.req(243)
async def test_a_client_is_created_once_and_then_brought_up_to_date(account: Any, psa: Psa, customer: Customer) -> None:
    """The second put finds it, changes what differs, and the third changes nothing."""
    first = await psa.put_client(customer_id="cus-1", body=customer)
    moved = msgspec.structs.replace(customer, email="new@northwind.example")
    second = await psa.put_client(customer_id="cus-1", body=moved)
    writes = len(account.calls("PUT", "workspace_groups"))
    await psa.put_client(customer_id="cus-1", body=moved)
    (row,) = account.rows("workspace_groups")

    assert (True, False, first.external_id) == (first.created, second.created, second.external_id)
    assert ("new@northwind.example", True, 1, 1) == (
        row["email"],
        row["company"],
        writes,
        len(account.calls("PUT", "workspace_groups")),
    )


async def test_a_client_with_a_project_stays(account: Any, psa: Psa, put: Any) -> None:
    """Retiring is refused while a project is open, done once it is archived, and harmless afterwards."""
    await put()
    with pytest.raises(Problem) as held:
        await psa.retire_client(customer_id="cus-1")
    await psa.archive_project(project_id="prj-1")
    await psa.retire_client(customer_id="cus-1")
    await psa.retire_client(customer_id="cus-1")

    assert (Kind.CONFLICT, "kantata.client_has_projects") == (held.value.kind, held.value.code)
    assert [] == account.rows("workspace_groups")


@pytest.mark.req(81, 82, 137, 343)
async def test_a_project_opens_with_phases_and_milestones(account: Any, psa: Psa, put: Any, project: Project) -> None:
    """The workspace's reference comes first, the phases follow in order; milestones hang below their phases."""
    references = (await put()).references
    (workspace,) = account.rows("workspaces")
    stories = {row["id"]: row for row in account.rows("stories")}
    by_phase = {reference.our_id: stories[reference.external_id] for reference in references[1:]}

    assert ["prj-1", *(phase.phase_id for phase in project.phases)] == [one.our_id for one in references]
    assert all(one.created for one in references)
    assert ("EUR", 142_000_000, "2027-01-04", "2029-02-28", "8002") == (
        workspace["currency"],
        workspace["price_in_cents"],
        workspace["start_date"],
        workspace["due_date"],
        workspace["primary_maven_id"],
    )
    assert [by_phase["phs-1"]["id"]] * 3 == [by_phase[f"phs-1-{n}"]["parent_id"] for n in (1, 2, 3)]
    assert ("milestone", 6_001_200) == (
        by_phase["phs-2-3"]["story_type"],
        by_phase["phs-2-3"]["budget_estimate_in_cents"],
    )
    assert workspace["rate_card_id"] == account.rows("rate_cards")[-1]["id"]


@pytest.mark.req(243)
async def test_a_project_put_again_is_found_whole(account: Any, psa: Psa, put: Any) -> None:
    """Same ids, nothing created, nothing written; reading gives the same references."""
    first = (await put()).references
    writes = len(account.calls("POST", "/")) + len(account.calls("PUT", "/"))
    again = (await put()).references
    read = (await psa.project(project_id="prj-1")).references
    links = account.calls("POST", "create_or_update")

    assert [(r.our_id, r.external_id) for r in first] == [(r.our_id, r.external_id) for r in again]
    assert {(r.our_id, r.external_id) for r in first} == {(r.our_id, r.external_id) for r in read}
    assert [False] * len(again) == [one.created for one in again]
    assert writes + len(links) - 1 == len(account.calls("POST", "/")) + len(account.calls("PUT", "/"))


async def test_a_changed_project_is_brought_up_to_date(account: Any, psa: Psa, put: Any, project: Project) -> None:
    """A new budget and a new phase name reach the rows that stand."""
    references = (await put()).references
    (workspace,) = account.rows("workspaces")
    renamed = msgspec.structs.replace(project.phases[0], name="Onboarding France and Monaco")
    changed = msgspec.structs.replace(
        project,
        budget=msgspec.structs.replace(project.budget, amount=Decimal("1500000.00")),
        phases=[renamed, *project.phases[1:]],
    )
    body = PsaProject(
        project=changed,
        client_external_id=workspace["primary_workspace_group_id"],
        rate_card_external_id=workspace["rate_card_id"],
    )
    await psa.put_project(project_id="prj-1", body=body)
    (after,) = account.rows("workspaces")
    titles = {row["id"]: row["title"] for row in account.rows("stories")}

    assert (150_000_000, "Onboarding France and Monaco") == (
        after["price_in_cents"],
        titles[references[1].external_id],
    )


async def test_phases_of_two_projects_may_bear_the_same_ids(account: Any, psa: Psa, put: Any, project: Project) -> None:
    """Part ids are ours within a project only."""
    first = (await put()).references
    (workspace,) = account.rows("workspaces")
    body = PsaProject(
        project=msgspec.structs.replace(project, project_id="prj-2"),
        client_external_id=workspace["primary_workspace_group_id"],
    )
    second = (await psa.put_project(project_id="prj-2", body=body)).references

    assert not {one.external_id for one in first[1:]} & {one.external_id for one in second[1:]}
    assert all(one.created for one in second)


async def test_an_archived_project_is_gone_until_it_is_put_again(account: Any, psa: Psa, put: Any) -> None:
    """Archiving twice harms nothing; a project never opened is 404; putting it again revives the same row."""
    first = (await put()).references
    await psa.archive_project(project_id="prj-1")
    await psa.archive_project(project_id="prj-1")
    with pytest.raises(Problem) as hidden:
        await psa.project(project_id="prj-1")
    with pytest.raises(Problem) as never:
        await psa.archive_project(project_id="prj-9")
    again = (await put()).references

    assert (Kind.NOT_FOUND, Kind.NOT_FOUND) == (hidden.value.kind, never.value.kind)
    assert ([one.external_id for one in first], 1) == (
        [one.external_id for one in again],
        len(account.rows("workspaces")),
    )
    assert first == [msgspec.structs.replace(one, created=True) for one in again]


@pytest.mark.req(83, 84, 138)
async def test_staffing_opens_a_seat_an_effort_and_a_request_for_each_need(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests
) -> None:
    """Unnamed seats by role and country, minutes between the dates, and a pending request with its approver."""
    await put()
    references = (await psa.request_staffing(project_id="prj-1", body=needs)).references
    roles = {row["id"]: row["name"] for row in account.rows("roles")}
    seats = {row["id"]: row for row in account.rows("workspace_resources")}
    minutes = {row["resource_id"]: row["minutes"] for row in account.rows("workspace_allocations")}
    requests = account.rows("resource_requests")

    assert ["stf-1", "stf-2", "stf-3", "stf-4"] == [one.our_id for one in references]
    assert [
        ("Cloud Architect (FR)", 19_200),
        ("Cloud Architect (DE)", 14_400),
        ("Service Manager (DE)", 28_800),
        ("Engineer (DE)", 54_000),
    ] == [(roles[seats[one.external_id]["role_id"]], minutes[one.external_id]) for one in references]
    assert [("pending", ["8001"])] * 4 == [(one["status"], one["approver_ids"]) for one in requests]
    assert 5 == len(roles)


@pytest.mark.req(243)
async def test_staffing_asked_again_is_returned_as_it_stands(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests
) -> None:
    """Pending, answered or filled: no second seat and no second request."""
    await put()
    first = (await psa.request_staffing(project_id="prj-1", body=needs)).references
    requests = account.rows("resource_requests")
    for request, verdict in ((requests[0], {"user_id": "8002"}), (requests[1], {})):
        status = "approve" if verdict else "reject"
        body = {"resource_request": {"request_resolution_status": status, **verdict}}
        await account.http.put(f"/api/v1/resource_requests/{request['id']}", json=body)
    again = (await psa.request_staffing(project_id="prj-1", body=needs)).references

    assert ([one.external_id for one in first], 4, 4) == (
        [one.external_id for one in again],
        len(account.rows("workspace_resources")),
        len(account.rows("resource_requests")),
    )


async def test_withdrawing_staffing_leaves_named_people(
    account: Any, psa: Psa, put: Any, needs: StaffingRequests
) -> None:
    """Open requests go with seat and effort; a filled seat and a stranger's seat stay; twice harms nothing."""
    workspace_id = (await put()).references[0].external_id
    await psa.request_staffing(project_id="prj-1", body=needs)
    stranger = await account.make("workspace_resources", "workspace_resource", workspace_id=workspace_id)
    filled = account.rows("resource_requests")[0]
    body = {"resource_request": {"request_resolution_status": "approve", "user_id": "8002"}}
    await account.http.put(f"/api/v1/resource_requests/{filled['id']}", json=body)
    await psa.withdraw_staffing(project_id="prj-1")
    await psa.withdraw_staffing(project_id="prj-1")

    assert {filled["resource_id"], stranger["id"]} == {row["id"] for row in account.rows("workspace_resources")}
    assert [filled["resource_id"]] == [row["resource_id"] for row in account.rows("workspace_allocations")]


async def test_staffing_needs_a_project(psa: Psa, needs: StaffingRequests) -> None:
    """404 for asking and for withdrawing."""
    for call in (
        psa.request_staffing(project_id="prj-9", body=needs),
        psa.withdraw_staffing(project_id="prj-9"),
    ):
        with pytest.raises(Problem) as caught:
            await call

        assert "kantata.project_unknown" == caught.value.code


@pytest.mark.req(62)
async def test_everything_can_be_taken_back(account: Any, psa: Psa, put: Any, needs: StaffingRequests) -> None:
    """Staffing, project, rate card, client, in that order: nothing of ours is left open."""
    await put()
    await psa.request_staffing(project_id="prj-1", body=needs)
    await psa.withdraw_staffing(project_id="prj-1")
    await psa.archive_project(project_id="prj-1")
    await psa.withdraw_rate_card(rate_card_id="rc-1")
    await psa.retire_client(customer_id="cus-1")

    assert ([], [], [True], ["Account default"]) == (
        account.rows("workspace_resources"),
        account.rows("workspace_groups"),
        [row["archived"] for row in account.rows("workspaces")],
        [row["title"] for row in account.rows("rate_card_sets")],
    )


@pytest.mark.req(243)
async def test_two_callers_at_once_make_one_row(account: Any, psa: Psa, customer: Customer) -> None:
    """Within the process a key is created by one at a time."""
    references = await asyncio.gather(*(psa.put_client(customer_id="cus-1", body=customer) for _ in range(5)))

    assert (1, 1) == (len({one.external_id for one in references}), len(account.rows("workspace_groups")))
    assert 1 == sum(one.created for one in references)


async def test_two_rows_under_one_key_are_a_conflict(account: Any, psa: Psa, put: Any) -> None:
    """Both ids are named, and there is never a third row."""
    await put()
    reference = {"service_name": "sluice", "service_model": "project", "service_model_ref": "prj-1"}
    await account.make("workspaces", "workspace", title="X", creator_role="maven", external_reference=reference)
    with pytest.raises(Problem) as caught:
        await put()

    assert (Kind.CONFLICT, "kantata.duplicate", "1, 2") == (
        caught.value.kind,
        caught.value.code,
        caught.value.context["external_ids"],
    )
    assert 2 == len(account.rows("workspaces"))


async def test_a_reference_to_a_row_that_is_gone_counts_for_nothing(account: Any, psa: Psa, customer: Customer) -> None:
    """Somebody deleted the group by hand and the vendor kept the link: a new one is made."""
    await psa.put_client(customer_id="cus-1", body=customer)
    account.sandbox.dump()["workspace_groups"].clear()
    reference = account.rows("external_references")[0]
    account.sandbox.seed({"external_references": {"900": {**reference, "id": "900", "subject_id": "77"}}})
    await account.http.delete("/api/v1/workspace_groups/1.json")
    made = await psa.put_client(customer_id="cus-1", body=customer)

    assert (True, "2") == (made.created, made.external_id)


@pytest.mark.req(135)
async def test_a_role_that_stands_is_taken(account: Any, psa: Psa, rate_card: RateCard) -> None:
    """A role of the right name is not created again, whoever made it; two of one name are a conflict."""
    await account.make("roles", "role", name="Engineer (DE)")
    await psa.publish_rate_card(rate_card_id="rc-1", body=rate_card)
    await account.make("roles", "role", name="Engineer (DE)")
    with pytest.raises(Problem) as caught:
        await psa.publish_rate_card(rate_card_id="rc-2", body=rate_card)

    assert (6, "kantata.duplicate") == (len(account.rows("roles")), caught.value.code)
