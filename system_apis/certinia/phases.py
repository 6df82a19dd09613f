"""Stages as project phases and payment points as milestones: made by level, kept in the order they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from contracts.canonical.project import Phase
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from kit.force.soql import question
from system_apis.certinia import mapping
from system_apis.certinia.rows import MOST_IDS, Org, Row, among, below, key_of, select

STAGE: Final = "pse__Project_Phase__c"
MILESTONE: Final = "pse__Milestone__c"


class Plan(Struct, frozen=True):
    """What stands of a project: its stages and its payment points, by key."""

    stages: Mapping[str, Row]
    milestones: Mapping[str, Row]

    @property
    def rows(self) -> dict[str, Row]:
        """All of them, in order."""
        every = {**self.stages, **self.milestones}
        return dict(sorted(every.items(), key=lambda item: _place(item[1])))

    @property
    def last(self) -> int:
        """The greatest place in the order."""
        return max((int(row["Sluice_Order__c"] or 0) for row in self.rows.values()), default=0)

    def worth(self) -> Decimal:
        """The sum of the stages that have no parent; what is below one is a part of it."""
        roots = (row for row in self.stages.values() if not row["Sluice_Parent__c"])
        return sum((Decimal(str(row["Sluice_Budget__c"] or 0)) for row in roots), Decimal(0))

    def ends_on(self) -> str:
        """The last day of all of it."""
        return max((str(row["pse__End_Date__c"] or "") for row in self.stages.values()), default="")


class Phases:
    """Our phases in one org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    @staticmethod
    def questions(project_id: str) -> tuple[str, str]:
        """The two questions that together read a plan."""
        return (
            select(mapping.STAGE, STAGE, below(project_id)),
            select(mapping.MILESTONE, MILESTONE, below(project_id)),
        )

    @staticmethod
    def plan(stages: list[Row], milestones: list[Row]) -> Plan:
        """What the answers to them say."""
        return Plan({str(r["Sluice_Id__c"]): r for r in stages}, {str(r["Sluice_Id__c"]): r for r in milestones})

    async def standing(self, project_id: str) -> Plan:
        """What stands of a project."""
        stages, milestones = await self._org.ask(*self.questions(project_id))
        return self.plan(stages, milestones)

    async def put(
        self, project_id: str, row_id: str, phases: Sequence[Phase], *, currency: str, plan: Plan
    ) -> list[Reference]:
        """Make what is missing and bring the rest up to date; references in the order of the phases."""
        orders = _orders(project_id, phases, plan)
        rows = plan.rows
        ids = {key: str(row["Id"]) for key, row in rows.items()}
        for level in mapping.levels(phases):
            stages: dict[str, Row] = {}
            milestones: dict[str, Row] = {}
            for phase in level:
                key = key_of(project_id, phase.phase_id)
                said: dict[str, Any] = {
                    "project_row_id": row_id,
                    "order": orders[key],
                    "parent_id": _parent(project_id, phase, ids),
                    "currency": currency,
                }
                if phase.milestone:
                    milestones[key] = mapping.milestone(phase, **said)
                else:
                    stages[key] = mapping.stage(phase, **said)
            ids |= await self._org.ensure(STAGE, plan.stages, stages, born=mapping.PLAN_BORN)
            ids |= await self._org.ensure(MILESTONE, plan.milestones, milestones, born=mapping.PLAN_BORN)
        keys = {phase.phase_id: key_of(project_id, phase.phase_id) for phase in phases}
        return [Reference(our_id=each, external_id=ids[key], created=key not in rows) for each, key in keys.items()]

    async def remove(self, project_id: str, phase_ids: Sequence[str], *, plan: Plan) -> Plan:
        """Delete payment points, then stages; what is left of the plan.

        Raises:
            Problem: conflict, when time is booked on one of them; none is deleted then.

        """
        keys = {key_of(project_id, phase_id) for phase_id in phase_ids}
        points = [str(row["Id"]) for key, row in plan.milestones.items() if key in keys]
        stages = [str(row["Id"]) for key, row in plan.stages.items() if key in keys]
        await self._refuse_worked("pse__Milestone__c", points)
        await self._refuse_worked("pse__Project_Phase_Object__c", stages)
        await self._org.writer.delete(points)
        await self._org.writer.delete(stages)
        return Plan(
            {key: row for key, row in plan.stages.items() if key not in keys},
            {key: row for key, row in plan.milestones.items() if key not in keys},
        )

    async def _refuse_worked(self, field: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), MOST_IDS):
            some = among(field, ids[start : start + MOST_IDS])
            (worked,) = await self._org.ask(question("Id", "pse__Timecard_Header__c", where=some, limit=1))
            if worked:
                raise Problem(
                    Kind.CONFLICT,
                    "certinia.phase_has_time",
                    "time is booked on a phase that is to be removed; nothing was removed",
                    hint="move the timecards to another phase first",
                )


def _parent(project_id: str, phase: Phase, ids: Mapping[str, str]) -> str | None:
    if phase.parent_id is None:
        return None
    row_id = ids.get(key_of(project_id, phase.parent_id))
    if row_id is None:
        detail = f"phase {phase.phase_id} belongs to {phase.parent_id}, which does not stand in the project"
        raise Problem(Kind.INVALID, "certinia.parent_unknown", detail)
    return row_id


def _orders(project_id: str, phases: Sequence[Phase], plan: Plan) -> dict[str, int]:
    """The place of each phase: where it stands already, else after everything else."""
    rows, last = plan.rows, plan.last
    orders: dict[str, int] = {}
    for phase in phases:
        key = key_of(project_id, phase.phase_id)
        row = rows.get(key)
        last += row is None
        orders[key] = last if row is None else int(row["Sluice_Order__c"] or 0)
    return orders


def _place(row: Row) -> tuple[int, str]:
    return int(row["Sluice_Order__c"] or 0), str(row["Id"])
