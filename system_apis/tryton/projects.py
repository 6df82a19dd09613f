"""Projects and their phases as works whose number is our id; Tryton itself lets no number stand twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.canonical.project import Phase, Project, ProjectPhases
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.tryton import mapping, wire
from system_apis.tryton.chart import Chart
from system_apis.tryton.client import Tryton
from system_apis.tryton.config import Config
from system_apis.tryton.customers import Customers

_AT_ONCE: Final = 200
"""Numbers asked for in one call: a domain is part of the address."""


class Projects:
    """Finds, makes, changes and closes projects and the tasks below them."""

    def __init__(self, client: Tryton, *, chart: Chart, customers: Customers, config: Config) -> None:
        self._client = client
        self._chart = chart
        self._customers = customers
        self._config = config

    async def put(self, project: Project) -> Reference:
        """Make the project with a task for each phase, or bring it up to date; a closed one is opened again."""
        company = await self._chart.company(project.legal_entity_id, pointer="/legal_entity_id")
        await self._chart.currency(project.currency)
        pointer = "/bill_to_id" if project.bill_to_id else "/customer_id"
        party = await self._customers.party(project.billed_id, pointer=pointer)
        mapping.task_levels(project.project_id, project.phases, standing={})  # refuses before anything is written
        status = await self._chart.status(self._config.open_status)
        values = mapping.project_values(project, company=company, party=party.id, status=status)
        standing = await self.find(project.project_id)
        if standing is None:
            work = await self._made(project.project_id, values, company=company)
        else:
            work = await self._client.update(wire.Work, standing.id, values, company=company)
        await self._put_tasks(work, project.phases)
        return Reference(our_id=project.project_id, external_id=str(work.id), created=standing is None)

    async def put_phases(self, phases: ProjectPhases) -> list[Reference]:
        """Add phases to a project that stands; Tryton's project has no budget, so nothing of it has to follow."""
        work = await self.standing(phases.project_id)
        numbers = await self._put_tasks(work, phases.phases)
        return [Reference(our_id=phase.phase_id, external_id=str(numbers[phase.phase_id])) for phase in phases.phases]

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete tasks, the lowest first; one on which somebody worked is refused by Tryton."""
        work = await self.standing(project_id)
        tasks = await self._tasks(project_id, phase_ids)
        for task in _lowest_first(tasks):
            await self._client.remove(wire.Work, task.id, company=_company(work))

    async def close(self, project_id: str) -> None:
        """Close a project and everything below it: Tryton completes no work before its children."""
        work = await self.standing(project_id)
        status = await self._chart.status(self._config.closed_status)
        below = await self._client.find(wire.Work, ["number", "like", f"{_escaped(project_id)}\\_\\_%"])
        for one in (*_lowest_first(below), work):
            if one.status != status:
                done = {"status": status, "progress": 1.0}
                await self._client.update(wire.Work, one.id, done, company=_company(work))

    async def find(self, project_id: str) -> wire.Work | None:
        """The project under our id."""
        rows = await self._client.find(wire.Work, ["number", "=", project_id], ["type", "=", "project"], limit=1)
        return rows[0] if rows else None

    async def standing(self, project_id: str) -> wire.Work:
        """A project that is asked for.

        Raises:
            Problem: `not_found` when there is none.

        """
        found = await self.find(project_id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "tryton.not_found", f"Tryton has no project '{project_id}'")
        return found

    async def _made(self, project_id: str, values: dict[str, object], *, company: int) -> wire.Work:
        try:
            return await self._client.create(wire.Work, values, company=company)
        except Problem as problem:
            if problem.kind not in {Kind.UNKNOWN_OUTCOME, Kind.ALREADY_EXISTS}:
                raise
            found = await self.find(project_id)
            if found is None:
                raise
            return found

    async def _put_tasks(self, work: wire.Work, phases: Sequence[Phase]) -> dict[str, int]:
        """The ids of the tasks by phase, made level by level unless they stand."""
        project_id = work.number
        shared = {"company": _company(work), "status": await self._chart.status(self._config.open_status)}
        company = shared["company"]
        wanted = {phase.phase_id for phase in phases} | {phase.parent_id for phase in phases if phase.parent_id}
        standing = {task.number: task.id for task in await self._tasks(project_id, sorted(wanted))}
        for level in mapping.task_levels(project_id, phases, standing=standing):
            fresh = []
            for phase in level:
                above = standing[mapping.task_number(project_id, phase.parent_id)] if phase.parent_id else work.id
                values = mapping.task_values(project_id, phase, parent=above, **shared)
                if values["number"] in standing:
                    await self._client.update(wire.Work, standing[values["number"]], values, company=company)
                else:
                    fresh.append(values)
            if fresh:
                standing |= await self._made_tasks(project_id, level, fresh, company=company)
        return {phase.phase_id: standing[mapping.task_number(project_id, phase.phase_id)] for phase in phases}

    async def _made_tasks(
        self, project_id: str, level: Sequence[Phase], fresh: list[dict[str, object]], *, company: int
    ) -> dict[str, int]:
        """Make the tasks of one level, all or none, and read them back under their numbers."""
        try:
            await self._client.create_many(wire.Work, fresh, company=company)
        except Problem as problem:
            if problem.kind not in {Kind.UNKNOWN_OUTCOME, Kind.ALREADY_EXISTS}:
                raise
            found = await self._tasks(project_id, [phase.phase_id for phase in level])
            if len(found) < len(level):
                raise
            return {task.number: task.id for task in found}
        found = await self._tasks(project_id, [phase.phase_id for phase in level])
        return {task.number: task.id for task in found}

    async def _tasks(self, project_id: str, phase_ids: Sequence[str]) -> list[wire.Work]:
        numbers = [mapping.task_number(project_id, phase_id) for phase_id in phase_ids]
        found: list[wire.Work] = []
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            found += await self._client.find(wire.Work, ["number", "in", some], ["type", "=", "task"])
        return found


def _company(work: wire.Work) -> int:
    if work.company is None:
        raise Problem(Kind.UNEXPECTED, "tryton.company_missing", f"work {work.number} belongs to no company")
    return work.company


def _lowest_first(tasks: Sequence[wire.Work]) -> list[wire.Work]:
    """Children before their parents."""
    by_id = {task.id: task for task in tasks}

    def depth(task: wire.Work) -> int:
        above = by_id.get(task.parent or 0)
        return 0 if above is None else 1 + depth(above)

    return sorted(tasks, key=depth, reverse=True)


def _escaped(text: str) -> str:
    """A text that `like` takes as it is."""
    return text.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
