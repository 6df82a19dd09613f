"""Walking today's road along a journal of yesterday: a road that takes other turns fails loudly, before it is deployed.

Nothing is called and nothing is written: every answer comes from the journal.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from msgspec import Struct

from kit.clock import ManualClock
from kit.durable.desk import desk_at
from kit.durable.order import Journal, Owed
from kit.durable.patience import Patience
from kit.durable.recording import decoded
from kit.durable.road import Road
from kit.durable.run import Run
from kit.store import Store

T = TypeVar("T")


class JournalChanged(AssertionError):
    """A road took another turn than its journal; the message says where. Give the changed road a new version."""


class Recording(Struct, frozen=True, kw_only=True):
    """A journal as it is kept in tests: of which road, and whether it ends where the road ended."""

    road: str
    closed: bool
    journal: Journal


class _Waits(BaseException):
    """The journal ends where its run still waited."""


class _ReplayMachine:
    def __init__(self, recording: Recording) -> None:
        self._lines = recording.journal.lines
        self._closed = recording.closed
        self._position = 0

    async def recorded(self, name: str, work: Callable[..., Awaitable[T]], answer: type[T], *, owed: Owed) -> T:
        del work, owed
        value = decoded(self._next(name))
        if isinstance(value, Exception):
            raise value
        return msgspec.convert(value, answer)

    async def unrecorded(self, work: Callable[..., Awaitable[None]], *, owed: Owed) -> None:
        del work, owed

    async def listen(self, timeout_s: float) -> None:
        del timeout_s
        self._next("listen")

    def done(self) -> None:
        """The road has ended: so must the journal."""
        if self._position < len(self._lines):
            missing = self._lines[self._position].name
            message = f"the road ends at position {self._position + 1}, where the journal has {missing}"
            raise JournalChanged(message)

    def _next(self, name: str) -> str:
        if self._position == len(self._lines):
            if not self._closed:
                raise _Waits
            message = f"the road goes on with {name} where the journal ended"
            raise JournalChanged(message)
        line = self._lines[self._position]
        self._position += 1
        if line.name != name:
            message = f"position {self._position} is {line.name} in the journal and {name} in the road"
            raise JournalChanged(message)
        return line.text


def kept(recording: Recording) -> bytes:
    """A recording as a file for people to read and to compare."""
    return msgspec.json.format(msgspec.json.encode(recording), indent=1) + b"\n"


def recording_of(road: Road, journal: Journal, *, closed: bool) -> Recording:
    """A journal to be kept; `closed` when its case was closed."""
    return Recording(road=road.name, closed=closed, journal=journal)


async def replay(text: bytes, road: Road) -> None:
    """Walk a road along a kept recording.

    Raises:
        JournalChanged: the road is another one, takes another turn, ends early or goes on too long.

    """
    recording = msgspec.json.decode(text, type=Recording)
    if recording.road != road.name:
        message = f"the journal is of {recording.road}, not of {road.name}"
        raise JournalChanged(message)
    store, machine = await Store.in_memory(), _ReplayMachine(recording)
    desk = desk_at(store, clock=ManualClock(), patience=Patience(), chance=random.Random(1))
    try:
        await Run(recording.journal.order, road=road, machine=machine, desk=desk).drive()
    except _Waits:
        return
    except JournalChanged:
        raise
    except Exception as failure:
        if not _failed_then(recording, failure):
            message = f"the road now ends with {type(failure).__name__}: {failure}"
            raise JournalChanged(message) from failure
    finally:
        await store.close()
    machine.done()


def _failed_then(recording: Recording, failure: Exception) -> bool:
    """Whether the journal ends with this very failure."""
    last = decoded(recording.journal.lines[-1].text) if recording.journal.lines else None
    return isinstance(last, Exception) and str(last) == str(failure)
