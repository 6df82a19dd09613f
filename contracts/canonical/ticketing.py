"""Tickets: work and exceptions that people of another team carry out in the system in which they work anyway."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field

from contracts.canonical.field import Classification, Noun, Record, fact

Label = Annotated[str, Meta(description="One word", pattern=r"^\S{1,255}$")]
WebAddress = Annotated[str, Meta(description="An address that a browser opens", pattern=r"^https?://\S{1,1900}$")]


class TicketKind(StrEnum):
    """What sort of work a ticket is."""

    TASK = "task"
    PROBLEM = "problem"


class TicketPriority(StrEnum):
    """Which ticket comes first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class TicketState(StrEnum):
    """Where a ticket stands. A withdrawn one was closed because nobody needs it any more."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Board(Noun, frozen=True, kw_only=True):
    """A place where the tickets of one team or of one engagement stand; the vendor may call it a project or a queue."""

    name: Annotated[str, fact("Name that people see", Record.TICKETS, max_length=80, example="Set-up Northwind")]
    about: Annotated[str, fact("What it is for", Record.TICKETS, max_length=2000)] = ""
    lead: Annotated[str | None, fact("E-mail of who answers for it", Record.TICKETS)] = None


class StandingBoard(Noun, frozen=True, kw_only=True):
    """A board as the ticketing system holds it."""

    board_id: Annotated[str, fact("Our id of the board", Record.SLUICE, example="brd-delivery")]
    external_id: Annotated[str, fact("Id in the ticketing system", Record.TICKETS)]
    prefix: Annotated[str, fact("What the numbers of its tickets begin with", Record.TICKETS, example="DEL")]
    name: Annotated[str, fact("Name that people see", Record.TICKETS)]
    url: Annotated[str, fact("Where people find it", Record.TICKETS)]


class Ticket(Noun, frozen=True, kw_only=True):
    """A ticket as we want it. The text is plain: nothing in it is taken for markup."""

    kind: Annotated[TicketKind, fact("Sort of work", Record.SLUICE)]
    title: Annotated[str, fact("One line", Record.TICKETS, max_length=255, example="Open the workspace")]
    text: Annotated[
        str,
        fact(
            "What is to be done and why",
            Record.TICKETS,
            classification=Classification.CONFIDENTIAL,
            max_length=30_000,
        ),
    ] = ""
    priority: Annotated[TicketPriority, fact("Which comes first", Record.TICKETS)] = TicketPriority.MEDIUM
    assignee: Annotated[str | None, fact("E-mail of who does it; nobody yet when null", Record.TICKETS)] = None
    due_on: Annotated[dt.date | None, fact("Last day, included", Record.TICKETS)] = None
    labels: Annotated[list[Label], fact("Words it is sorted by", Record.TICKETS)] = field(default_factory=list)
    case_id: Annotated[str | None, fact("Case it belongs to", Record.SLUICE, example="q2p-006A000001")] = None
    case_url: Annotated[WebAddress | None, fact("Where people see that case", Record.SLUICE)] = None


class StandingTicket(Noun, frozen=True, kw_only=True):
    """A ticket as it stands, people's changes included.

    Kind and priority are null where people chose one that we have no word for; `assignee` is null and `assignee_name`
    is not where the ticketing system keeps the person's e-mail to itself.
    """

    ticket_id: Annotated[str, fact("Our id of the ticket", Record.SLUICE, example="tsk-006A000001-workspace")]
    board_id: Annotated[str, fact("Our id of the board it was put on", Record.SLUICE)]
    external_id: Annotated[str, fact("Id in the ticketing system", Record.TICKETS)]
    number: Annotated[str, fact("Number that people use", Record.TICKETS, example="DEL-12")]
    url: Annotated[str, fact("Where people find it", Record.TICKETS)]
    state: Annotated[TicketState, fact("Where it stands", Record.TICKETS)]
    status: Annotated[str, fact("The ticketing system's own word for that", Record.TICKETS, example="In review")]
    kind: Annotated[TicketKind | None, fact("Sort of work", Record.TICKETS)]
    title: Annotated[str, fact("One line", Record.TICKETS)]
    text: Annotated[str, fact("What is to be done and why", Record.TICKETS, classification=Classification.CONFIDENTIAL)]
    priority: Annotated[TicketPriority | None, fact("Which comes first", Record.TICKETS)]
    assignee: Annotated[str | None, fact("E-mail of who does it", Record.TICKETS)]
    assignee_name: Annotated[str, fact("Name of who does it; empty when nobody does", Record.TICKETS)]
    due_on: Annotated[dt.date | None, fact("Last day, included", Record.TICKETS)]
    labels: Annotated[list[str], fact("Words it is sorted by", Record.TICKETS)]
    case_id: Annotated[str | None, fact("Case it belongs to", Record.SLUICE)]
    case_url: Annotated[str | None, fact("Where people see that case", Record.SLUICE)]
    created_at: Annotated[dt.datetime, fact("When it was opened", Record.TICKETS)]
    changed_at: Annotated[dt.datetime, fact("When it last changed", Record.TICKETS)]
    closed_at: Annotated[dt.datetime | None, fact("When it was closed; null while it is not", Record.TICKETS)]


class Tickets(Noun, frozen=True, kw_only=True):
    """Some tickets of a board. A page may be short; the last one is that whose cursor is empty."""

    tickets: list[StandingTicket]
    cursor: str


class TicketChanges(Noun, frozen=True, kw_only=True):
    """Tickets that changed, each as it stands now, oldest change first; the cursor asks for what comes after."""

    changes: list[StandingTicket]
    cursor: str


class TicketMove(Noun, frozen=True, kw_only=True):
    """Where a ticket is to stand."""

    state: Annotated[TicketState, fact("Where it is to stand", Record.TICKETS)]


class TicketComment(Noun, frozen=True, kw_only=True):
    """Something to say on a ticket; plain text."""

    text: Annotated[
        str, fact("What is said", Record.TICKETS, classification=Classification.CONFIDENTIAL, max_length=30_000)
    ]


class StandingComment(Noun, frozen=True, kw_only=True):
    """A comment as it stands; `comment_id` is empty for what people said."""

    comment_id: Annotated[str, fact("Our id of the comment", Record.SLUICE)]
    external_id: Annotated[str, fact("Id in the ticketing system", Record.TICKETS)]
    author: Annotated[str, fact("Name of who said it", Record.TICKETS)]
    text: Annotated[str, fact("What was said", Record.TICKETS, classification=Classification.CONFIDENTIAL)]
    created_at: Annotated[dt.datetime, fact("When it was said", Record.TICKETS)]


class Comments(Noun, frozen=True, kw_only=True):
    """What was said on one ticket, oldest first."""

    comments: list[StandingComment]
