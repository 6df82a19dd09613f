"""Answers the tickets role from a Jira site: by our keys, past the index where that would be too late."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.capability import Capabilities
from contracts.canonical.ticketing import (
    Board,
    Comments,
    StandingBoard,
    StandingComment,
    StandingTicket,
    Ticket,
    TicketChanges,
    TicketComment,
    TicketMove,
    Tickets,
)
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from system_apis.jira import feed, wire
from system_apis.jira.boards import Boards
from system_apis.jira.client import Jira, mark_of
from system_apis.jira.follow import changed, details, millis
from system_apis.jira.keys import checked, digest
from system_apis.jira.mapping import Mapper
from system_apis.jira.moves import Mover
from system_apis.jira.people import People
from system_apis.jira.register import Register
from system_apis.jira.remarks import Remarks
from system_apis.jira.wire import Full

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_MOST_LISTED: Final = 100
_MOST_CHANGES: Final = 1_000


class Parts(Struct, frozen=True, kw_only=True):
    """What the service is put together from."""

    jira: Jira
    boards: Boards
    register: Register
    mover: Mover
    remarks: Remarks
    mapper: Mapper
    people: People


class JiraDesk:
    """The tickets role over one connection; remembers nothing between calls."""

    def __init__(self, parts: Parts, *, capabilities: Capabilities, clock: Clock, overlap_s: float) -> None:
        self._jira = parts.jira
        self._boards = parts.boards
        self._register = parts.register
        self._mover = parts.mover
        self._remarks = parts.remarks
        self._mapper = parts.mapper
        self._people = parts.people
        self._capabilities = capabilities
        self._clock = clock
        self._overlap = dt.timedelta(seconds=max(0.0, overlap_s))

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def put_board(self, *, board_id: str, body: Board) -> StandingBoard:
        """Make the project, or bring it to what is wanted otherwise than the last time."""
        checked(board_id, noun="board")
        return self._boards.standing(board_id, await self._boards.ensure(board_id, body))

    async def board(self, *, board_id: str) -> StandingBoard:
        """Find a project by our id."""
        return self._boards.standing(board_id, await self._boards.need(checked(board_id, noun="board")))

    async def put_ticket(self, *, board_id: str, ticket_id: str, body: Ticket) -> StandingTicket:
        """Make the issue once, or change what is wanted otherwise than the last time; then link its case."""
        project = (await self._boards.need(checked(board_id, noun="board"))).key
        mark = self._mapper.mark(body, ticket_id=checked(ticket_id, noun="ticket"), board_id=board_id)

        async def new() -> dict[str, Any]:
            values = await self._values(body, set(mark.sent))
            filled = {name: value for name, value in values.items() if value not in (None, [])}
            properties = [{"key": self._jira.on_ticket, "value": mark}]
            return {"fields": {"project": {"key": project}, **filled}, "properties": properties}

        issue, made, entry = await self._register.ensure(project, ticket_id, new)
        if not made:
            issue = await self._brought_up(issue, body, mark)
        await self._link(project, issue, mark, entry)
        return self._mapper.ticket(issue, mark)

    async def ticket(self, *, board_id: str, ticket_id: str) -> StandingTicket:
        """Find an issue by our id."""
        return self._told(*await self._need(board_id, ticket_id))

    async def tickets(self, *, board_id: str, cursor: str = "", limit: int = 100) -> Tickets:
        """Our issues among the next numbers of a project; the cursor is the number to go on from."""
        _within(limit, most=_MOST_LISTED)
        if cursor and _NUMBER.fullmatch(cursor) is None:
            raise feed.invalid()
        project = (await self._boards.need(checked(board_id, noun="board"))).key
        issues, there = await self._register.page(project, first=int(cursor or "1"), count=limit)
        return Tickets(tickets=self._ours(issues), cursor=str(there) if there else "")

    async def move(self, *, board_id: str, ticket_id: str, body: TicketMove) -> StandingTicket:
        """Bring an issue to a state by the ways that its workflow leaves open."""
        issue, mark = await self._need(board_id, ticket_id)
        return self._told(await self._mover.move(issue, body.state), mark)

    async def put_comment(
        self, *, board_id: str, ticket_id: str, comment_id: str, body: TicketComment
    ) -> StandingComment:
        """Say something once."""
        checked(comment_id, noun="comment")
        if not body.text.strip():
            fault = FieldError(pointer="/text", code="comment_empty", detail="there is nothing in it")
            raise Problem(Kind.INVALID, "comment_empty", "a comment says something", errors=(fault,))
        issue, _ = await self._need(board_id, ticket_id)
        return await self._remarks.ensure(issue.id, comment_id, body.text)

    async def comments(self, *, board_id: str, ticket_id: str) -> Comments:
        """What was said on an issue."""
        issue, _ = await self._need(board_id, ticket_id)
        return Comments(comments=await self._remarks.all(issue.id))

    async def ticket_changes(self, *, cursor: str = "", limit: int = 200) -> TicketChanges:
        """Our issues that changed since the cursor; what is younger than the overlap is looked at again."""
        _within(limit, most=_MOST_CHANGES)
        here = feed.decoded(cursor)
        projects = await self._boards.keys()
        if not projects:
            return TicketChanges(changes=[], cursor=cursor)
        read, whole = await changed(self._jira, projects, here=here, count=limit + len(here.told))
        settled = millis(self._clock.now() - self._overlap)
        new, there = feed.taken(here, read, limit=limit, settled=settled, whole=whole)
        return TicketChanges(changes=self._ours(await details(self._jira, new)), cursor=feed.encoded(there))

    async def _need(self, board_id: str, ticket_id: str) -> tuple[Full, wire.Mark]:
        project = (await self._boards.need(checked(board_id, noun="board"))).key
        issue = await self._register.find(project, checked(ticket_id, noun="ticket"))
        if issue is None:
            raise Problem(Kind.NOT_FOUND, "ticket_not_found", "no ticket stands under this id on this board")
        return issue, self._mark(issue) or wire.Mark(ticket_id=ticket_id, board_id=board_id)

    async def _brought_up(self, issue: Full, body: Ticket, mark: wire.Mark) -> Full:
        """Change what is wanted otherwise than the last time, and what we keep on it, in one call."""
        before = self._mark(issue)
        if before == mark:
            return issue
        sent = before.sent if before else {}
        changed = {name for name, value in mark.sent.items() if sent.get(name) != value}
        values = await self._values(body, changed)
        edit = {"fields": values, "properties": [{"key": self._jira.on_ticket, "value": mark}]}
        await self._jira.send("PUT", f"/issue/{issue.id}", json=edit)
        found = await self._jira.issue(issue.id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "ticket_not_found", "the ticket went while it was being changed")
        return found

    async def _values(self, body: Ticket, wanted: set[str]) -> dict[str, Any]:
        """The vendor's values for some of the fields; who does it is looked up only where that is wanted."""
        email = body.assignee if "assignee" in wanted else None
        account_id = await self._people.account(email, pointer="/assignee") if email else None
        return self._mapper.values(body, wanted, account_id=account_id)

    async def _link(self, project: str, issue: Full, mark: wire.Mark, entry: wire.Entry) -> None:
        """Link the case where people see it; the link bears a key of its own, so that there is never a second one."""
        if not mark.case_url:
            return
        wanted = digest([mark.case_id, mark.case_url, issue.id])
        if entry.linked == wanted:
            return
        body = {
            "globalId": f"{self._jira.on_ticket}.case",
            "relationship": "case",
            "object": {"url": mark.case_url, "title": f"Case {mark.case_id}"},
        }
        await self._jira.send("POST", f"/issue/{issue.id}/remotelink", json=body, repeatable=True)
        await self._register.note(project, mark.ticket_id, replace(entry, linked=wanted))

    def _mark(self, issue: Full) -> wire.Mark | None:
        return mark_of(issue.properties, self._jira.on_ticket, wire.Mark)

    def _ours(self, issues: list[Full]) -> list[StandingTicket]:
        return [self._told(issue, mark) for issue in issues if (mark := self._mark(issue)) is not None]

    def _told(self, issue: Full, mark: wire.Mark) -> StandingTicket:
        return self._mapper.ticket(issue, mark)


def _within(limit: int, *, most: int) -> None:
    if not 0 < limit <= most:
        fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {most}")
        raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
