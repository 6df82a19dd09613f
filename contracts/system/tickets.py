"""The tickets role: work and exceptions for other teams, under our keys, in the system in which they work anyway.

A ticket is found again by the key it was put under; what people change on it is theirs and stays.
"""

from __future__ import annotations

from typing import Protocol

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
from contracts.port import get, put


class TicketDesk(Protocol):
    """System of work for teams around delivery: set-up tasks, exceptions, and what was said about them."""

    @get("/capabilities", scope="tickets:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @put("/boards/{board_id}", scope="tickets:write", problems=(409,))
    async def put_board(self, *, board_id: str, body: Board) -> StandingBoard:
        """Create the board, or bring it up to date; a board that a team keeps itself is taken as it is.

        409 when its name or its place is taken by something that is not ours.
        """
        ...

    @get("/boards/{board_id}", scope="tickets:read", problems=(404,))
    async def board(self, *, board_id: str) -> StandingBoard:
        """Find a board by our id."""
        ...

    @put("/boards/{board_id}/tickets/{ticket_id}", scope="tickets:write", problems=(404, 409))
    async def put_ticket(self, *, board_id: str, ticket_id: str, body: Ticket) -> StandingTicket:
        """Open the ticket, or change what is wanted otherwise than the last time.

        What is wanted as before is left as people have made it. A ticket that somebody deleted is opened anew.
        422 when the assignee is nobody there, or a value does not fit the board.
        """
        ...

    @get("/boards/{board_id}/tickets/{ticket_id}", scope="tickets:read", problems=(404,))
    async def ticket(self, *, board_id: str, ticket_id: str) -> StandingTicket:
        """Find a ticket by our id, wherever people have moved it to; at once after it was put."""
        ...

    @get("/boards/{board_id}/tickets", scope="tickets:read", problems=(404, 422))
    async def tickets(self, *, board_id: str, cursor: str = "", limit: int = 100) -> Tickets:
        """Our tickets on a board, in the order in which they were opened; those that people opened are left out.

        `limit` is 1 to 100 and counts all tickets, so that a page may be short, or empty, before the last.
        """
        ...

    @put("/boards/{board_id}/tickets/{ticket_id}/state", scope="tickets:write", problems=(404, 409))
    async def move(self, *, board_id: str, ticket_id: str, body: TicketMove) -> StandingTicket:
        """Bring a ticket to a state by the steps that its workflow allows; one that stands there stays as it is.

        409 when no allowed steps lead there, or one of them wants to know what only a person can say.
        """
        ...

    @put("/boards/{board_id}/tickets/{ticket_id}/comments/{comment_id}", scope="tickets:write", problems=(404,))
    async def put_comment(
        self, *, board_id: str, ticket_id: str, comment_id: str, body: TicketComment
    ) -> StandingComment:
        """Say something on a ticket; saying it again under the same id changes the text and says nothing twice."""
        ...

    @get("/boards/{board_id}/tickets/{ticket_id}/comments", scope="tickets:read", problems=(404,))
    async def comments(self, *, board_id: str, ticket_id: str) -> Comments:
        """What was said on a ticket, by us and by people, oldest first."""
        ...

    @get("/ticket-changes", scope="tickets:read", problems=(422,))
    async def ticket_changes(self, *, cursor: str = "", limit: int = 200) -> TicketChanges:
        """Our tickets that changed since the cursor, on all our boards; an empty cursor starts at the oldest.

        `limit` is 1 to 1000. A ticket that was deleted is told no more.
        """
        ...
