"""What a connection can do, declared by its room so that no process needs to know the vendor."""

from __future__ import annotations

from enum import StrEnum

from contracts.canonical.field import Noun


class UpsertKind(StrEnum):
    """How a record is created at most once."""

    NATIVE_KEY = "native_key"
    FIND_THEN_CREATE = "find_then_create"


class FeedKind(StrEnum):
    """How changes arrive."""

    POLL = "poll"
    PUSH = "push"


class Capabilities(Noun, frozen=True, kw_only=True):
    """Declared by the room's manifest; conformance holds the room to it."""

    vendor: str
    connection: str
    roles: list[str]
    lacks: list[str]
    upsert: UpsertKind
    feed: FeedKind
    concurrency: int
