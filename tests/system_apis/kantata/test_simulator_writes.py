"""The simulator's writes: what it demands, refuses, derives, locks, and never dedupes."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.req(40, 42)


async def _post(account: Any, collection: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = await account.http.post(f"/api/v1/{collection}.json", json=body)
    return response.status_code, response.json()


async def _workspace(account: Any, **attributes: Any) -> dict[str, Any]:
    row = await account.make("workspaces", "workspace", title="P", creator_role="maven", **attributes)
    return dict(row)


@pytest.mark.parametrize(
    ("collection", "body", "field"),
    [
        ("workspaces", {"workspace": {"creator_role": "maven"}}, "title"),
        ("workspaces", {"workspace": {"title": "P", "creator_role": "boss"}}, "creator_role"),
        ("workspaces", {"workspace": {"title": "P"}}, "creator_role"),
        ("workspaces", {"workspace": {"title": "P", "creator_role": "maven", "start_date": "soon"}}, "start_date"),
        ("workspaces", {"workspace": {"title": "P", "creator_role": "maven", "rate_card_id": 99}}, "rate_card_id"),
        ("stories", {"story": {"title": "S", "workspace_id": 99}}, "workspace_id"),
        ("stories", {"story": {"title": "S"}}, "workspace_id"),
        ("time_entries", {"time_entry": {"workspace_id": 99, "date_performed": "2027-01-04"}}, "time_in_minutes"),
        ("roles", {"role": {"name": ""}}, "name"),
        ("resource_requests", {"resource_request": {"resource_id": "1"}}, "approver_ids"),
    ],
)
async def test_a_row_that_lacks_something_is_422(
    account: Any, collection: str, body: dict[str, Any], field: str
) -> None:
    """Type validation, a message, and the field."""
    status, answer = await _post(account, collection, body)

    assert (422, "validation", field) == (status, answer["errors"][0]["type"], answer["errors"][0]["field"])
    assert answer["errors"][0]["message"]


async def test_cents_and_minutes_are_whole(account: Any) -> None:
    """A fraction of a cent or a minute is refused."""
    workspace = await _workspace(account)
    for name in ("budget_estimate_in_cents", "time_estimate_in_minutes"):
        story = {"title": "S", "workspace_id": workspace["id"], name: 12.5}
        status, answer = await _post(account, "stories", {"story": story})

        assert (422, name) == (status, answer["errors"][0]["field"])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"title":"bare"}', b'{"workspace":"text"}'])
async def test_a_body_that_is_not_wrapped_is_400(account: Any, body: bytes) -> None:
    """Type syntax: the row must stand under its singular."""
    headers = {"content-type": "application/json"}
    response = await account.http.post("/api/v1/workspaces", content=body, headers=headers)

    assert (400, "syntax") == (response.status_code, response.json()["errors"][0]["type"])


@pytest.mark.req(243)
async def test_a_replayed_create_makes_a_duplicate(account: Any) -> None:
    """Not even the external reference is unique: the same body twice is two rows and two references."""
    reference = {"service_name": "sluice", "service_model": "project", "service_model_ref": "P-1"}
    body = {"workspace": {"title": "P", "creator_role": "maven", "external_reference": reference}}
    answers = [await _post(account, "workspaces", body) for _ in range(2)]

    assert [201, 201] == [status for status, _ in answers]
    assert (2, 2) == (len(account.rows("workspaces")), len(account.rows("external_references")))


async def test_a_nested_reference_is_born_with_the_row(account: Any) -> None:
    """It points at the row and is side-loaded on demand; one without its three names is refused, and so is the row."""
    reference = {"service_name": "sluice", "service_model": "role", "service_model_ref": "R-1"}
    role = await account.make("roles", "role", name="R", external_reference=reference)
    answer = (await account.http.get(f"/api/v1/roles/{role['id']}?include=external_references")).json()
    status, _ = await _post(account, "roles", {"role": {"name": "S", "external_reference": {"service_name": "x"}}})

    (linked,) = answer["external_references"].values()
    assert reference | {"subject_type": "Role", "subject_id": role["id"]} == {
        name: linked[name] for name in (*reference, "subject_type", "subject_id")
    }
    assert answer["roles"][role["id"]]["external_reference_ids"] == [linked["id"]]
    assert (422, 1) == (status, len(account.rows("roles")))


async def test_create_or_update_is_an_upsert(account: Any) -> None:
    """The same reference twice is one row; a subject that is not there is refused; a plain create is no path."""
    role = await account.make("roles", "role", name="R")
    body = {
        "external_reference": {
            "service_name": "sluice",
            "service_model": "role",
            "service_model_ref": "R-1",
            "subject_type": "Role",
            "subject_id": role["id"],
        }
    }
    first = await _post(account, "external_references/create_or_update", body)
    again = await _post(account, "external_references/create_or_update", body)
    body["external_reference"]["subject_id"] = "77"
    lost, _ = await _post(account, "external_references/create_or_update", body)
    plain, _ = await _post(account, "external_references", body)

    assert first[1]["results"] == again[1]["results"]
    assert (422, 404) == (lost, plain)


async def test_a_bulk_create_reports_each_refusal_beside_what_it_made(account: Any) -> None:
    """A plural array creates each for itself; errors stand in the answer of a success."""
    status, answer = await _post(account, "roles", {"roles": [{"name": "A"}, {"name": ""}, {"name": "C"}]})

    assert (201, 2, ["name"]) == (status, answer["count"], [error["field"] for error in answer["errors"]])


async def test_rails_forms_are_read(account: Any) -> None:
    """The official client sends forms by default."""
    data = {"workspace[title]": "Form", "workspace[creator_role]": "buyer", "workspace[budgeted]": "true"}
    response = await account.http.post("/api/v1/workspaces.json", data=data)

    (row,) = response.json()["workspaces"].values()
    assert (201, "Form", True) == (response.status_code, row["title"], row["budgeted"])


async def test_attributes_that_are_not_taken_are_dropped(account: Any) -> None:
    """A create-only field is not changed by an update, nor an update-only field set at creation."""
    workspace = await _workspace(account, archived=True)
    await account.http.put(f"/api/v1/workspaces/{workspace['id']}", json={"workspace": {"creator_role": "buyer"}})
    (row,) = account.rows("workspaces")

    assert (False, "maven") == (row["archived"], row["creator_role"])


async def test_a_delete_is_hard_and_takes_its_references(account: Any) -> None:
    """204 without a body, then 404; projects cannot be deleted at all."""
    reference = {"service_name": "sluice", "service_model": "role", "service_model_ref": "R-1"}
    role = await account.make("roles", "role", name="R", external_reference=reference)
    workspace = await _workspace(account)
    first = await account.http.delete(f"/api/v1/roles/{role['id']}.json")
    second = await account.http.delete(f"/api/v1/roles/{role['id']}.json")
    project = await account.http.delete(f"/api/v1/workspaces/{workspace['id']}.json")

    assert (204, b"", 404, 404) == (first.status_code, first.content, second.status_code, project.status_code)
    assert [] == account.rows("external_references")


async def test_an_update_of_nothing_is_404(account: Any) -> None:
    """A row must stand to be changed."""
    response = await account.http.put("/api/v1/roles/9.json", json={"role": {"name": "X"}})

    assert 404 == response.status_code


@pytest.mark.parametrize("lock", ["approved", "is_invoiced"])
async def test_an_approved_or_invoiced_time_entry_is_locked(account: Any, lock: str) -> None:
    """Neither changed nor deleted: 422."""
    workspace = await _workspace(account, require_time_approvals=True)
    entry = {"workspace_id": workspace["id"], "date_performed": "2027-01-04", "time_in_minutes": 60, lock: True}
    account.sandbox.seed({"time_entries": {"5": entry}})
    changed = await account.http.put("/api/v1/time_entries/5", json={"time_entry": {"time_in_minutes": 30}})
    deleted = await account.http.delete("/api/v1/time_entries/5")

    assert (422, 422) == (changed.status_code, deleted.status_code)
    assert "validation" == changed.json()["errors"][0]["type"]


async def test_group_names_are_unique_whatever_their_case(account: Any) -> None:
    """The one name the vendor keeps unique."""
    await account.make("workspace_groups", "workspace_group", name="Northwind", company=True)
    status, answer = await _post(account, "workspace_groups", {"workspace_group": {"name": "NORTHWIND"}})

    assert (422, "name") == (status, answer["errors"][0]["field"])


async def test_a_price_is_answered_in_cents(account: Any) -> None:
    """Taken in major units, reported in minor ones."""
    workspace = await _workspace(account, currency="EUR", price="1420000.00")

    assert 142_000_000 == workspace["price_in_cents"]


async def test_stories_form_a_tree_within_one_project(account: Any) -> None:
    """A parent of another project is refused, a loop too; deleting a parent takes its children."""
    here, there = await _workspace(account), await _workspace(account)
    root = await account.make("stories", "story", title="A", workspace_id=here["id"])
    child = await account.make("stories", "story", title="B", workspace_id=here["id"], parent_id=root["id"])
    strange = {"title": "C", "workspace_id": there["id"], "parent_id": root["id"]}
    abroad, _ = await _post(account, "stories", {"story": strange})
    loop = await account.http.put(f"/api/v1/stories/{root['id']}", json={"story": {"parent_id": child["id"]}})
    await account.http.delete(f"/api/v1/stories/{root['id']}")

    assert (root["id"], [root["id"]]) == (child["root_id"], child["ancestor_ids"])
    assert (422, 422, []) == (abroad, loop.status_code, account.rows("stories"))


async def test_a_request_is_resolved_once(account: Any) -> None:
    """Approving names the seat; a second resolution is refused."""
    workspace = await _workspace(account)
    seat = await account.make("workspace_resources", "workspace_resource", workspace_id=workspace["id"])
    request = await account.make("resource_requests", "resource_request", resource_id=seat["id"], approver_ids=["8001"])
    body = {"resource_request": {"request_resolution_status": "approve", "user_id": "8002"}}
    first = await account.http.put(f"/api/v1/resource_requests/{request['id']}", json=body)
    second = await account.http.put(f"/api/v1/resource_requests/{request['id']}", json=body)
    (row,) = account.rows("workspace_resources")

    assert ("pending", 200, 422) == (request["status"], first.status_code, second.status_code)
    assert ("8002", None) == (row["user_id"], row["pending_resource_request_id"])


async def test_a_request_may_bring_its_seat(account: Any) -> None:
    """With a project and a role instead of a seat the vendor makes the seat."""
    workspace = await _workspace(account)
    role = await account.make("roles", "role", name="R")
    await account.make(
        "resource_requests",
        "resource_request",
        resource_workspace_id=workspace["id"],
        resource_role_id=role["id"],
        approver_ids=["8001"],
    )
    (seat,) = account.rows("workspace_resources")

    assert (role["id"], None) == (seat["role_id"], seat["user_id"])


async def test_an_allocation_does_not_end_before_it_starts(account: Any) -> None:
    """Dates are checked against each other."""
    workspace = await _workspace(account)
    seat = await account.make("workspace_resources", "workspace_resource", workspace_id=workspace["id"])
    body = {"resource_id": seat["id"], "start_date": "2027-02-01", "end_date": "2027-01-01", "minutes": 60}
    status, answer = await _post(account, "workspace_allocations", {"workspace_allocation": body})

    assert (422, "end_date") == (status, answer["errors"][0]["field"])


async def test_demands_and_billing_milestones_are_kept(account: Any) -> None:
    """Two more collections take rows with references."""
    workspace = await _workspace(account)
    demand = await account.make("staffing_demands", "staffing_demand", workspace_id=workspace["id"], quantity=2)
    milestone = await account.make(
        "billing_milestones", "billing_milestone", workspace_id=workspace["id"], amount_in_cents=4_800_000
    )

    assert (2, 4_800_000) == (demand["quantity"], milestone["amount_in_cents"])
