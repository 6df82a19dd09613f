"""Moving tickets through workflows that others have drawn, and saying things once."""

import asyncio
from typing import Any

import msgspec
import pytest

from contracts.canonical.ticketing import StandingTicket, TicketComment, TicketMove, TicketState
from contracts.problem import Kind, Problem
from contracts.system.tickets import TicketDesk
from system_apis.jira.adf import document
from tests.system_apis.jira.site import API, BOARD, KEY, Site, opened, put

pytestmark = pytest.mark.req(51)

ISSUE = f"{API}/issue/"
Way = tuple[str, str, str, dict[str, bool]]


async def move(desk: TicketDesk, state: TicketState) -> StandingTicket:
    return await desk.move(board_id=BOARD, ticket_id="tsk-1", body=TicketMove(state=state))


def workflow(*ways: Way) -> dict[str, Any]:
    """A workflow of three statuses and a review, with these ways."""
    named = [
        ("1", "Open", "new"),
        ("2", "Doing", "indeterminate"),
        ("3", "Review", "indeterminate"),
        ("4", "Closed", "done"),
    ]
    return {
        "workflow": {
            "statuses": [{"id": number, "name": name, "category": category} for number, name, category in named],
            "transitions": [
                {"id": way, "name": f"way {way}", "from": [source], "to": target, "fields": fields}
                for way, source, target, fields in ways
            ],
        }
    }


async def test_a_long_way_is_gone_step_by_step(site: Site, desk: TicketDesk) -> None:
    """Through a review that nobody named, past a way that leads in a circle, with the resolution that was meant."""
    closing = ("9", "Review", "Closed", {"resolution": True})
    circle: Way = ("1", "Doing", "Open", {})
    site.sandbox.seed(workflow(("5", "Open", "Doing", {}), circle, ("7", "Doing", "Review", {}), closing))
    await put(desk)
    done = await move(desk, TicketState.WITHDRAWN)
    (issue,) = site.issues()

    assert (TicketState.WITHDRAWN, "Closed", "Won't Do") == (done.state, done.status, issue["resolution"])
    assert [204] * 3 == site.served("POST", "/transitions")


@pytest.mark.parametrize(
    ("ways", "wanted", "code"),
    [
        ([("5", "Open", "Closed", {"customfield_1": True})], TicketState.DONE, "transition_needs_fields"),
        ([("5", "Open", "Doing", {})], TicketState.DONE, "transition_not_allowed"),
        ([("5", "Open", "Closed", {})], TicketState.WITHDRAWN, "transition_not_allowed"),
        ([], TicketState.IN_PROGRESS, "transition_not_allowed"),
    ],
)
async def test_a_way_that_is_not_there_is_told(
    site: Site, desk: TicketDesk, ways: list[Any], wanted: TicketState, code: str
) -> None:
    """What only a person can say, a dead end, and closing without a word that it was withdrawn."""
    site.sandbox.seed(workflow(*ways))
    await put(desk)
    with pytest.raises(Problem) as refused:
        await move(desk, wanted)

    told = refused.value
    assert (Kind.CONFLICT, code, f"{KEY}-1") == (told.kind, told.code, told.context["number"])


async def test_a_step_that_was_taken_and_not_told_is_not_taken_twice(site: Site, desk: TicketDesk) -> None:
    """After a cut the ticket is looked at anew."""
    await put(desk)
    site.fault("POST", ISSUE, "status_after", contains="transitions")
    done = await move(desk, TicketState.DONE)

    assert TicketState.DONE is done.state
    assert 2 == len(site.served("POST", "/transitions"))


async def test_somebody_who_is_quicker_is_no_obstacle(site: Site, desk: TicketDesk) -> None:
    """A person starts the work between our look and our step: the step is refused, and the rest of the way is gone."""
    await put(desk)
    await desk.ticket(board_id=BOARD, ticket_id="tsk-1")
    stale = await site.ask("GET", f"/issue/{KEY}-1/transitions?expand=transitions.fields")
    await site.ask("POST", f"/issue/{KEY}-1/transitions", {"transition": {"id": "11"}}, status=204)
    body = msgspec.json.encode(stale).decode()
    site.fault("GET", ISSUE, "status", status=200, body=body, contains="transitions")
    site.fault("GET", ISSUE, "stale")
    done = await move(desk, TicketState.DONE)

    assert TicketState.DONE is done.state
    assert 400 in site.served("POST", "/transitions")


async def test_a_ticket_that_goes_while_it_moves_is_not_found(site: Site, desk: TicketDesk) -> None:
    """Deleted by somebody between two steps."""
    await put(desk)
    site.fault("GET", ISSUE, "status", status=404, body='{"errorMessages":["gone"]}', skip=2)
    with pytest.raises(Problem) as gone:
        await move(desk, TicketState.DONE)

    assert (Kind.NOT_FOUND, "ticket_not_found") == (gone.value.kind, gone.value.code)


async def test_a_comment_whose_answer_gets_lost_is_said_once(site: Site, desk: TicketDesk) -> None:
    """Looked for by its key, among what people said, on every page."""
    await put(desk)
    for number in range(3):
        await site.ask("POST", f"/issue/{KEY}-1/comment", {"body": document(f"{number}?")}, status=201)
    site.fault("POST", ISSUE, "status_after", contains="/comment")
    said = [
        await desk.put_comment(board_id=BOARD, ticket_id="tsk-1", comment_id="cmt-1", body=TicketComment(text="Yes."))
        for _ in range(2)
    ]
    read = (await desk.comments(board_id=BOARD, ticket_id="tsk-1")).comments

    assert said[0] == said[1] == read[-1]
    people = [("", "Dana Okafor", f"{number}?") for number in range(3)]
    assert [*people, ("cmt-1", "Sluice", "Yes.")] == [(one.comment_id, one.author, one.text) for one in read]


async def test_two_processes_at_once_say_a_thing_once(site: Site, desk: TicketDesk) -> None:
    """Both look, neither finds, both say it: the younger comment is taken back."""
    await put(desk)
    site.sandbox.latency_ms = 5
    body = TicketComment(text="Yes.")
    async with opened(site) as another:
        both = await asyncio.gather(
            *(one.put_comment(board_id=BOARD, ticket_id="tsk-1", comment_id="c", body=body) for one in (desk, another))
        )
    read = (await desk.comments(board_id=BOARD, ticket_id="tsk-1")).comments

    assert [204] == site.served("DELETE", "/comment/")
    assert [read[0]] * 2 == both
    assert 1 == len(read)


async def test_a_comment_that_people_edited_stays_until_we_say_something_else(site: Site, desk: TicketDesk) -> None:
    """As with tickets: a repetition changes nothing."""
    await put(desk)
    first = await desk.put_comment(
        board_id=BOARD, ticket_id="tsk-1", comment_id="cmt-1", body=TicketComment(text="Yes.")
    )
    await site.ask("PUT", f"/issue/{KEY}-1/comment/{first.external_id}", {"body": document("No.")})
    texts = [
        (
            await desk.put_comment(board_id=BOARD, ticket_id="tsk-1", comment_id="cmt-1", body=TicketComment(text=text))
        ).text
        for text in ("Yes.", "Perhaps.")
    ]

    assert ["No.", "Perhaps."] == texts


@pytest.mark.parametrize("text", ["", " \n "])
async def test_an_empty_comment_is_refused_before_it_is_sent(site: Site, desk: TicketDesk, text: str) -> None:
    """The vendor would refuse it too, later."""
    await put(desk)
    with pytest.raises(Problem) as refused:
        await desk.put_comment(board_id=BOARD, ticket_id="tsk-1", comment_id="c", body=TicketComment(text=text))

    assert (Kind.INVALID, "comment_empty") == (refused.value.kind, refused.value.code)
    assert [] == site.served("*", "/comment")
