"""What one published operation promises, in the form in which the door asks about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kit.door.page import Page
from kit.door.plan import Outage

Schema: TypeAlias = Mapping[str, Any]
Place: TypeAlias = Literal["path", "query", "header"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A value beside the body. `schema` stands on its own; `types` are the JSON types of it or of its items."""

    name: str
    place: Place
    required: bool
    schema: Schema
    types: frozenset[str]
    repeated: bool
    """Whether it may be given more than once, as an array."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What may be sent: a schema for each JSON media type, None for a media type that is not looked into."""

    required: bool
    media: Mapping[str, Schema | None]

    @property
    def streams(self) -> bool:
        """Whether nothing in it has to be read before it is passed on."""
        return all(schema is None for schema in self.media.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Cached:
    """How answers of a GET are kept at the door.

    `shared`: one answer for everybody who may ask; otherwise each consumer has their own.
    `vary`: names of header fields, in small letters, that make another answer.
    """

    max_age_s: float
    shared: bool = False
    vary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of one product, as outsiders see it."""

    name: str
    """Product and operation id, "experience.approvals_decide"."""
    product: str
    method: str
    path: str
    """The template outsiders use, with names in braces."""
    scopes: tuple[frozenset[str], ...]
    """Alternatives; of one alternative all are needed. None at all: open to any caller who is known."""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    upstream: str = ""
    """The tier that answers, which is also the audience of the internal token."""
    strip: int = 0
    """How many bytes of the outside path the tier does not see."""
    group: str = ""
    """Operations of one group share their limits."""
    limits: str = ""
    """In slowapi's grammar: "100/minute;2000/day"."""
    cost: int = 1
    """What one call uses up of limits and quotas."""
    even: bool = False
    """Whether shares come back evenly; otherwise no stretch of a period sees more than its amount."""
    on_outage: Outage | Literal[""] = ""
    """What becomes of the limits while they cannot be counted; empty for what the policy says."""
    cached: Cached | None = None
    """Whether answers may be kept at the door, and how."""
    deadline_s: float = 30.0
    version: str = ""
    """The dated version it belongs to; empty where there are none."""
    answer: Schema | None = None
    """Schema of the good answer, standing on its own; None where it is no JSON."""
    page: Page | None = None
    """The group of pages for people that is meant; None for an operation of a contract."""

    def header(self, name: str) -> Parameter | None:
        """The parameter that travels as this header field."""
        for parameter in self.parameters:
            if parameter.place == "header" and parameter.name.lower() == name:
                return parameter
        return None

    @property
    def path_names(self) -> tuple[str, ...]:
        """Names in the path, from left to right."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))
