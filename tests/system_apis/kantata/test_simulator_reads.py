"""The simulator's reads: the envelope, default filters, pages, side-loads."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.req(40, 42)


async def _workspaces(account: Any, many: int) -> list[str]:
    made = [await account.make("workspaces", "workspace", title=f"P{n}", creator_role="maven") for n in range(many)]
    return [row["id"] for row in made]


async def _get(account: Any, path: str, **params: Any) -> dict[str, Any]:
    response = await account.http.get(f"/api/v1/{path}", params=params)
    assert 200 == response.status_code, response.text
    return dict(response.json())


async def test_order_stands_in_results_and_not_in_the_map(account: Any) -> None:
    """Results hold the asked order; the id-keyed map comes in some other one."""
    ids = await _workspaces(account, 12)
    answers = [await _get(account, "workspaces.json", order="created_at:asc") for _ in range(3)]

    assert [ids] * 3 == [[one["id"] for one in answer["results"]] for answer in answers]
    assert any(list(answer["workspaces"]) != ids for answer in answers)


async def test_ids_are_strings_everywhere(account: Any) -> None:
    """An id given as a number comes back as a string, in results, keys and foreign keys."""
    workspace = await account.make("workspaces", "workspace", title="P", creator_role="maven")
    story = await account.make("stories", "story", title="S", workspace_id=int(workspace["id"]))

    assert (workspace["id"], str) == (story["workspace_id"], type(story["id"]))


async def test_the_suffix_is_optional(account: Any) -> None:
    """`workspaces` and `workspaces.json` are one path, and so are their rows."""
    (row_id,) = await _workspaces(account, 1)

    assert ["P0", "P0"] == [
        (await _get(account, path))["workspaces"][row_id]["title"]
        for path in (f"workspaces/{row_id}", f"workspaces/{row_id}.json")
    ]


async def test_pages_hold_twenty_unless_told_and_two_hundred_at_most(account: Any) -> None:
    """A wish for more than 200 a page is cut down without a word."""
    await account.http.post("/api/v1/roles.json", json={"roles": [{"name": f"R{n}"} for n in range(150)]})
    await account.http.post("/api/v1/roles.json", json={"roles": [{"name": f"S{n}"} for n in range(100)]})
    plain = await _get(account, "roles.json")
    greedy = await _get(account, "roles.json", per_page=5000)

    assert (20, {"count": 250, "page_count": 13, "page_number": 1, "page_size": 20}) == (
        len(plain["results"]),
        plain["meta"],
    )
    assert (200, 200, 2) == (len(greedy["results"]), greedy["meta"]["page_size"], greedy["meta"]["page_count"])


async def test_limit_and_offset_override_pages(account: Any) -> None:
    """With limit or offset, page and per_page count for nothing."""
    ids = await _workspaces(account, 5)
    answer = await _get(account, "workspaces", order="created_at:asc", limit=2, offset=3, page=9, per_page=1)

    assert ids[3:] == [one["id"] for one in answer["results"]]


async def test_only_leaves_out_what_is_not_there(account: Any) -> None:
    """`only` returns a subset and never a 404."""
    ids = await _workspaces(account, 2)
    answer = await _get(account, "workspaces", only=f"{ids[0]},999")

    assert [ids[0]] == [one["id"] for one in answer["results"]]


async def test_an_archived_workspace_is_hidden(account: Any) -> None:
    """Lists leave it out, show answers 404, `only` does not find it; include_archived brings it back."""
    (row_id,) = await _workspaces(account, 1)
    await account.http.put(f"/api/v1/workspaces/{row_id}", json={"workspace": {"archived": True}})
    shown = await account.http.get(f"/api/v1/workspaces/{row_id}.json")
    listed = await _get(account, "workspaces.json")
    only = await _get(account, "workspaces.json", only=row_id)
    included = await _get(account, "workspaces.json", include_archived="true")

    assert (404, 0, 0, 1) == (shown.status_code, listed["count"], only["count"], included["count"])
    assert {"type", "message"} == set(shown.json()["errors"][0])


async def test_an_archived_story_is_hidden(account: Any) -> None:
    """Stories have a default filter of their own, show_archived."""
    workspace = await account.make("workspaces", "workspace", title="P", creator_role="maven")
    story = await account.make("stories", "story", title="S", workspace_id=workspace["id"], archived=True)

    assert 404 == (await account.http.get(f"/api/v1/stories/{story['id']}")).status_code
    assert 1 == (await _get(account, "stories", show_archived="true", workspace_id=workspace["id"]))["count"]


async def test_included_rows_are_in_the_maps_and_not_in_the_results(account: Any) -> None:
    """A parent story side-loaded into the map of stories is no result."""
    workspace = await account.make("workspaces", "workspace", title="P", creator_role="maven")
    parent = await account.make("stories", "story", title="A", workspace_id=workspace["id"])
    child = await account.make(
        "stories", "story", title="B", workspace_id=workspace["id"], parent_id=parent["id"], story_type="milestone"
    )
    answer = await _get(account, "stories", story_type="milestone", include="parent,workspace")

    assert [{"key": "stories", "id": child["id"]}] == answer["results"]
    assert {parent["id"], child["id"]} == set(answer["stories"])
    assert {workspace["id"]} == set(answer["workspaces"])


async def test_unknown_filters_are_ignored(account: Any) -> None:
    """The vendor does not refuse a filter it does not know: it answers everything."""
    await _workspaces(account, 2)

    assert 2 == (await _get(account, "workspaces", primary_workspace_group_id="77"))["count"]


async def test_updated_after_leaves_out_what_stood_before(account: Any) -> None:
    """Polling by updated_after sees what changed since."""
    before, after = await _workspaces(account, 2)
    account.sandbox.advance(60)
    moment = account.sandbox.now().isoformat()
    account.sandbox.advance(60)
    await account.http.put(f"/api/v1/workspaces/{after}", json={"workspace": {"title": "Q"}})
    answer = await _get(account, "workspaces", updated_after=moment)

    assert ([after], True) == ([one["id"] for one in answer["results"]], before in {"1", "2"})


async def test_references_are_found_by_service_model_and_ref(account: Any) -> None:
    """The three filters of external_references narrow; another service's reference is another matter."""
    for service in ("sluice", "other"):
        reference = {"service_name": service, "service_model": "project", "service_model_ref": "P-1"}
        await account.make("workspaces", "workspace", title=service, creator_role="maven", external_reference=reference)
    found = await _get(
        account, "external_references", service_name="sluice", service_model="project", service_model_ref="P-1"
    )

    assert [("Workspace", "1")] == [
        (one["subject_type"], one["subject_id"]) for one in found["external_references"].values()
    ]


async def test_a_collection_or_row_that_is_not_there_is_404(account: Any) -> None:
    """With an error of the vendor's shape."""
    for path in ("nonsense.json", "workspaces/77.json"):
        response = await account.http.get(f"/api/v1/{path}")

        assert (404, "system") == (response.status_code, response.json()["errors"][0]["type"])


async def test_a_page_that_is_no_number_is_malformed(account: Any) -> None:
    """400, type syntax."""
    response = await account.http.get("/api/v1/workspaces", params={"per_page": "many"})

    assert (400, "syntax") == (response.status_code, response.json()["errors"][0]["type"])
