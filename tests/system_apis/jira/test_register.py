"""Each ticket once: though the index is late, answers get lost, processes die in between and people interfere."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.ticketing import TicketState
from contracts.problem import Kind, Problem, Retry
from contracts.system.tickets import TicketDesk
from kit.serving import serving
from tests.system_apis.jira.site import API, BOARD, KEY, TASK, Site, boarded, opened, put

pytestmark = pytest.mark.req(51, 111)

CREATE = f"{API}/issue"
REGISTER = f"{API}/project/{KEY}/properties/sluice.register."


async def listed(desk: TicketDesk) -> list[str]:
    return [ticket.ticket_id for ticket in (await desk.tickets(board_id=BOARD)).tickets]


async def test_a_ticket_is_found_and_listed_before_the_index_knows_it(site: Site, desk: TicketDesk) -> None:
    """Search says nothing for an hour; by our key and in the list it stands at once, and later it stands there once."""
    await put(desk)
    unseen = await site.ask("POST", "/search/jql", {"jql": f"project = {KEY}"})
    known = (await desk.ticket(board_id=BOARD, ticket_id="tsk-1")).number
    young = await listed(desk)
    site.clock.advance(4_000)

    assert ([], f"{KEY}-1", ["tsk-1"]) == (unseen["issues"], known, young)
    assert ["tsk-1"] == await listed(desk)


@pytest.mark.parametrize("kind", ["drop_after", "status_after", "truncate"])
async def test_an_answer_that_gets_lost_leaves_one_ticket(site: Site, kind: str) -> None:
    """The create took effect and was not told: it is looked for by its number, and found, within the same call."""
    async with serving(site.app) as base_url, opened(site, sockets=True, base_url=base_url) as desk:
        await boarded(desk)
        site.fault("POST", CREATE, kind)
        standing = await put(desk)

    assert [standing.external_id] == [str(issue["id"]) for issue in site.issues()]
    assert 1 == sum(call["path"] == CREATE for call in site.sandbox.calls)


async def test_an_unknown_outcome_is_looked_up_before_anything_is_made(site: Site, desk: TicketDesk) -> None:
    """Create and look-up are both lost: the caller is told so; the next call finds the ticket and makes none."""
    site.fault("POST", CREATE, "status_after", status=504)
    site.fault("POST", f"{CREATE}/bulkfetch", "status", times=4)
    with pytest.raises(Problem) as unknown:
        await put(desk)
    standing = await put(desk)

    assert unknown.value.kind in {Kind.UNKNOWN_OUTCOME, Kind.UNAVAILABLE}
    assert Retry.LATER is unknown.value.retry
    assert [standing.external_id] == [str(issue["id"]) for issue in site.issues()]
    assert 1 == sum(call["path"] == CREATE for call in site.sandbox.calls)


async def test_a_process_that_dies_between_create_and_register_leaves_one_ticket(site: Site, desk: TicketDesk) -> None:
    """A day and two hundred tickets later another process takes up the same key."""
    site.fault("PUT", REGISTER, "status", skip=1, times=9)
    with pytest.raises(Problem):
        await put(desk)
    site.sandbox.heal()
    for number in range(210):
        await site.open(KEY, summary=f"Another {number}")
        site.clock.advance(1)
    async with opened(site) as another:
        standing = await put(another)

    assert f"{KEY}-1" == standing.number
    assert 211 == len(site.issues())


async def test_two_processes_at_once_leave_one_ticket(site: Site, desk: TicketDesk) -> None:
    """Both look, neither finds, both make one: each sees the other's, and the younger is taken back."""
    site.sandbox.latency_ms = 5
    async with opened(site) as another:
        both = await asyncio.gather(put(desk), put(another))

    assert [204] == site.served("DELETE", "/issue/")
    assert [str(issue["id"]) for issue in site.issues()] == [ticket.external_id for ticket in both[:1]]
    assert both[0].external_id == both[1].external_id


async def test_a_process_that_looked_too_early_makes_no_twin(site: Site, desk: TicketDesk) -> None:
    """It saw an empty register; meanwhile another made the ticket, and the index has learnt of it already."""
    site.sandbox.seed({"index_lag_s": 0})
    standing = await put(desk)
    site.fault("GET", REGISTER, "stale")
    async with opened(site) as late:
        again = await put(late)

    assert standing.external_id == again.external_id
    assert 1 == len(site.issues())


async def test_a_twin_that_may_not_be_deleted_is_told(site: Site, desk: TicketDesk) -> None:
    """A user without the right to delete: a person has to, and learns which."""
    robot = site.landscape["seed"]["users"][0]
    site.sandbox.seed({"users": [{**robot, "lacks": ["delete"]}]})
    site.sandbox.latency_ms = 5
    async with opened(site) as another:
        both = await asyncio.gather(put(desk), put(another), return_exceptions=True)
    problems = [one for one in both if isinstance(one, Problem)]

    assert [(Kind.CONFLICT, "vendor_duplicate")] == [(problem.kind, problem.code) for problem in problems]
    assert str(max(issue["id"] for issue in site.issues())) == problems[0].context["external_id"]


async def test_a_ticket_that_somebody_deleted_is_gone_and_can_be_put_again(site: Site, desk: TicketDesk) -> None:
    """The index still knows it and the register still names it; both are passed over."""
    first = await put(desk)
    site.clock.advance(4_000)
    await site.ask("DELETE", f"/issue/{first.number}", status=204)
    unlisted = await listed(desk)
    with pytest.raises(Problem) as gone:
        await desk.ticket(board_id=BOARD, ticket_id="tsk-1")
    second = await put(desk)

    assert ([], Kind.NOT_FOUND) == (unlisted, gone.value.kind)
    assert (f"{KEY}-1", f"{KEY}-2") == (first.number, second.number)
    assert second == await desk.ticket(board_id=BOARD, ticket_id="tsk-1") == await put(desk)


async def test_a_ticket_is_followed_to_another_project(site: Site, desk: TicketDesk) -> None:
    """It has another number there, and is still the one under our key; the list of its board is without it."""
    await put(desk)
    site.sandbox.seed({"moved": [{"issue": f"{KEY}-1", "to": "FIN"}]})
    found = await desk.ticket(board_id=BOARD, ticket_id="tsk-1")

    assert ("FIN-1", "FIN-1") == (found.number, (await put(desk)).number)
    site.clock.advance(4_000)
    assert [] == await listed(desk)


async def test_a_ticket_moved_before_it_was_registered_is_found_by_the_number_it_had(
    site: Site, desk: TicketDesk
) -> None:
    """The site answers to a key that an issue bore before."""
    site.fault("PUT", REGISTER, "status", skip=1, times=9)
    with pytest.raises(Problem):
        await put(desk)
    site.sandbox.heal()
    site.sandbox.seed({"moved": [{"issue": f"{KEY}-1", "to": "FIN"}]})

    assert "FIN-1" == (await put(desk)).number
    assert 1 == len(site.sandbox.dump()["issues"])


async def test_what_people_changed_is_left_until_something_else_is_wanted(site: Site, desk: TicketDesk) -> None:
    """A step that is repeated does not take back what the team did; a new wish changes its own field only."""
    await put(desk)
    by_hand = {"summary": "Ours now", "priority": {"name": "Lowest"}, "assignee": {"accountId": "712020:0002-sam"}}
    await site.ask("PUT", f"/issue/{KEY}-1", {"fields": {**by_hand, "issuetype": {"name": "Story"}}}, status=204)
    repeated = await put(desk)
    wanted = await put(desk, replace(TASK, text="Later."))

    for standing in (repeated, wanted):
        assert ("Ours now", None, None) == (standing.title, standing.priority, standing.kind)
        assert ("sam.seller@sluicegate.example", "Sam Seller") == (standing.assignee, standing.assignee_name)
    assert ("Now.", "Later.") == (repeated.text, wanted.text)
    assert [204, 204] == site.served("PUT", "/issue/")
    assert TicketState.OPEN is wanted.state


async def test_a_case_is_linked_once_and_follows_its_ticket(site: Site, desk: TicketDesk) -> None:
    """A lost answer makes no second link; another address changes the one there is."""
    linked = replace(TASK, case_id="q2p-1", case_url="https://sluice.example/cases/q2p-1")
    site.fault("POST", f"{API}/issue/", "status_after", contains="remotelink")
    urls = ["https://sluice.example/cases/q2p-1"] * 2 + ["https://other.example/1"]
    standing = [await put(desk, replace(linked, case_url=url)) for url in urls]
    links: list[dict[str, Any]] = await site.ask("GET", f"/issue/{KEY}-1/remotelink")

    assert ("q2p-1", "https://other.example/1") == (standing[-1].case_id, standing[-1].case_url)
    assert [("https://other.example/1", "Case q2p-1")] == [
        (link["object"]["url"], link["object"]["title"]) for link in links
    ]
    assert 3 == len(site.served("POST", "remotelink"))


async def test_issues_that_people_opened_are_nobodys_tickets(site: Site, desk: TicketDesk) -> None:
    """They are in no list and no feed, and an issue that names our key by word only is none of ours."""
    await site.open(KEY, summary="tsk-1", labels=["tsk-1"])
    site.clock.advance(4_000)
    before = await desk.ticket_changes()
    await put(desk)

    assert [] == before.changes
    assert ["tsk-1"] == await listed(desk)
    assert f"{KEY}-2" == (await desk.ticket(board_id=BOARD, ticket_id="tsk-1")).number


async def test_issues_that_the_vendor_cannot_tell_just_now_are_no_missing_ones(site: Site, desk: TicketDesk) -> None:
    """An answer in part is no answer: nothing is made on the strength of it."""
    torn = '{"issues":[],"issueErrors":[{"id":"10003","errorMessage":"retry"}]}'
    site.fault("POST", CREATE, "status_after", status=500)
    site.fault("POST", f"{CREATE}/bulkfetch", "status", status=200, body=torn)
    with pytest.raises(Problem) as read:
        await put(desk)

    assert (Kind.UNAVAILABLE, "vendor_read_torn") == (read.value.kind, read.value.code)
    assert f"{KEY}-1" == (await put(desk)).number
    assert 1 == len(site.issues())


async def test_a_page_without_tickets_is_not_the_last(site: Site, desk: TicketDesk) -> None:
    """What was deleted, moved, hidden or opened by people leaves gaps; beyond a gap the list goes on."""
    for number in range(7):
        await put(desk, ticket_id=f"tsk-{number}")
    site.clock.advance(4_000)
    site.sandbox.seed({"hidden": [issue["id"] for issue in site.issues()[:4]]})
    sizes, cursor, found = [], "", []
    while True:
        page = await desk.tickets(board_id=BOARD, cursor=cursor, limit=2)
        sizes.append(len(page.tickets))
        found += [ticket.ticket_id for ticket in page.tickets]
        cursor = page.cursor
        if not cursor:
            break

    assert ([0, 0, 2, 1, 0], ["tsk-4", "tsk-5", "tsk-6"]) == (sizes, found)


@pytest.mark.parametrize("cursor", ["0", "-1", "1e3", "9999999999", "x", "\u0661"])
async def test_a_cursor_that_was_not_handed_out_is_refused(site: Site, desk: TicketDesk, cursor: str) -> None:
    """Nothing is asked of the vendor then."""
    before = len(site.sandbox.calls)
    with pytest.raises(Problem) as refused:
        await desk.tickets(board_id=BOARD, cursor=cursor)

    assert (Kind.INVALID, "cursor_invalid") == (refused.value.kind, refused.value.code)
    assert before == len(site.sandbox.calls)
