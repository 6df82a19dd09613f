"""The run that the code being executed belongs to; refuses to answer outside a road."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.durable.approval import ApprovalRequest, Decision


class Running(Protocol):
    """What the code of a road reaches of the run it belongs to."""

    async def perform(self, step: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        """Do a step."""
        ...

    async def ask(self, request: ApprovalRequest) -> Decision:
        """Wait for a decision."""
        ...

    async def record(
        self, *, title: str | None, at_stake: Money | None, legal_entity_id: str | None, facts: dict[str, str]
    ) -> None:
        """Show facts on the case."""
        ...

    async def publish(self, event_type: str, subject: str, data: Noun) -> None:
        """Append an event."""
        ...

    async def sleep_until(self, when: dt.datetime) -> None:
        """Wait for a moment."""
        ...

    async def wait_for_window(self, name: str) -> None:
        """Wait for a window."""
        ...


_RUN: ContextVar[Running | None] = ContextVar("run", default=None)


def current_run() -> Running:
    """The run being executed.

    Raises:
        RuntimeError: no road is running here.

    """
    run = _RUN.get()
    if run is None:
        message = "steps, ask, record and publish work only inside a road; in a unit test call `step.raw(effect, …)`"
        raise RuntimeError(message)
    return run


@contextmanager
def running(run: Running) -> Iterator[None]:
    """Let the code of the block belong to a run."""
    token = _RUN.set(run)
    try:
        yield
    finally:
        _RUN.reset(token)
