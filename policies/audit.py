"""Refuses nothing: writes one line for every decision, and in it no token, no body, no query and no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import msgspec
from msgspec import Struct

from kit.clock import Clock
from kit.door.policy import Request, Verdict

_NOTHING: Final[frozenset[str]] = frozenset()


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written down."""

    passed: bool = True
    """Whether requests that passed are written down too."""


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision, with what another snapshot would need to decide it again.

    `status` 0: the client had left; `ms` is from arrival to the end of the answer; `path` is without the query.
    """

    time: str
    trace: str
    consumer: str
    operation: str
    decision: str
    policy: str
    status: int
    ms: float
    method: str = ""
    path: str = ""
    scopes: frozenset[str] = _NOTHING
    roles: frozenset[str] = _NOTHING
    tenant: str = ""
    client: str = ""
    shadow: list[str] = []


class Audit:
    """Observes; it stands first, so that it sees every end."""

    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, sink: Callable[[bytes], object], clock: Clock) -> None:
        self._passed = config.passed
        self._sink = sink
        self._clock = clock
        self._encode = msgspec.json.Encoder().encode

    @property
    def rests(self) -> bool:
        """It only looks on."""
        return True

    def __call__(self, _request: Request, /) -> Verdict:
        """Nothing to decide."""
        return None

    def ended(self, request: Request, /, *, status: int) -> None:
        """Write the line."""
        if request.code == "ok" and not self._passed and not request.shadowed:
            return
        operation, caller = request.operation, request.caller
        line = Line(
            time=self._clock.now().isoformat(timespec="milliseconds"),
            trace=request.trace_id,
            consumer=request.consumer,
            operation=operation.name if operation else "",
            decision=request.code,
            policy=request.refused_by,
            status=status,
            ms=round((self._clock.monotonic() - request.arrived) * 1000, 3),
            method=request.method,
            path=request.target.decode("ascii", "replace"),
            scopes=(caller.scopes or _NOTHING) if caller else _NOTHING,
            roles=(caller.roles or _NOTHING) if caller else _NOTHING,
            tenant=caller.tenant if caller else "",
            client=caller.client_id if caller else "",
            shadow=request.shadowed,
        )
        self._sink(self._encode(line) + b"\n")
