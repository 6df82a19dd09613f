"""One attempt of a step: intent, call, result; tried again while there is hope, parked when there is none."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from contracts.canonical.reference import Reference
from contracts.problem import Problem
from kit.durable.doing import Doing
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.ledger import Intent, Ledger, Spent
from kit.durable.order import Outcome
from kit.durable.patience import Patience, doubtful, fault_of
from kit.durable.trace import stepping

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

    async def attempt(self, doing: Doing) -> Outcome:
        """Try until it is done or there is no hope; programming errors pass through."""
        intent = await self.ledger.intend(doing)
        if intent.cancelled:
            return Outcome(kind="cancelled", reason=intent.cancelled)
        if intent.result is not None:
            return Outcome(kind="done", result=intent.result)
        clock = self.ledger.clock
        began, tried = clock.monotonic(), 0
        while True:
            called = clock.monotonic()
            try:
                answer = await self._call(doing, _effect(doing, intent, tried=tried))
            except Problem as problem:
                tried += 1
                spent = _spent(clock.monotonic(), began=began, called=called, calls=tried)
                pause = self.patience.pause(problem, tried=tried, chance=self.chance)
                if pause is None:
                    fault = fault_of(problem, system=doing.step.terms.system)
                    return await self._stumble(doing, (fault,), doubt=doubtful(problem), spent=spent)
                await clock.sleep(pause)
            except Held as held:
                spent = _spent(clock.monotonic(), began=began, called=called, calls=tried + 1)
                return await self._stumble(doing, held.faults, doubt=False, spent=spent)
            except Unwind as unwind:
                return Outcome(kind="unwind", reason=unwind.reason)
            else:
                spent = _spent(clock.monotonic(), began=began, called=called, calls=tried + 1)
                return await self._settle(doing, answer, spent=spent)

    async def _call(self, doing: Doing, effect: Effect) -> object:
        method = doing.step.undoing() if doing.back else doing.step.raw

        async def call(given: Effect) -> object:
            assert method is not None  # noqa: S101 - only steps with an undo are taken back
            return await method(given, **doing.arguments)

        terms = doing.step.terms
        with stepping(doing.name, case_id=effect.case_id, key=effect.key, system=terms.system, attempt=effect.attempt):
            return await self.around(doing, effect, call)

    async def _settle(self, doing: Doing, answer: object, *, spent: Spent) -> Outcome:
        result = "null" if doing.back else msgspec.json.encode(answer).decode()
        await self.ledger.settle(doing, result=result, external_id=_external_id(answer), spent=spent)
        return Outcome(kind="done", result=result)

    async def _stumble(self, doing: Doing, faults: tuple[Fault, ...], *, doubt: bool, spent: Spent) -> Outcome:
        detail = "; ".join(f"{fault.code}: {fault.detail}" for fault in faults)
        await self.ledger.stumble(doing, doubt=doubt, detail=detail, spent=spent)
        return Outcome(kind="parked", faults=list(faults))


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


def _spent(now: float, *, began: float, called: float, calls: int) -> Spent:
    return Spent(elapsed_ms=round((now - called) * 1000), outside_ms=round((now - began) * 1000), calls=calls)


def _external_id(answer: Any) -> str:
    if isinstance(answer, Reference):
        return answer.external_id
    references = getattr(answer, "references", None)
    if references:
        return str(getattr(references[0], "external_id", ""))
    return str(getattr(answer, "external_id", "") or "")
