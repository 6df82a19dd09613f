"""What a run reads from: a page at a time, from a cursor on, whoever holds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Collection, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from process_apis.reconciliation.held import Held

R = TypeVar("R")

PAGE: Final = 100


class Page(Struct, frozen=True):
    """What was read, where the next page begins, and whether there is none."""

    records: Sequence[Held]
    cursor: str
    done: bool


class Wanted(Struct, frozen=True, kw_only=True):
    """What a run is to read: up to which day, which kinds."""

    as_of: dt.date
    kinds: frozenset[str]

    def until(self, day: dt.date | None) -> bool:
        """Whether what is dated so counts; what has no date does."""
        return day is None or day <= self.as_of


class Source(Protocol):
    """One list of one system."""

    @property
    def name(self) -> str:
        """What it is called in the run, after its system: `erp documents`."""
        ...

    @property
    def tells(self) -> frozenset[str]:
        """The kinds it tells of."""
        ...

    async def lacking(self) -> str:
        """The operation that its system lacks, without which it cannot be read; empty when it can."""
        ...

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """The records from a cursor on; an empty one begins.

        Raises:
            Problem: of the system.

        """
        ...


def system_of(source: Source) -> str:
    """The system that a source reads."""
    return system_in(source.name)


def system_in(name: str) -> str:
    """The system in the name of a source."""
    return name.partition(" ")[0]


async def unless_missing(answer: Awaitable[R]) -> R | None:
    """The answer, or None when there is nothing of that name."""
    try:
        return await answer
    except Problem as problem:
        if problem.kind is Kind.NOT_FOUND:
            return None
        raise


def first_lacking(lacks: Collection[str], *needed: str) -> str:
    """The first of these operations that a system lacks."""
    return next((each for each in needed if each in lacks), "")


def more_of(values: Mapping[str, object]) -> dict[str, object]:
    """Facts without those that say nothing, so that they cost no room."""
    return {name: value for name, value in values.items() if value}
