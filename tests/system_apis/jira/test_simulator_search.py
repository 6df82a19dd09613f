"""Search in the simulated site: pages by token, an index that learns late, and a part of JQL."""

import pytest

from tests.system_apis.jira.site import Site

pytestmark = pytest.mark.req(51)

SAM = "712020:0002-sam"


async def test_the_searches_of_old_are_gone(site: Site) -> None:
    """410, in both versions, with where to go."""
    for version in ("2", "3"):
        answer = await site.person.get(f"/rest/api/{version}/search?jql=project=FIN")
        assert (410, True) == (answer.status_code, "/rest/api/3/search/jql" in answer.json()["errorMessages"][0])


async def test_search_tells_ids_in_pages_by_token(site: Site) -> None:
    """No total and no place; a token is good for its own question only."""
    for _ in range(3):
        await site.open()
    site.clock.advance(4_000)
    asked = {"jql": "project = FIN ORDER BY key ASC", "maxResults": 2}
    first = await site.ask("POST", "/search/jql", asked)
    second = await site.ask("POST", "/search/jql", {**asked, "nextPageToken": first["nextPageToken"]})
    other = {"jql": "project in (FIN)", "nextPageToken": first["nextPageToken"]}
    refused = await site.ask("POST", "/search/jql", other, status=400)

    assert {"issues", "nextPageToken", "isLast"} == set(first)
    assert [{"id"}] * 2 == [set(one) for one in first["issues"]]
    assert ({"issues", "isLast"}, 1, True) == (set(second), len(second["issues"]), second["isLast"])
    assert "token" in refused["errorMessages"][0]


async def test_search_learns_late_and_looks_again_when_asked(site: Site) -> None:
    """`reconcileIssues` names what must be looked up as it truly is, fifty at most; deleted ones linger."""
    await site.open()
    number = site.issues("FIN")[0]["id"]
    asked = {"jql": "project = FIN", "fields": ["summary"]}
    late = await site.ask("POST", "/search/jql", asked)
    fresh = await site.ask("POST", "/search/jql", {**asked, "reconcileIssues": [number]})
    await site.ask("POST", "/search/jql", {**asked, "reconcileIssues": list(range(51))}, status=400)
    site.clock.advance(4_000)
    await site.ask("DELETE", "/issue/FIN-1", status=204)
    lingering = await site.ask("POST", "/search/jql", asked)

    assert ([], ["By hand"], ["By hand"]) == tuple(
        [one["fields"]["summary"] for one in found["issues"]] for found in (late, fresh, lingering)
    )
    await site.ask("GET", "/issue/FIN-1", status=404)


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = FIN AND labels = red", 1),
        ("project in (FIN, 'Finance desk') AND labels not in (red) ORDER BY created DESC", 1),
        ("key in (fin-1, FIN-9)", 1),
        (f'assignee = "{SAM}"', 1),
        ("assignee is EMPTY and resolution is empty", 1),
        ("statusCategory = 'To Do' AND issuetype != Bug", 2),
        ("status = 'In Progress'", 0),
        ("updated >= -5m", 2),
        ("updated >= 32503680000000", 0),
        ("created > '2001-01-01' AND created <= '2999/01/01 10:00'", 2),
    ],
)
async def test_questions_are_answered(site: Site, jql: str, found: int) -> None:
    """Names, keys, people, words, stretches, moments and days."""
    site.sandbox.seed({"index_lag_s": 0})
    await site.open(labels=["red"], assignee={"accountId": SAM})
    await site.open()

    assert found == len((await site.ask("POST", "/search/jql", {"jql": jql}))["issues"])


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("", "Unbounded JQL"),
        ("ORDER BY key", "Unbounded JQL"),
        ("project = NONE", "does not exist for the field 'project'"),
        ("colour = red", "Field 'colour' does not exist"),
        ("project = FIN ORDER BY colour", "Field 'colour' does not exist"),
        ("project = FIN OR key = FIN-1", "Expecting"),
        ("project ~", "Expecting a field name"),
        ("updated >= soon", "Date value 'soon'"),
        ("project > FIN", "not supported"),
        ("updated in (1)", "not supported"),
    ],
)
async def test_a_question_that_is_none_is_refused(site: Site, jql: str, text: str) -> None:
    """In the vendor's words, as 400."""
    refused = await site.ask("POST", "/search/jql", {"jql": jql}, status=400)

    assert text in refused["errorMessages"][0]


async def test_a_date_in_a_question_is_meant_in_the_users_zone(site: Site) -> None:
    """The same text is another moment for another user."""
    site.sandbox.seed({"index_lag_s": 0})
    await site.open()
    hours = {"Pacific/Kiritimati": 14, "Pacific/Niue": -11}
    now = site.sandbox.now().strftime("%Y-%m-%d %H:%M")
    counts = []
    for zone in hours:
        site.sandbox.seed({"users": [{**site.landscape["seed"]["users"][1], "timeZone": zone}]})
        counts.append(len((await site.ask("POST", "/search/jql", {"jql": f'created >= "{now}"'}))["issues"]))

    assert [1, 0] == counts
