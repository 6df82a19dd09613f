"""What a process room registers, and how its runs and effects are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from kit.durable.calendar import Window
from kit.durable.gate import Priority
from kit.durable.step import steps_of

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")
_PROCESS: Final = re.compile(r"[a-z][a-z0-9_]{2,63}")
_SEPARATOR: Final = "--"


@dataclass(frozen=True)
class Road:
    """One process: the coroutine `run(steps, start)`, its steps and the struct it starts with.

    The road performs no I/O, reads no clock and draws no random number: everything of that kind is a step.
    A change in the sequence of steps is a new `version`; the old road stays registered until its runs are done.
    `connections` says which connection answers for the `system` of a step; the limits of that connection hold for
    all workers together, and `priority` says who goes first there. `windows` are those a road may wait for.

    Raises:
        ValueError: the process has no speaking name, or a step names an undo that does not exist.

    """

    process: str
    version: int
    run: Callable[[Any, Any], Awaitable[None]]
    steps: object
    starts: type[Struct]
    connections: Mapping[str, str] = field(default_factory=dict, compare=False)
    priority: Priority = Priority.INTERACTIVE
    windows: Mapping[str, Window] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a road that could not run."""
        if not _PROCESS.fullmatch(self.process):
            message = f"a process is called like quote_to_project, not {self.process!r}"
            raise ValueError(message)
        steps_of(self.steps)

    @property
    def name(self) -> str:
        """What the engine calls it; the version is part of the name."""
        return f"{self.process}_v{self.version}"


def case_id_of(process: str, *, tenant: str, business_key: str, revision: int = 1) -> str:
    """The id of a case, which is the id of its run: process--tenant--businesskey--r1."""
    return speaking(process, tenant, business_key, f"r{revision}")


def effect_key(process: str, *, tenant: str, business_key: str, step: str, revision: int = 1) -> str:
    """The key of an effect: tenant--process--businesskey--step--r1."""
    return speaking(tenant, process, business_key, step, f"r{revision}")


def speaking(*parts: str) -> str:
    """Parts joined to an id of `[A-Za-z0-9_-]`; a short hash keeps it unique where characters were replaced."""
    plain = _SEPARATOR.join(_UNSAFE.sub("_", part) for part in parts)
    if plain == _SEPARATOR.join(parts) and not any(_SEPARATOR in part for part in parts):
        return plain
    told_apart = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:10]
    return f"{plain}-{told_apart}"
