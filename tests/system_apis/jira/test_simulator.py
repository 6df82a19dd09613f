"""The simulated site refuses and answers as the vendor does; each rule with what breaks it."""

from typing import Any

import httpx
import pytest

from system_apis.jira.adf import document
from tests.system_apis.jira.site import API, Site

pytestmark = pytest.mark.req(51)

DANA = "712020:0001-dana"


def issue(**fields: Any) -> dict[str, Any]:
    given = {"project": {"key": "FIN"}, "issuetype": {"name": "Task"}, "summary": "x", **fields}
    return {"fields": {name: value for name, value in given.items() if value is not ...}}


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": "a" * 256}, "summary", "255"),
        ({"summary": ...}, "summary", "must specify a summary"),
        ({"issuetype": {"name": "Errand"}}, "issuetype", "valid issue type"),
        ({"project": {"key": "NONE"}}, "project", "valid project"),
        ({"description": "plain"}, "description", "Atlassian Document"),
        ({"description": {"type": "doc", "version": 2, "content": []}}, "description", "Atlassian Document"),
        ({"description": document("a") | {"content": [{"type": "text", "text": "a"}]}}, "description", "INVALID_INPUT"),
        ({"description": document("x" * 32_768)}, "description", "CONTENT_LIMIT_EXCEEDED"),
        ({"labels": ["two words"]}, "labels", "contains spaces"),
        ({"duedate": "2027-13-01"}, "duedate", "Error parsing date"),
        ({"priority": {"name": "Now"}}, "priority", "valid 'id' or 'name'"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "cannot be assigned"),
        ({"customfield_1": 5}, "customfield_1", "appropriate screen"),
    ],
)
async def test_a_value_that_does_not_fit_is_refused(site: Site, fields: dict[str, Any], field: str, text: str) -> None:
    """With the field's name and the vendor's sentence; nothing is made."""
    refused = await site.ask("POST", "/issue", issue(**fields), status=400)

    assert [] == refused["errorMessages"]
    assert text in refused["errors"][field]
    assert [] == site.issues("FIN")


async def test_many_at_once_are_made_in_part(site: Site) -> None:
    """201 with what failed beside it; 400 only when nothing was made; fifty at most."""
    good, bad = issue(), issue(summary="")
    some = await site.ask("POST", "/issue/bulk", {"issueUpdates": [good, bad]}, status=201)
    none = await site.ask("POST", "/issue/bulk", {"issueUpdates": [bad]}, status=400)
    await site.ask("POST", "/issue/bulk", {"issueUpdates": [good] * 51}, status=400)

    assert (["FIN-1"], [1]) == (
        [one["key"] for one in some["issues"]],
        [one["failedElementNumber"] for one in some["errors"]],
    )
    assert [] == none["issues"]


async def test_a_project_is_made_once(site: Site) -> None:
    """Its id is a number where it is made and a text elsewhere; keys and names are unique."""
    given = {"key": "NEW", "name": "New", "leadAccountId": DANA, "projectTypeKey": "business"}
    made = await site.ask("POST", "/project", given, status=201)
    read = await site.ask("GET", "/project/NEW")
    twin = await site.ask("POST", "/project", given, status=400)
    wrong = {"key": "new", "name": "", "leadAccountId": "?", "projectTypeKey": "x"}
    refused = await site.ask("POST", "/project", wrong, status=400)

    assert made["id"] == int(read["id"])
    assert (int, str) == (type(made["id"]), type(read["id"]))
    assert {
        "projectKey": "A project with that project key already exists.",
        "projectName": "A project with that name already exists.",
    } == twin["errors"]
    assert {"projectKey", "projectName", "projectLead", "projectTypeKey"} == set(refused["errors"])


async def test_properties_are_kept_and_are_no_change(site: Site) -> None:
    """201 the first time, 200 after that, 404 for none; an issue's own does not stamp it; 32,768 characters at most."""
    await site.open()
    before = (await site.ask("GET", "/issue/FIN-1"))["fields"]["updated"]
    site.clock.advance(5)
    for path in ("/issue/FIN-1", "/project/FIN"):
        await site.ask("PUT", f"{path}/properties/ours", {"a": 1}, status=201)
        await site.ask("PUT", f"{path}/properties/ours", {"a": 2}, status=200)
        assert {"key": "ours", "value": {"a": 2}} == await site.ask("GET", f"{path}/properties/ours")
        await site.ask("DELETE", f"{path}/properties/ours", status=204)
        await site.ask("GET", f"{path}/properties/ours", status=404)
        await site.ask("PUT", f"{path}/properties/ours", "x" * 33_000, status=400)

    assert before == (await site.ask("GET", "/issue/FIN-1"))["fields"]["updated"]


async def test_a_transition_takes_what_its_screen_asks(site: Site) -> None:
    """Not from anywhere, not without a resolution where one is asked, not with one where none is."""
    await site.open()
    steps: list[tuple[dict[str, Any], int]] = [
        ({"transition": {"id": "31"}}, 400),
        ({"transition": {"id": "11"}, "fields": {"resolution": {"name": "Done"}}}, 400),
        ({"transition": {"id": "11"}}, 204),
        ({"transition": {"id": "31"}}, 400),
        ({"transition": {"id": "31"}, "fields": {"resolution": {"name": "Solved"}}}, 400),
        ({"transition": {"id": "31"}, "fields": {"resolution": {"name": "Done"}}}, 204),
    ]
    for body, status in steps:
        await site.ask("POST", "/issue/FIN-1/transitions", body, status=status)
    ways = await site.ask("GET", "/issue/FIN-1/transitions")

    assert [("41", "To Do")] == [(way["id"], way["to"]["name"]) for way in ways["transitions"]]


async def test_bulk_fetch_tells_what_is_there(site: Site) -> None:
    """By id or key, in any case, by former key, by rising id, a hundred at most; the rest is left out silently."""
    for _ in range(2):
        await site.open()
    await site.ask(
        "POST",
        "/project",
        {"key": "NEW", "name": "New", "leadAccountId": DANA, "projectTypeKey": "software"},
        status=201,
    )
    site.sandbox.seed({"moved": [{"issue": "FIN-1", "to": "NEW"}]})
    found = await site.ask("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["FIN-9", "FIN-2", "fin-1"]})
    await site.ask("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [str(each) for each in range(101)]}, status=400)

    assert ["NEW-1", "FIN-2"] == [one["key"] for one in found["issues"]]
    assert [] == found["issueErrors"]


async def test_links_and_comments_keep_what_they_are_told(site: Site) -> None:
    """A link is the same one by its globalId; properties of comments are told by one call only."""
    await site.open()
    link = {"globalId": "g", "object": {"url": "https://x.example", "title": "x"}}
    await site.ask("POST", "/issue/FIN-1/remotelink", link, status=201)
    await site.ask("POST", "/issue/FIN-1/remotelink", link, status=200)
    refused = await site.ask("POST", "/issue/FIN-1/remotelink", {"object": {"url": "https://x.example"}}, status=400)
    body = {"body": document("x"), "properties": [{"key": "ours", "value": 1}]}
    made = await site.ask("POST", "/issue/FIN-1/comment", body, status=201)
    listed = await site.ask("GET", "/issue/FIN-1/comment")
    told = await site.ask("POST", "/comment/list?expand=properties", {"ids": [int(made["id"])]})
    await site.ask("POST", "/issue/FIN-1/comment", {"body": "text"}, status=400)

    assert {"title": "'title' is required."} == refused["errors"]
    assert ("properties" in listed["comments"][0], 1) == (False, listed["total"])
    assert [{"key": "ours", "value": 1}] == told["values"][0]["properties"]


async def test_verbs_change_what_is_there(site: Site) -> None:
    """Labels are added and removed, other fields set; what is no verb is refused, and nothing is changed."""
    await site.open(labels=["a", "b"])
    verbs = {"labels": [{"add": "c"}, {"remove": "a"}], "summary": [{"set": "Named"}]}
    await site.ask("PUT", "/issue/FIN-1", {"update": verbs}, status=204)
    for wrong in ({"labels": ["d"]}, {"summary": [{"add": "d"}]}):
        await site.ask("PUT", "/issue/FIN-1", {"update": wrong}, status=400)
    read = (await site.ask("GET", "/issue/FIN-1"))["fields"]

    assert (["b", "c"], "Named") == (read["labels"], read["summary"])


async def test_version_two_speaks_wiki_text(site: Site) -> None:
    """The same issue is text in one version and a document in the other."""
    given = issue(description="first\nsecond")
    made = await site.person.post("/rest/api/2/issue", json=given)
    second = (await site.person.get("/rest/api/2/issue/FIN-1")).json()["fields"]["description"]
    third = (await site.ask("GET", "/issue/FIN-1"))["fields"]["description"]

    assert (201, "first\nsecond", "doc") == (made.status_code, second, third["type"])


async def test_whoever_is_not_let_in_learns_nothing(site: Site) -> None:
    """A wrong token, none, and an app's at the site's own door; the site and the gateway say so differently."""
    cloud = site.landscape["seed"]["cloud_id"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app), base_url="http://site.test") as http:
        none = await http.get(f"{API}/myself")
        wrong = await http.get(f"{API}/myself", auth=("dana.okafor@sluicegate.example", "x"))
        gateway = await http.get(f"/ex/jira/{cloud}{API}/myself")
        bearer = await http.get(f"{API}/myself", headers={"Authorization": "Bearer x"})

    assert [401] * 4 == [answer.status_code for answer in (none, wrong, gateway, bearer)]
    assert "AUTHENTICATED_FAILED" == wrong.headers["x-seraph-loginreason"]
    assert {"code": 401, "message": "Unauthorized"} == gateway.json()


async def test_limits_say_which_and_until_when(site: Site) -> None:
    """Each answer says what is left; a refusal says why, and the minute in which it ends."""
    site.sandbox.seed({"limits": {"burst": 2}})
    first, second = [await site.person.get(f"{API}/myself") for _ in range(2)]
    refused = await site.person.get(f"{API}/myself")

    assert ("1", "0") == (first.headers["x-ratelimit-remaining"], second.headers["x-ratelimit-remaining"])
    assert ("true", 429) == (second.headers["x-ratelimit-nearlimit"], refused.status_code)
    assert ("jira-burst-based", "1") == (refused.headers["ratelimit-reason"], refused.headers["retry-after"])
    assert refused.headers["x-ratelimit-reset"].endswith("Z")


async def test_an_address_that_is_none_is_answered_by_what_stands_before_the_site(site: Site) -> None:
    """In another shape, with a path and a time; a method that is none is 405; a script may not register webhooks."""
    nowhere = await site.person.get(f"{API}/nothing")
    method = await site.person.delete(f"{API}/myself")

    assert {"timestamp", "status", "error", "message", "path"} == set(nowhere.json())
    assert (404, 405) == (nowhere.status_code, method.status_code)
    await site.ask("POST", "/webhook", {"url": "https://x.example", "webhooks": []}, status=403)
    assert (
        415
        == (await site.person.post(f"{API}/issue", content=b"x", headers={"content-type": "text/plain"})).status_code
    )
    assert (
        400
        == (
            await site.person.post(f"{API}/issue", content=b"{", headers={"content-type": "application/json"})
        ).status_code
    )


async def test_an_email_that_is_kept_private_is_not_told(site: Site) -> None:
    """Neither is anybody found by it."""
    finn = (await site.ask("GET", "/user/search?query=finn"))[0]

    assert ("Finn Holm", False) == (finn["displayName"], "emailAddress" in finn)
    assert [] == await site.ask("GET", "/user/search?query=finn.holm@sluicegate.example")
    await site.ask("GET", "/user/search", status=400)
