"""What every ticketing system has to do; a new vendor is tried without an edit here."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from msgspec.structs import replace

from contracts.canonical.ticketing import (
    Board,
    StandingTicket,
    Ticket,
    TicketComment,
    TicketKind,
    TicketMove,
    TicketPriority,
    Tickets,
    TicketState,
)
from contracts.problem import Kind
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role

pytestmark = pytest.mark.req(51)

BOARD: Final = "brd-s1"
TICKET: Final = "tsk-s1-workspace"
DEADLINE_S: Final = 10.0
TASK: Final = Ticket(
    kind=TicketKind.TASK,
    title="Open the workspace of Northwind",
    text="The deal was won.\n\nOpen the workspace:\n- name it\n- invite the client",
    priority=TicketPriority.HIGH,
    assignee="dana.okafor@sluicegate.example",
    due_on=dt.date(2027, 1, 4),
    labels=["delivery", "set-up"],
    case_id="q2p-s1",
    case_url="https://sluice.example/cases/q2p-s1",
)
HOSTILE: Final = (
    '*bold* h1. {code}rm -rf{code} [link|javascript:alert(1)] <script>alert("1")</script> ${jndi:x} {{7*7}} @dana',
    '{"type":"doc","version":1,"content":[]} \\u0000 \\" \' ; -- \U0001f4a5 ﷽ \u202e right to left',
    "project = X OR 1=1 ORDER BY key --",
)


@pytest.fixture(params=serving_role("tickets"))
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "tickets") as opened:
        await opened.role.put_board(board_id=BOARD, body=Board(name="Set-up Northwind", about="Delivery"))
        yield opened


async def put(desk: Connected, ticket: Ticket = TASK, *, ticket_id: str = TICKET) -> StandingTicket:
    standing: StandingTicket = await desk.role.put_ticket(board_id=BOARD, ticket_id=ticket_id, body=ticket)
    return standing


async def every(desk: Connected, *, limit: int = 100) -> list[StandingTicket]:
    found: list[StandingTicket] = []
    page = Tickets(tickets=[], cursor="")
    while True:
        page = await desk.role.tickets(board_id=BOARD, cursor=page.cursor, limit=limit)
        found += page.tickets
        if not page.cursor:
            return found


async def changes_until(desk: Connected, wanted: set[tuple[str, TicketState]], cursor: str = "") -> tuple[Any, str]:
    """Read the feed until it has told what is wanted, or the deadline passes."""
    told: list[tuple[str, TicketState]] = []
    ends = time.monotonic() + DEADLINE_S
    while not wanted <= set(told) and time.monotonic() < ends:
        read = await desk.role.ticket_changes(cursor=cursor)
        told += [(ticket.ticket_id, ticket.state) for ticket in read.changes]
        cursor = read.cursor
        await asyncio.sleep(0.05)
    return told, cursor


async def test_a_board_is_made_once_and_found_by_our_id(desk: Connected) -> None:
    """Putting it again changes its name and makes no second one; one that was never put is not found."""
    first = await desk.role.board(board_id=BOARD)
    second = await desk.role.put_board(board_id=BOARD, body=Board(name="Set-up Northwind EMEA"))

    assert first.external_id == second.external_id
    assert ("Set-up Northwind", "Set-up Northwind EMEA") == (first.name, second.name)
    assert Kind.NOT_FOUND is await kind_of(desk.role.board(board_id="brd-never"))
    assert Kind.NOT_FOUND is await kind_of(desk.role.put_ticket(board_id="brd-never", ticket_id="t", body=TASK))


async def test_a_ticket_stands_once_and_says_what_was_wanted(desk: Connected) -> None:
    """At once, by our id, with all its fields; a repetition finds the same one."""
    first, second = await put(desk), await put(desk)
    found = await desk.role.ticket(board_id=BOARD, ticket_id=TICKET)

    assert first.external_id == second.external_id == found.external_id
    assert (TicketState.OPEN, TASK.kind, TASK.title, TASK.text) == (found.state, found.kind, found.title, found.text)
    assert (TASK.priority, TASK.assignee, TASK.due_on) == (found.priority, found.assignee, found.due_on)
    assert (TASK.labels, TASK.case_id, TASK.case_url) == (sorted(found.labels), found.case_id, found.case_url)
    assert [found.external_id] == [ticket.external_id for ticket in await every(desk)]
    assert None is found.closed_at


async def test_tickets_put_at_once_under_one_key_are_one(desk: Connected) -> None:
    """Five callers, one ticket."""
    standing = await asyncio.gather(*(put(desk) for _ in range(5)))

    assert 1 == len({ticket.external_id for ticket in standing})
    assert 1 == len(await every(desk))


async def test_what_is_wanted_otherwise_is_changed_and_the_rest_left(desk: Connected) -> None:
    """A new title, no day, nobody; a repetition of the old wish is a wish too."""
    await put(desk)
    changed = await put(desk, replace(TASK, title="Open both workspaces", due_on=None, assignee=None, text=""))

    assert ("Open both workspaces", None, None, "") == (
        changed.title,
        changed.due_on,
        changed.assignee,
        changed.text,
    )
    assert TASK.priority is changed.priority
    assert TASK.title == (await put(desk)).title


async def test_a_text_is_taken_word_for_word(desk: Connected) -> None:
    """Markup, documents, queries and signs of every script come back as they were sent."""
    for text in HOSTILE:
        await taken_word_for_word(desk, text)


async def taken_word_for_word(desk: Connected, text: str) -> None:
    standing = await put(desk, replace(TASK, title=text, text=f"{text}\n\n{text}"))
    said = await desk.role.put_comment(
        board_id=BOARD, ticket_id=TICKET, comment_id="cmt-1", body=TicketComment(text=text)
    )

    assert (text, f"{text}\n\n{text}", text) == (standing.title, standing.text, said.text)


async def test_a_list_comes_whole_in_pages(desk: Connected) -> None:
    """Five tickets by twos, in the order in which they were opened, though they were opened a moment ago."""
    opened = [(await put(desk, ticket_id=f"tsk-s1-{number}")).external_id for number in range(5)]

    assert opened == [ticket.external_id for ticket in await every(desk, limit=2)]
    assert Kind.INVALID is await kind_of(desk.role.tickets(board_id=BOARD, cursor="nonsense"))
    assert Kind.INVALID is await kind_of(desk.role.tickets(board_id=BOARD, limit=0))


async def test_a_ticket_moves_to_every_state_and_back(desk: Connected) -> None:
    """By the workflow's own steps; moving to where it stands changes nothing; only a closed one says when."""
    await put(desk)
    states = [
        TicketState.IN_PROGRESS,
        TicketState.DONE,
        TicketState.DONE,
        TicketState.OPEN,
        TicketState.WITHDRAWN,
        TicketState.DONE,
    ]
    stood = [await desk.role.move(board_id=BOARD, ticket_id=TICKET, body=TicketMove(state=state)) for state in states]

    assert states == [ticket.state for ticket in stood]
    assert [False, True, True, False, True, True] == [ticket.closed_at is not None for ticket in stood]
    assert stood[1] == stood[2]
    assert stood[-1] == await put(desk)


async def test_a_comment_is_said_once(desk: Connected) -> None:
    """Under its id; said otherwise it is changed; they are read back in order."""
    await put(desk)
    for comment_id, text in (("cmt-1", "First"), ("cmt-2", "Second"), ("cmt-1", "First"), ("cmt-2", "Second, again")):
        await desk.role.put_comment(
            board_id=BOARD, ticket_id=TICKET, comment_id=comment_id, body=TicketComment(text=text)
        )
    read = await desk.role.comments(board_id=BOARD, ticket_id=TICKET)

    assert [("cmt-1", "First"), ("cmt-2", "Second, again")] == [(one.comment_id, one.text) for one in read.comments]


async def test_changes_are_told_once_each(desk: Connected) -> None:
    """New tickets and moved ones, on all our boards, and nothing twice; then nothing until something happens."""
    await desk.role.put_board(board_id="brd-s2", body=Board(name="Another board"))
    await put(desk)
    await desk.role.put_ticket(board_id="brd-s2", ticket_id="tsk-s2", body=TASK)
    told, cursor = await changes_until(desk, {(TICKET, TicketState.OPEN), ("tsk-s2", TicketState.OPEN)})
    await desk.role.move(board_id=BOARD, ticket_id=TICKET, body=TicketMove(state=TicketState.IN_PROGRESS))
    moved, after = await changes_until(desk, {(TICKET, TicketState.IN_PROGRESS)}, cursor)
    quiet = await desk.role.ticket_changes(cursor=after)

    assert [(TICKET, TicketState.OPEN), ("tsk-s2", TicketState.OPEN)] == told
    assert [(TICKET, TicketState.IN_PROGRESS)] == moved
    assert [] == quiet.changes
    assert Kind.INVALID is await kind_of(desk.role.ticket_changes(cursor="bm9uc2Vuc2U"))


@pytest.mark.parametrize("fault", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE])
async def test_what_was_done_before_the_connection_broke_is_not_done_again(desk: Connected, fault: FaultKind) -> None:
    """Every call that writes is cut off once after it took effect; repeated, there is one of each."""
    for skip in range(4):
        ticket_id = f"tsk-cut-{skip}"
        desk.sandbox.faults.append(Fault(kind=fault, method="POST", skip=skip))
        assert await kind_of(put(desk, ticket_id=ticket_id)) in IN_DOUBT
        desk.sandbox.heal()
        await put(desk, ticket_id=ticket_id)

    assert [f"tsk-cut-{skip}" for skip in range(4)] == [ticket.ticket_id for ticket in await every(desk)]


async def test_who_is_nobody_there_is_refused(desk: Connected) -> None:
    """A ticket is not opened for nobody in somebody's name; an id that cannot be one is refused."""
    nobody = replace(TASK, assignee="nobody@sluicegate.example")

    assert Kind.INVALID is await kind_of(put(desk, nobody))
    assert Kind.INVALID is await kind_of(put(desk, ticket_id="a b\n"))
    assert Kind.NOT_FOUND is await kind_of(desk.role.ticket(board_id=BOARD, ticket_id=TICKET))
    assert [] == await every(desk)


async def test_a_connection_says_what_it_can(desk: Connected) -> None:
    """Declared and told are the same."""
    able = await desk.role.capabilities()

    assert (desk.vendor.name, desk.vendor.facts["lacks"]) == (able.vendor, able.lacks)
    assert "tickets" in able.roles
