"""The vendor's words as the vendor spells them; what is not named here is let be."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Raw, Struct, field

T = TypeVar("T")


class Granted(Struct, frozen=True):
    """A token; the refresh token replaces the one that was spent on it."""

    access_token: str
    expires_in: float
    refresh_token: str = ""


class Errors(Struct, frozen=True, rename="camel"):
    """The collection of errors, and what the gateway and the edge say instead."""

    error_messages: list[str] = []
    errors: dict[str, Any] = {}
    message: str = ""
    path: str = ""


class Person(Struct, frozen=True, rename="camel"):
    """Somebody; the e-mail is told only where the person lets it be."""

    account_id: str
    display_name: str = ""
    email_address: str = ""
    active: bool = True


class Named(Struct, frozen=True):
    """Something that has a name."""

    name: str
    id: str = ""


class Category(Struct, frozen=True):
    """What a status counts as: `new`, `indeterminate` or `done`."""

    key: str


class Status(Struct, frozen=True, rename="camel"):
    """Where an issue stands."""

    id: str
    name: str
    status_category: Category


class Fields(Struct, frozen=True):
    """The fields that we read; a field that no screen shows may be missing."""

    summary: str
    status: Status
    created: str
    updated: str
    issuetype: Named
    description: dict[str, Any] | None = None
    priority: Named | None = None
    assignee: Person | None = None
    duedate: str | None = None
    labels: list[str] = []
    resolution: Named | None = None
    resolutiondate: str | None = None


class Stamped(Struct, frozen=True):
    """When an issue changed, as far as the index knows."""

    updated: str = ""


F = TypeVar("F", bound=Struct)


class Issue(Struct, Generic[F], frozen=True):
    """One issue with some of its fields, and its entity properties by their keys."""

    id: str
    key: str = ""
    fields: F | None = None
    properties: dict[str, Raw] = {}


Full = Issue[Fields]
"""An issue as it truly stands, with everything that we read of it."""


class Found(Struct, Generic[F], frozen=True, rename="camel"):
    """A page of a search. A short page is not the last."""

    issues: list[Issue[F]] = []
    next_page_token: str = ""
    is_last: bool | None = None


class Fetched(Struct, frozen=True, rename="camel"):
    """Issues fetched by id or key. What is not there is in neither list."""

    issues: list[Issue[Fields]] = []
    issue_errors: list[Any] = []


class Made(Struct, frozen=True):
    """A new issue."""

    id: str
    key: str


class Project(Struct, frozen=True):
    """One project; its id is a text here, and a number where it is made."""

    id: str
    key: str
    name: str
    properties: dict[str, Raw] = {}


class Projects(Struct, frozen=True, rename="camel"):
    """A page of projects, by place."""

    values: list[Project]
    is_last: bool
    start_at: int = 0


class Property(Struct, Generic[T], frozen=True):
    """One entity property."""

    value: T


class TransitionField(Struct, frozen=True, rename="camel"):
    """A field on the screen of a transition."""

    required: bool = False
    has_default_value: bool = False
    allowed_values: list[dict[str, Any]] = []


class Transition(Struct, frozen=True, rename="camel"):
    """A way out of the status an issue stands in."""

    id: str
    name: str
    to: Status
    fields: dict[str, TransitionField] = {}
    is_available: bool = True


class Transitions(Struct, frozen=True):
    """The ways that are open now."""

    transitions: list[Transition]


class CommentProperty(Struct, frozen=True):
    """One entity property of a comment."""

    key: str
    value: Raw


class Comment(Struct, frozen=True):
    """One comment; the list of an issue tells no properties."""

    id: str
    created: str
    body: dict[str, Any] | None = None
    author: Person | None = None
    properties: list[CommentProperty] = []


class IssueComments(Struct, frozen=True):
    """A page of an issue's comments, by place."""

    comments: list[Comment]
    total: int


class CommentPage(Struct, frozen=True):
    """Comments asked for by their ids."""

    values: list[Comment]


class Mark(Struct, frozen=True, rename="camel"):
    """What we keep on an issue: whose it is, and a digest of each thing that we last wanted."""

    ticket_id: str
    board_id: str
    case_id: str | None = None
    case_url: str | None = None
    sent: dict[str, str] = field(default_factory=dict)


class BoardMark(Struct, frozen=True, rename="camel"):
    """What we keep on a project."""

    board_id: str
    sent: dict[str, str] = field(default_factory=dict)


class CommentMark(Struct, frozen=True, rename="camel"):
    """What we keep on a comment."""

    comment_id: str
    sent: str


class Entry(Struct, frozen=True, omit_defaults=True):
    """What a project's register says of a ticket: which issue it is, or from which number on to look for it."""

    first: int = 0
    issue: str = ""
    linked: str = ""
