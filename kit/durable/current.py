"""The run that the code being executed belongs to; refuses to answer outside a road."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kit.durable.run import Run

_RUN: ContextVar[Run | None] = ContextVar("run", default=None)


def current_run() -> Run:
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
def running(run: Run) -> Iterator[None]:
    """Let the code of the block belong to a run."""
    token = _RUN.set(run)
    try:
        yield
    finally:
        _RUN.reset(token)
