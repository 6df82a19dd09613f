"""What passes through the engine: the order a run begins with and what its steps leave in the journal.

Fields are only added, with defaults: a run of yesterday is read by the code of today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, Protocol, TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.durable.fault import Fault
from kit.durable.road import Road

T = TypeVar("T")

# Writes that a run owes the store: made in the transaction of whatever it records next, under natural keys.
Owed = Sequence[Callable[[sa.Connection], None]]


class Order(Struct, frozen=True, kw_only=True):
    """The input of a run; `start` is the road's struct as plain JSON."""

    case_id: str
    tenant: str
    process: str
    business_key: str
    revision: int = 1
    traceparent: str = ""
    start: Any = None
    schema: int = 1


class Spent(Struct, frozen=True, kw_only=True):
    """What a step has taken so far: calls in all, milliseconds of the last call, and of all calls and pauses."""

    attempts: int = 1
    elapsed_ms: int = 0
    outside_ms: int = 0


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one attempt of a step ended; `result` is the answer as JSON text, `doubt` that it may have acted.

    `spent` is missing when nothing was called, and then there is nothing to settle.
    """

    kind: Literal["done", "parked", "cancelled", "unwind"]
    result: str = "null"
    faults: list[Fault] = []
    reason: str = ""
    external_id: str = ""
    doubt: bool = False
    ended_at: dt.datetime | None = None
    spent: Spent | None = None


class Pending(Struct, frozen=True, kw_only=True):
    """Whether a wait is over; `wait_s` is how long to listen at most before looking again."""

    over: bool
    cancelled: str = ""
    wait_s: float = 86_400.0
    approved: bool = False
    decided_by: str = ""
    comment: str = ""
    expired: bool = False


class Line(Struct, frozen=True, kw_only=True):
    """One line of a run's journal; `text` is the answer, or the problem that stood for a failure, as JSON."""

    name: str
    text: str = "null"


class Journal(Struct, frozen=True, kw_only=True):
    """Everything a run decided by, in order; enough to walk its road again without the world."""

    order: Order
    lines: list[Line]


class EngineStanding(Struct, frozen=True, kw_only=True):
    """What the engine holds: runs in the queue and the age of the oldest, runs of versions that nobody here carries."""

    queued: int = 0
    oldest_queued_s: float = 0.0
    strays: int = 0


class Machine(Protocol):
    """What a run needs of an engine from inside."""

    async def recorded(self, name: str, work: Callable[..., Awaitable[T]], answer: type[T], *, owed: Owed) -> T:
        """The journalled answer of this position, or the work done now and journalled.

        The work takes `owed`, these and what the machine owes itself, and writes it in its first transaction.
        """
        ...

    async def unrecorded(self, work: Callable[..., Awaitable[None]], *, owed: Owed) -> None:
        """Do work that may be done again and is not journalled; it takes `owed` as that of `recorded` does."""
        ...

    async def listen(self, timeout_s: float) -> None:
        """Wait durably for a message, at most so long; a message is a hint to look again, nothing more."""
        ...


class Post(Protocol):
    """What the world outside a run needs of an engine, within the caller's own transaction."""

    async def enqueue(self, connection: AsyncConnection, *, road: Road, order: Order) -> None:
        """Begin a run once the transaction commits."""
        ...

    async def wake(self, connection: AsyncConnection, *, case_id: str, key: str) -> None:
        """Send the hint once the transaction commits; once for a key."""
        ...

    async def journal(self, case_id: str) -> Journal:
        """What a run has recorded. Not within a transaction of the caller's.

        Raises:
            Problem: not_found, when the engine keeps it no longer.

        """
        ...

    async def rewind(self, case_id: str, *, name: str) -> None:
        """Drop a closed run's journal from the first line of a name on and let it run from there.

        Raises:
            Problem: conflict, when the run is on its way or has no such line.

        """
        ...

    async def forget(self, case_ids: list[str]) -> None:
        """Drop the journals of closed runs."""
        ...

    async def standing(self, *, tenant: str) -> EngineStanding:
        """What the engine holds."""
        ...
