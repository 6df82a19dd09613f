"""The five trials every process must stand; each runs on worlds of its own, in memory, in milliseconds.

1. it completes; 2. it unwinds from every step; 3. unwinding twice harms nothing;
4. a step that took effect and then failed is unwound, or after a crash completed; 5. every step done twice equals once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from contracts.canonical.casework import CaseFile, CaseState
from kit.durable.attempt import Around, Call, plainly
from kit.durable.doing import Doing
from kit.durable.fault import Effect, Unwind
from kit.durable.memory import MemoryDurable
from kit.durable.refusal import REVERSED_BY
from kit.durable.road import Road
from kit.durable.step import steps_of

_ROUNDS: Final = 50
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})


class TrialFailed(AssertionError):
    """A process did not stand a trial; the message says which step did what."""


@dataclass(frozen=True)
class Stage:
    """One fresh world for one run.

    `world` tells what stands in it, as a value that compares; two runs of the same road must tell the same, so it
    leaves out ids that vendors draw and counts what they count. `answers` are what people write into forms,
    by the name of the field; approvals are granted.
    """

    road: Road
    business_key: str
    start: Struct
    world: Callable[[], Any]
    answers: Mapping[str, str] = field(default_factory=dict)


Stages = Callable[[], AbstractAsyncContextManager[Stage]]


async def completes(stages: Stages) -> CaseFile:
    """First trial: with people who answer, the road ends as completed."""
    async with stages() as stage:
        case = await _played(stage, plainly)
    _expect(case, CaseState.COMPLETED, "untouched")
    return case


async def unwinds_from_every_step(stages: Stages) -> None:
    """Second trial: wherever it is given up, what was done is taken back; a pivot first by a person's document."""
    await _give_up_everywhere(stages, after_effect=False, undo_twice=False)


async def unwinding_twice_harms_nothing(stages: Stages) -> None:
    """Third trial: every undo is called twice."""
    await _give_up_everywhere(stages, after_effect=False, undo_twice=True)


async def doubt_is_settled(stages: Stages) -> None:
    """Fourth trial: a step acts and then fails; given up it is taken back, after a crash it is completed."""
    await _give_up_everywhere(stages, after_effect=True, undo_twice=False)
    case = await completes(stages)
    once = await _world_after(stages, plainly)
    for step in case.steps:
        found = await _world_after(stages, _Broken(step.name, _Crash, after_effect=True))
        if found != once:
            message = f"{step.name} acted, crashed and was repeated: the world is {found}, not {once}"
            raise TrialFailed(message)


async def twice_equals_once(stages: Stages) -> None:
    """Fifth trial: every step is done twice under its one key."""
    once = await _world_after(stages, plainly)
    twice = await _world_after(stages, _twice)
    if once != twice:
        message = f"every step done twice leaves {twice}, once {once}"
        raise TrialFailed(message)


TRIALS: Final = (
    completes,
    unwinds_from_every_step,
    unwinding_twice_harms_nothing,
    doubt_is_settled,
    twice_equals_once,
)


class _Crash(BaseException):
    """The process ends here."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)


class _Broken:
    """Lets one step break, once, before or after it took effect."""

    def __init__(
        self, label: str, breaks: type[BaseException], *, after_effect: bool, undo_twice: bool = False
    ) -> None:
        self._label = label
        self._breaks = breaks
        self._after_effect = after_effect
        self._undo_twice = undo_twice
        self._broken = False

    async def __call__(self, doing: Doing, effect: Effect, call: Call) -> object:
        """Call the step, or break."""
        if doing.back and self._undo_twice:
            await call(effect)
        if doing.back or doing.label != self._label or self._broken:
            return await call(effect)
        if self._after_effect:
            await call(effect)
        self._broken = True
        message = f"trial at {self._label}"
        raise self._breaks(message)


async def _twice(_doing: Doing, effect: Effect, call: Call) -> object:
    answer = await call(effect)
    await call(effect)
    return answer


async def _give_up_everywhere(stages: Stages, *, after_effect: bool, undo_twice: bool) -> None:
    case = await completes(stages)
    beyond = False
    for step in case.steps:
        broken = _Broken(step.name, Unwind, after_effect=after_effect, undo_twice=undo_twice)
        async with stages() as stage:
            beyond = beyond or _is_pivot(stage.road, step.name)
            before = stage.world()
            found = await _played(stage, broken)
            _expect(found, CaseState.UNWOUND, f"given up at {step.name}")
            if not beyond and stage.world() != before:
                message = f"given up at {step.name}, the world is {stage.world()}, not {before}"
                raise TrialFailed(message)


async def _world_after(stages: Stages, around: Around) -> Any:
    async with stages() as stage:
        _expect(await _played(stage, around), CaseState.COMPLETED, "to be compared")
        return stage.world()


async def _played(stage: Stage, around: Around) -> CaseFile:
    """The case once it is closed; people do their part, and a crash is followed by a restart."""
    async with MemoryDurable.opened([stage.road], around=around) as durable:
        started = await durable.start(stage.road, business_key=stage.business_key, start=stage.start)
        for _ in range(_ROUNDS):
            await durable.settled(started.case_id)
            case = await durable.standing(started.case_id)
            if case.summary.state in _CLOSED:
                return case
            if not await _people(durable, stage, started.case_id):
                await durable.restart()
        stuck = await durable.standing(started.case_id)
    message = f"the case stands at {stuck.summary.step} and nobody knows what to do"
    raise TrialFailed(message)


async def _people(durable: MemoryDurable, stage: Stage, case_id: str) -> bool:
    exceptions = (await durable.casebook.exceptions(case_id=case_id)).items
    for item in exceptions:
        answers = {REVERSED_BY: "trial", **stage.answers}
        values = {question.name: answers.get(question.name, "") for question in item.form}
        await durable.casebook.fix(item.exception_id, values=values, by="trial", key=item.exception_id)
    approvals = (await durable.casebook.approvals(case_id=case_id)).items
    for asked in approvals:
        key = asked.approval_id
        await durable.casebook.decide(key, approve=True, by="trial", etag=asked.etag, key=key)
    return bool(exceptions or approvals)


def _is_pivot(road: Road, label: str) -> bool:
    return any(
        step.terms.pivot and (label == name or label.startswith(f"{name}-"))
        for name, step in steps_of(road.steps).items()
    )


def _expect(case: CaseFile, state: CaseState, how: str) -> None:
    if case.summary.state is not state:
        steps = ", ".join(f"{step.name} {step.state.value} {step.detail}".strip() for step in case.steps)
        message = f"{how}, the case is {case.summary.state.value}, not {state.value}: {steps}"
        raise TrialFailed(message)


Trial = Callable[[Stages], Awaitable[object]]
