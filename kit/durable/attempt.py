"""One attempt of a step: intent, call, result; tried again while there is hope, parked when there is none."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts.canonical.reference import Reference
from contracts.problem import Problem
from kit.clock import Clock
from kit.durable.doing import Doing
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.gate import Gates, OpenGates
from kit.durable.ledger import Intent, Ledger
from kit.durable.order import Outcome, Owed, Spent
from kit.durable.patience import Patience, doubtful, fault_of
from kit.durable.trace import stepping

OPEN: Final = OpenGates()
Call = Callable[[Effect], Awaitable[object]]
Around = Callable[[Doing, Effect, Call], Awaitable[object]]


async def plainly(_doing: Doing, effect: Effect, call: Call) -> object:
    """Call a step as it is; trials put something else in this place."""
    return await call(effect)


@dataclass(frozen=True)
class Performer:
    """Performs attempts with one ledger, one patience and one source of chance."""

    ledger: Ledger
    patience: Patience
    chance: random.Random
    around: Around = plainly
    gates: Gates = OPEN

    async def attempt(self, doing: Doing, *, owed: Owed = ()) -> Outcome:
        """Write what is owed, then try until it is done or there is no hope; programming errors pass through."""
        intent = await self.ledger.intend(doing, owed=owed)
        if intent.cancelled:
            return Outcome(kind="cancelled", reason=intent.cancelled)
        if intent.result is not None:
            return Outcome(kind="done", result=intent.result)
        clock = self.ledger.clock
        watch, calls = Watch(clock, intent=intent, back=doing.back), 0
        while True:
            calls += 1
            try:
                answer = await self._let_through(doing, _effect(doing, intent, tried=calls - 1), watch=watch)
            except Problem as problem:
                pause = self.patience.pause(problem, tried=calls, chance=self.chance)
                if pause is None:
                    fault = fault_of(problem, system=doing.step.terms.system)
                    return _parked((fault,), doubt=doubtful(problem), watch=watch)
                await clock.sleep(pause)
            except Held as held:
                return _parked(held.faults, doubt=False, watch=watch)
            except Unwind as unwind:
                return Outcome(kind="unwind", reason=unwind.reason)
            else:
                return _done(answer, back=doing.back, watch=watch)

    async def _let_through(self, doing: Doing, effect: Effect, *, watch: Watch) -> object:
        """Call once the connection allows it; a pause between calls holds no place."""
        watch.queues()
        async with self.gates.passing(doing.connection, priority=doing.priority):
            watch.called()
            return await self._call(doing, effect)

    async def _call(self, doing: Doing, effect: Effect) -> object:
        method = doing.step.undoing() if doing.back else doing.step.raw

        async def call(given: Effect) -> object:
            assert method is not None  # noqa: S101 - only steps with an undo are taken back
            return await method(given, **doing.arguments)

        terms = doing.step.terms
        with stepping(doing.name, case_id=effect.case_id, key=effect.key, system=terms.system, attempt=effect.attempt):
            return await self.around(doing, effect, call)


class Watch:
    """Measures what an attempt spends, on top of what earlier ones have spent."""

    def __init__(self, clock: Clock, *, intent: Intent, back: bool) -> None:
        self._clock = clock
        self._before = intent.before
        self._first = intent.before.attempts if back else intent.attempt
        self._back = back
        self._calls = 0
        self._began = self._last = clock.monotonic()

    def queues(self) -> None:
        """A call waits for its place: that is our time, not the vendor's."""
        self._last = self._clock.monotonic()

    def called(self) -> None:
        """A call begins."""
        self._calls += 1
        now = self._clock.monotonic()
        self._began += now - self._last
        self._last = now

    def stopped(self) -> tuple[dt.datetime, Spent]:
        """When it ended, and what was spent so far."""
        now = self._clock.monotonic()
        again = 0 if self._back else self._calls - 1
        outside_ms = self._before.outside_ms + round((now - self._began) * 1000)
        spent = Spent(attempts=self._first + again, elapsed_ms=round((now - self._last) * 1000), outside_ms=outside_ms)
        return self._clock.now(), spent


def _done(answer: object, *, back: bool, watch: Watch) -> Outcome:
    ended_at, spent = watch.stopped()
    if back:
        return Outcome(kind="done", ended_at=ended_at, spent=spent)
    result = msgspec.json.encode(answer).decode()
    return Outcome(kind="done", result=result, external_id=_external_id(answer), ended_at=ended_at, spent=spent)


def _parked(faults: tuple[Fault, ...], *, doubt: bool, watch: Watch) -> Outcome:
    ended_at, spent = watch.stopped()
    return Outcome(kind="parked", faults=list(faults), doubt=doubt, ended_at=ended_at, spent=spent)


def _effect(doing: Doing, intent: Intent, *, tried: int) -> Effect:
    order = doing.order
    return Effect(
        key=doing.key,
        case_id=order.case_id,
        tenant=order.tenant,
        business_key=order.business_key,
        attempt=intent.attempt + tried,
        revision=order.revision,
        fixes=intent.fixes,
    )


def _external_id(answer: Any) -> str:
    if isinstance(answer, Reference):
        return answer.external_id
    references = getattr(answer, "references", None)
    if references:
        return str(getattr(references[0], "external_id", ""))
    return str(getattr(answer, "external_id", "") or "")
