"""The feed of changes: told once each though search lags and crowds come; cursors that are not ours are refused."""

import base64

import pytest

from contracts.canonical.ticketing import StandingTicket
from contracts.problem import Kind, Problem
from contracts.system.tickets import TicketDesk
from system_apis.jira.feed import Cursor, Seen, decoded, encoded, taken
from tests.system_apis.jira.site import BOARD, KEY, Site, boarded, fresh, opened, put

pytestmark = pytest.mark.req(51, 62)


def numbers(changes: list[StandingTicket]) -> list[str]:
    return [ticket.number.removeprefix(f"{KEY}-") for ticket in changes]


async def test_a_change_that_search_learns_of_late_is_not_missed() -> None:
    """The younger one is told first; the older one follows when the index knows it; neither comes twice."""
    async with fresh() as site, opened(site) as desk:
        await boarded(desk)
        site.sandbox.seed({"index_lag_s": 300})
        await put(desk, ticket_id="late")
        site.clock.advance(1)
        site.sandbox.seed({"index_lag_s": 0})
        await put(desk, ticket_id="early")
        first = await desk.ticket_changes()
        site.clock.advance(400)
        second = await desk.ticket_changes(cursor=first.cursor)
        site.clock.advance(4_000)
        third = await desk.ticket_changes(cursor=second.cursor)
        fourth = await desk.ticket_changes(cursor=third.cursor)

    assert (["2"], ["1"], [], []) == tuple(numbers(each.changes) for each in (first, second, third, fourth))


async def test_a_crowd_is_read_in_parts(site: Site, desk: TicketDesk) -> None:
    """A hundred and twenty tickets, all settled, by twenty-five: each once, in order, though pages are short.

    What nobody may see keeps its place in a page of the vendor's: a short page is not the last.
    """
    site.sandbox.seed({"index_lag_s": 0})
    for number in range(120):
        mark = {"key": "sluice.ticket", "value": {"ticketId": f"tsk-{number}", "boardId": BOARD}}
        fields = {"project": {"key": KEY}, "issuetype": {"name": "Task"}, "summary": "x"}
        await site.ask("POST", "/issue", {"fields": fields, "properties": [mark]}, status=201)
        site.clock.advance(1)
    site.clock.advance(8_000)
    site.sandbox.seed({"hidden": [issue["id"] for issue in site.issues()[:10]]})
    told, cursor, rounds = [], "", 0
    while True:
        read = await desk.ticket_changes(cursor=cursor, limit=25)
        told += numbers(read.changes)
        cursor, rounds = read.cursor, rounds + 1
        if not read.changes:
            break

    assert [str(number) for number in range(11, 121)] == told
    assert 6 == rounds


async def test_a_change_is_told_as_the_ticket_stands_now(site: Site, desk: TicketDesk) -> None:
    """The index knows an older state; a ticket that was deleted since is left out and does not hold up the others."""
    await put(desk)
    await put(desk, ticket_id="tsk-2")
    site.clock.advance(4_000)
    await site.ask("PUT", f"/issue/{KEY}-1", {"fields": {"summary": "Now"}}, status=204)
    await site.ask("DELETE", f"/issue/{KEY}-2", status=204)
    read = await desk.ticket_changes()

    assert [("1", "Now")] == [(ticket.number.removeprefix(f"{KEY}-"), ticket.title) for ticket in read.changes]


async def test_no_time_zone_bends_the_feed(site: Site, desk: TicketDesk) -> None:
    """The user's zone, by which the vendor reads dates, is half a day away, and the clocks differ by minutes."""
    robot = site.landscape["seed"]["users"][0]
    site.sandbox.seed({"users": [{**robot, "timeZone": "Pacific/Auckland"}], "index_lag_s": 0})
    await put(desk)
    first = await desk.ticket_changes()
    site.sandbox.advance(240)
    await put(desk, ticket_id="tsk-2")
    second = await desk.ticket_changes(cursor=first.cursor)
    site.sandbox.advance(-200)
    await put(desk, ticket_id="tsk-3")
    third = await desk.ticket_changes(cursor=second.cursor)

    assert (["1"], ["2"], ["3"]) == tuple(numbers(each.changes) for each in (first, second, third))


async def test_a_site_without_boards_has_nothing_to_tell(site: Site) -> None:
    """Nothing is searched for; the reader stays where it is."""
    async with opened(site) as desk:
        read = await desk.ticket_changes()

    assert ([], "") == (read.changes, read.cursor)
    assert [] == site.served("*", "/search/jql")


async def test_boards_beyond_a_page_are_followed(site: Site, desk: TicketDesk) -> None:
    """Projects come in pages by place, fifty at most."""
    lead = "712020:0001-dana"
    others = [{"key": f"AA{number}", "name": f"Other {number}", "lead": lead} for number in range(120)]
    site.sandbox.seed({"projects": others, "index_lag_s": 0})
    await put(desk)

    assert ["1"] == numbers((await desk.ticket_changes()).changes)
    assert 3 == len(site.served("GET", "/project/search"))


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_limit_out_of_range_is_refused(desk: TicketDesk, limit: int) -> None:
    """Nothing is asked of the vendor then."""
    with pytest.raises(Problem) as refused:
        await desk.ticket_changes(limit=limit)

    assert (Kind.INVALID, "limit_invalid") == (refused.value.kind, refused.value.code)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "????",
        encoded(Cursor(since=5, after=1))[:-2],
        encoded(Cursor(since=5, after=1, told=["nonsense"])),
        encoded(Cursor(since=-5, after=1)),
        base64.urlsafe_b64encode(b"\0" * 8 + b"[5,1,[]]").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    """Cut, forged or invented."""
    with pytest.raises(Problem) as refused:
        decoded(text)

    assert (Kind.INVALID, "cursor_invalid") == (refused.value.kind, refused.value.code)


def test_a_cursor_survives_its_journey() -> None:
    """Encoded and decoded it is the same; the beginning is empty."""
    cursor = Cursor(since=1_764_000_000_000, after=10_042, told=["10043@1764000000001"])

    assert cursor == decoded(encoded(cursor))
    assert ("", Cursor()) == (encoded(Cursor()), decoded(""))


def test_a_crowd_of_young_changes_waits_until_it_is_settled() -> None:
    """A cursor remembers so much and no more: what it could not remember is told later, and never twice."""
    crowd = [Seen(id=str(number), stamp=1_000 + number) for number in range(1, 400)]
    first, there = taken(Cursor(), crowd, limit=1000, settled=500, whole=True)
    again, stay = taken(there, crowd, limit=1000, settled=500, whole=True)
    rest, end = taken(stay, crowd, limit=1000, settled=5_000, whole=True)

    assert (150, 0, 249) == (len(first), len(again), len(rest))
    assert crowd == [*first, *rest]
    assert Cursor(since=1_399, after=399) == end
