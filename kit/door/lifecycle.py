"""The life of a product as routes.toml tells it: versions, who is pinned to which, what is hidden, when it rests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta, Struct

from kit.door.calendar import Stretch
from kit.door.operation import Operation

Dated = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Version(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dated version; days begin at midnight UTC."""

    name: Dated
    """Its date."""
    state: Literal["active", "deprecated", "retired"] = "active"
    """Offered; offered with a warning; gone, and told so with 410."""
    deprecated_on: dt.date | None = None
    """From when on its callers are told to move."""
    sunset_on: dt.date | None = None
    """When it will be gone."""
    successor: str = ""
    """The version to move to."""
    about: str = ""
    """Where people read about it; a URL."""
    brownout: tuple[Stretch, ...] = ()
    """Announced rehearsals of its end, in which it answers 503."""


class Pin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version agreed with a consumer, for requests that name none."""

    client: str
    """`client_id` of its tokens, or their subject."""
    version: Dated
    """The version."""


class Hide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out of answers for callers without a scope."""

    classification: Literal["internal", "confidential", "restricted"]
    """Fields of this classification or a higher one."""
    scope: str
    """Who holds it sees them."""
    operations: tuple[str, ...] = ("*",)
    """Operation ids, with * for any."""


class StepUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for more than a token (RFC 9470)."""

    operations: tuple[str, ...]
    """Operation ids, with * for any."""
    acr: Annotated[tuple[str, ...], Meta(min_length=1)]
    """Ways of having been authenticated, each of which will do; the `acr` of the token is one of them."""
    max_age_s: Annotated[int, Meta(ge=1)] = 600
    """Seconds since then, at most."""
    number: str = ""
    """Where a number stands in the body, "lines/*/quantity"; several are added up. Empty: whatever is sent."""
    above: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)?$")] = "0"
    """The highest number that asks for nothing, in the field's own unit."""


class Close(Stretch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A period of the books being closed: nothing that is bound to a period may be written meanwhile."""

    period: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}$")]
    """The month being closed."""
    roles: tuple[str, ...] = ()
    """Who may write even so: those who close it."""


class Rest(Stretch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An announced maintenance."""

    reason: str = ""
    """For people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A product's versions, compiled: `operations` of each version by operation name, the newest among them."""

    product: str
    newest: str
    versions: Mapping[str, Version]
    pins: Mapping[str, str]
    operations: Mapping[str, Mapping[str, Operation]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Everything of the sort, of every product."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    bound: Mapping[str, tuple[Close, ...]] = field(default_factory=dict)
    """By operation name: the closings that stop it."""
    rests: Mapping[str, tuple[Rest, ...]] = field(default_factory=dict)
    """By product."""
    hidden: Mapping[str, tuple[Hide, ...]] = field(default_factory=dict)
    """By operation name."""
    stepped: Mapping[str, tuple[StepUp, ...]] = field(default_factory=dict)
    """By operation name: what it asks for more than a token."""
