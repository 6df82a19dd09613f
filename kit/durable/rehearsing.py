"""A dry run of a road: what only reads is performed, what would change the world is written down and not done.

Answers of steps that were not done are stand-ins, so that the road can go on; approvals are taken as granted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from msgspec import inspect as shape

from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.current import running
from kit.durable.fault import Effect, Fault, Held, Unwind
from kit.durable.road import Road, case_id_of, effect_key
from kit.durable.step import BoundStep

STAND_IN: Final = "planned"


class PlannedStep(Struct, frozen=True, kw_only=True):
    """One step of a dry run; `performed` when it only reads and was done."""

    name: str
    system: str
    key: str
    performed: bool
    pivot: bool
    undo: str | None
    arguments: Any


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What a road would do. It ends early where a read found problems (`faults`) or the road gave up (`gives_up`)."""

    steps: list[PlannedStep]
    approvals: list[ApprovalRequest] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    gives_up: str = ""


async def rehearse(
    road: Road, *, business_key: str, start: Struct, tenant: str = "default", fixes: Mapping[str, str] | None = None
) -> Rehearsal:
    """Walk a road without changing the world. `fixes` are answers that people would give.

    Raises:
        Problem: whatever a read raises.

    """
    rehearsing = _Rehearsing(road, business_key=business_key, tenant=tenant, fixes=dict(fixes or {}))
    faults: tuple[Fault, ...] = ()
    gives_up = ""
    with running(rehearsing):
        try:
            await road.run(road.steps, start)
        except Held as held:
            faults = held.faults
        except Unwind as unwind:
            gives_up = unwind.reason
    return Rehearsal(
        steps=rehearsing.steps,
        approvals=rehearsing.approvals,
        events=rehearsing.events,
        facts=rehearsing.facts,
        faults=list(faults),
        gives_up=gives_up,
    )


class _Rehearsing:
    """A run that only plans."""

    def __init__(self, road: Road, *, business_key: str, tenant: str, fixes: dict[str, str]) -> None:
        self._road = road
        self._business_key = business_key
        self._tenant = tenant
        self._fixes = fixes
        self._numbers: dict[str, int] = {}
        self.steps: list[PlannedStep] = []
        self.approvals: list[ApprovalRequest] = []
        self.events: list[str] = []
        self.facts: dict[str, str] = {}

    async def perform(self, step: BoundStep[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        terms, arguments = step.terms, step.bound(args, kwargs)
        number = self._numbers[terms.name] = self._numbers.get(terms.name, 0) + 1
        effect = self._effect(terms.name if number == 1 else f"{terms.name}-{number}")
        planned = PlannedStep(
            name=terms.name,
            system=terms.system,
            key=effect.key,
            performed=terms.reads,
            pivot=terms.pivot,
            undo=terms.undo,
            arguments=msgspec.to_builtins(arguments, str_keys=True),
        )
        self.steps.append(planned)
        return await step.raw(effect, **arguments) if terms.reads else stand_in(step.returns())

    async def ask(self, request: ApprovalRequest) -> Decision:
        self.approvals.append(request)
        return Decision(approved=True, decided_by=STAND_IN)

    async def record(
        self, *, title: str | None, at_stake: Money | None, legal_entity_id: str | None, facts: dict[str, str]
    ) -> None:
        del title, at_stake, legal_entity_id
        self.facts |= facts

    async def publish(self, event_type: str, subject: str, data: Noun) -> None:
        del subject, data
        self.events.append(event_type)

    async def sleep_until(self, when: dt.datetime) -> None:
        del when

    async def wait_for_window(self, name: str) -> None:
        del name

    def _effect(self, label: str) -> Effect:
        process, key = self._road.process, self._business_key
        return Effect(
            key=effect_key(process, tenant=self._tenant, business_key=key, step=label),
            case_id=case_id_of(process, tenant=self._tenant, business_key=key),
            tenant=self._tenant,
            business_key=key,
            attempt=1,
            revision=1,
            fixes=self._fixes,
        )


def stand_in(wanted: Any) -> Any:
    """A value of a type that says nothing: words are `planned`, numbers zero, collections empty, options absent."""
    if wanted is Any or wanted is None or wanted is type(None):
        return None
    return _of(shape.type_info(wanted))


def _of(info: shape.Type) -> Any:
    if isinstance(info, shape.UnionType):
        return None if any(isinstance(each, shape.NoneType) for each in info.types) else _of(info.types[0])
    if isinstance(info, shape.StructType | shape.DataclassType):
        made = {each.name: _of(each.type) for each in info.fields if each.required}
        return info.cls(**made)
    if isinstance(info, shape.EnumType):
        return next(iter(info.cls))
    if isinstance(info, shape.Metadata):
        return _of(info.type)
    if isinstance(info, shape.LiteralType):
        return info.values[0]
    return next((make for kind, make in _PLAIN if isinstance(info, kind)), lambda: None)()


_PLAIN: Final[tuple[tuple[Any, Any], ...]] = (
    (shape.StrType, lambda: STAND_IN),
    (shape.BoolType, lambda: False),
    (shape.IntType, lambda: 0),
    (shape.FloatType, lambda: 0.0),
    (shape.DecimalType, lambda: Decimal(0)),
    (shape.DateTimeType, lambda: dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
    (shape.DateType, lambda: dt.date(1970, 1, 1)),
    (shape.ListType, list),
    (shape.SetType, set),
    (shape.FrozenSetType, frozenset),
    (shape.DictType, dict),
)
