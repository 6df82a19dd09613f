"""Tickets to the vendor's fields and issues back to tickets; what people chose beyond our words stays unnamed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from contracts.canonical.ticketing import StandingComment, StandingTicket, Ticket, TicketState
from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.adf import document, one_line, plain, text_of
from system_apis.jira.config import Config
from system_apis.jira.keys import digest
from system_apis.jira.wire import Full

_STATES: Final = {"new": TicketState.OPEN, "indeterminate": TicketState.IN_PROGRESS, "done": TicketState.DONE}
_DAMAGED: Final = "a moment in the vendor's answer is none"


class Mapper:
    """Maps for one site, as the firm has set it up."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._emails = {account_id: email for email, account_id in config.accounts.items()}
        self._kinds = {name: kind for kind, name in config.kinds.items()}
        self._priorities = {name: priority for priority, name in config.priorities.items()}
        self._site = (config.site_url or config.base_url).rstrip("/")

    def url(self, key: str) -> str:
        """Where people find an issue or a project."""
        return f"{self._site}/browse/{key}"

    def wishes(self, ticket: Ticket) -> dict[str, Any]:
        """What is wanted of each field, in our own words: what a later wish is compared with."""
        return {
            "summary": one_line(ticket.title),
            "description": plain(ticket.text),
            "issuetype": ticket.kind.value,
            "priority": ticket.priority.value,
            "assignee": (ticket.assignee or "").casefold(),
            "duedate": ticket.due_on.isoformat() if ticket.due_on else "",
            "labels": sorted(set(ticket.labels)),
        }

    def values(self, ticket: Ticket, wanted: set[str], *, account_id: str | None) -> dict[str, Any]:
        """The vendor's values for some of the fields; the account is that of the assignee."""
        wishes = self.wishes(ticket)
        values: dict[str, Any] = {
            "summary": wishes["summary"],
            "description": document(ticket.text) if wishes["description"] else None,
            "issuetype": {"name": self._config.kinds[ticket.kind]},
            "priority": {"name": self._config.priorities[ticket.priority]},
            "assignee": {"accountId": account_id} if account_id else None,
            "duedate": wishes["duedate"] or None,
            "labels": wishes["labels"],
        }
        return {name: value for name, value in values.items() if name in wanted}

    def mark(self, ticket: Ticket, *, ticket_id: str, board_id: str) -> wire.Mark:
        """What is kept on the issue of a ticket."""
        sent = {name: digest(value) for name, value in self.wishes(ticket).items()}
        case_url = ticket.case_url if ticket.case_id else None
        return wire.Mark(ticket_id=ticket_id, board_id=board_id, case_id=ticket.case_id, case_url=case_url, sent=sent)

    def state(self, issue: Full) -> TicketState:
        """Where an issue stands, by what its status counts as and by how it was closed."""
        fields = fields_of(issue)
        state = _STATES.get(fields.status.status_category.key, TicketState.OPEN)
        withdrawn = fields.resolution is not None and fields.resolution.name == self._config.withdrawn_resolution
        return TicketState.WITHDRAWN if state is TicketState.DONE and withdrawn else state

    def ticket(self, issue: Full, mark: wire.Mark) -> StandingTicket:
        """An issue as a ticket."""
        fields = fields_of(issue)
        return StandingTicket(
            ticket_id=mark.ticket_id,
            board_id=mark.board_id,
            external_id=issue.id,
            number=issue.key,
            url=self.url(issue.key),
            state=self.state(issue),
            status=fields.status.name,
            kind=self._kinds.get(fields.issuetype.name),
            title=fields.summary,
            text=text_of(fields.description),
            priority=self._priorities.get(fields.priority.name) if fields.priority else None,
            assignee=self._email(fields.assignee),
            assignee_name=fields.assignee.display_name if fields.assignee else "",
            due_on=_day(fields.duedate),
            labels=fields.labels,
            case_id=mark.case_id,
            case_url=mark.case_url,
            created_at=moment(fields.created),
            changed_at=moment(fields.updated),
            closed_at=moment(fields.resolutiondate) if fields.resolutiondate else None,
        )

    def _email(self, person: wire.Person | None) -> str | None:
        """The e-mail of somebody, if it is told or in the settings."""
        return person.email_address or self._emails.get(person.account_id) if person else None


def comment(row: wire.Comment, *, comment_id: str) -> StandingComment:
    """A comment; `comment_id` is empty for what people said."""
    return StandingComment(
        comment_id=comment_id,
        external_id=row.id,
        author=row.author.display_name if row.author else "",
        text=text_of(row.body),
        created_at=moment(row.created),
    )


def fields_of(issue: Full) -> wire.Fields:
    """The fields of an issue that was asked for whole.

    Raises:
        Problem: unexpected, when it came without.

    """
    if issue.fields is None:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "an issue came without its fields")
    return issue.fields


def moment(text: str) -> dt.datetime:
    """A moment in UTC; the vendor writes the offset without a colon.

    Raises:
        Problem: unexpected, when it is none.

    """
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", _DAMAGED) from None
    if at.tzinfo is None:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", _DAMAGED)
    return at.astimezone(dt.UTC)


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "a day in the vendor's answer is none") from None
