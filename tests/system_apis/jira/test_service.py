"""What a caller is told of a ticket that cannot be opened so, and what never reaches the vendor."""

import datetime as dt

import pytest
from msgspec.structs import replace

from contracts.canonical.ticketing import Board, Ticket, TicketComment
from contracts.problem import Kind, Problem
from contracts.system.tickets import TicketDesk
from tests.system_apis.jira.site import API, BOARD, TASK, Site, put

pytestmark = pytest.mark.req(51, 62)

FINN = "finn.holm@sluicegate.example"


@pytest.mark.parametrize(
    ("ticket", "off_screen", "expected"),
    [
        (replace(TASK, title=" \n "), [], (Kind.INVALID, "vendor_refused_value", "/title")),
        (replace(TASK, title="a" * 256), [], (Kind.INVALID, "vendor_refused_value", "/title")),
        (replace(TASK, text="ö" * 20_000), [], (Kind.TOO_LARGE, "vendor_text_too_long", "/text")),
        (replace(TASK, labels=["two words"]), [], (Kind.INVALID, "vendor_refused_value", "/labels")),
        (replace(TASK, due_on=dt.date(2027, 1, 4)), ["duedate"], (Kind.INVALID, "vendor_field_not_offered", "/due_on")),
        (TASK, ["priority"], (Kind.INVALID, "vendor_field_not_offered", "/priority")),
        (replace(TASK, assignee="gone@sluicegate.example"), [], (Kind.INVALID, "assignee_unknown", "/assignee")),
    ],
)
async def test_a_ticket_that_does_not_fit_is_refused_in_our_words(
    site: Site, desk: TicketDesk, ticket: Ticket, off_screen: list[str], expected: tuple[Kind, str, str]
) -> None:
    """The pointer leads into what the caller sent; nothing was made, and mended it goes through under the same key."""
    gone = {"accountId": "g", "displayName": "Gone", "emailAddress": "gone@sluicegate.example", "active": False}
    site.sandbox.seed({"off_screen": off_screen, "users": [gone]})
    with pytest.raises(Problem) as refused:
        await put(desk, ticket)
    unmade = site.issues()
    site.sandbox.seed({"off_screen": []})
    await put(desk)

    problem = refused.value
    assert expected == (problem.kind, problem.code, problem.errors[0].pointer)
    assert ([], 1) == (unmade, len(site.issues()))


async def test_who_keeps_the_e_mail_private_can_be_meant_and_is_told(site: Site, desk: TicketDesk) -> None:
    """By the settings, both ways; of others who keep it private the name is told, and no e-mail."""
    standing = await put(desk, replace(TASK, assignee=FINN.upper()))
    shy = {"accountId": "s", "displayName": "Shy", "emailAddress": "shy@x.example", "email_hidden": True}
    site.sandbox.seed({"users": [shy]})
    await site.ask("PUT", f"/issue/{standing.number}", {"fields": {"assignee": {"accountId": "s"}}}, status=204)
    other = await desk.ticket(board_id=BOARD, ticket_id="tsk-1")

    assert (FINN, "Finn Holm") == (standing.assignee, standing.assignee_name)
    assert (None, "Shy") == (other.assignee, other.assignee_name)


async def test_a_case_without_an_address_is_kept_and_not_linked(site: Site, desk: TicketDesk) -> None:
    """There is nothing to open; an address without a case is no link either."""
    kept = await put(desk, replace(TASK, case_id="q2p-1"))
    bare = await put(desk, replace(TASK, case_url="https://sluice.example/1"), ticket_id="tsk-2")

    assert [("q2p-1", None), (None, None)] == [(one.case_id, one.case_url) for one in (kept, bare)]
    assert [] == site.served("POST", "remotelink")


@pytest.mark.parametrize("key", ["", "a/b", "../FIN", "a b", "a\n", "é", "x" * 181, ".x", "a%2Fb", "a?b"])
async def test_an_id_that_cannot_be_one_reaches_nobody(site: Site, desk: TicketDesk, key: str) -> None:
    """Whatever it is the id of."""
    before = len(site.sandbox.calls)
    calls = [
        desk.put_board(board_id=key, body=Board(name="x")),
        desk.tickets(board_id=key),
        desk.put_comment(board_id=BOARD, ticket_id="tsk-1", comment_id=key, body=TicketComment(text="x")),
    ]
    codes = set()
    for call in calls:
        with pytest.raises(Problem) as refused:
            await call
        codes.add((refused.value.kind, refused.value.code))

    assert {(Kind.INVALID, "key_invalid")} == codes
    assert before == len(site.sandbox.calls)


async def test_a_mark_that_somebody_spoilt_takes_nothing_with_it(site: Site, desk: TicketDesk) -> None:
    """The register still knows the ticket; the next wish marks it anew."""
    standing = await put(desk)
    await site.ask("PUT", f"/issue/{standing.number}/properties/sluice.ticket", {"other": 1})
    found = await desk.ticket(board_id=BOARD, ticket_id="tsk-1")
    again = await put(desk)

    assert standing.external_id == found.external_id == again.external_id
    assert ["tsk-1"] == [ticket.ticket_id for ticket in (await desk.tickets(board_id=BOARD)).tickets]
    assert 1 == sum(call["path"] == f"{API}/issue" for call in site.sandbox.calls)
