"""Projects in one pod: the header under its change indicator, tasks level by level, each level in a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from contracts.canonical.project import Project as Canonical
from contracts.canonical.project import ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from system_apis.oracle_fusion.client import ROUNDS, Fusion, text
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.customers import Customers
from system_apis.oracle_fusion.mapping import absent, key, refused
from system_apis.oracle_fusion.party_wire import Project, ProjectCustomer, ProjectDff, Task, TaskDff
from system_apis.oracle_fusion.project_mapping import (
    CLOSED,
    Planned,
    budget_of,
    levels,
    project,
    project_dff,
    project_identity,
)
from system_apis.oracle_fusion.refusals import MAY_STAND
from system_apis.oracle_fusion.wire import Page, Part, changes

_AGAIN = frozenset({Kind.PRECONDITION_FAILED, Kind.ALREADY_EXISTS, Kind.UNKNOWN_OUTCOME})


class Projects:
    """The projects that stand under our ids."""

    def __init__(self, client: Fusion, config: Config, customers: Customers) -> None:
        self._client = client
        self._config = config
        self._customers = customers

    async def put(self, body: Canonical) -> Reference:
        """Create the project with a task for each phase, or bring it up to date."""
        planned = levels(body.phases, currency=body.currency)
        wanted, dff = project(body), project_dff(body)
        identity = project_identity(body, config=self._config)
        parties = [await self._party(body.customer_id, pointer="/customer_id")]
        if body.bill_to_id is not None:
            parties.append(await self._party(body.bill_to_id, pointer="/bill_to_id"))
        standing = await self._find(body.project_id, pointer="/project_id")
        if standing is None:
            several = [
                ProjectCustomer(party_id=party, bill_to_flag=party == parties[-1]) for party in dict.fromkeys(parties)
            ]
            whole = replace(wanted, **identity, project_customers=several, dff=[dff])
            found = await self._create(body.project_id, whole)
        else:
            found = standing
        address = _address(found)
        await self._client.settle(address, wanted)
        await self._client.settle(f"{address}/child/ProjectDFF/{found.project_id}", dff)
        await self._put_tasks(address, planned)
        return Reference(our_id=body.project_id, external_id=str(found.project_id), created=standing is None)

    async def find(self, project_id: str) -> Reference:
        """The project under our id.

        Raises:
            Problem: `not_found`.

        """
        found = await self._standing(project_id)
        return Reference(our_id=project_id, external_id=str(found.project_id))

    async def put_phases(self, project_id: str, body: ProjectPhases) -> References:
        """Add phases, or bring them up to date; the others stay."""
        planned = levels(body.phases, currency=body.currency)
        found = await self._standing(project_id)
        if body.settle:
            await self._extend(found, max(phase.ends_on for phase in body.phases).isoformat())
        tasks = await self._put_tasks(_address(found), planned)
        if body.settle:
            await self._settle(found)
        return References(
            references=[
                Reference(our_id=phase.phase_id, external_id=str(tasks[phase.phase_id].task_id))
                for phase in body.phases
            ]
        )

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete tasks, the last named first, for one with others below it cannot go: all or none; then the budget."""
        found = await self._standing(project_id)
        for left in reversed(range(ROUNDS)):
            tasks = await self._tasks(_address(found))
            gone = [tasks[one] for one in reversed(phase_ids) if one in tasks]
            parts = [
                Part(id=f"task{at}", path=f"/{task.path}", operation="delete", if_match=task.indicator)
                for at, task in enumerate(gone)
            ]
            try:
                await self._client.commit(parts)
                break
            except Problem as problem:
                if problem.kind not in _AGAIN | {Kind.NOT_FOUND} or not left:
                    raise
        await self._settle(found)

    async def close(self, project_id: str) -> None:
        """Close a project to postings."""
        await self._client.settle(_address(await self._standing(project_id)), Project(project_status=CLOSED))

    async def _party(self, customer_id: str, *, pointer: str) -> int:
        party = await self._customers.party_id(customer_id)
        if party is None:
            raise refused("customer_unknown", pointer, f"Fusion has no organization for '{customer_id}'")
        return party

    async def _create(self, project_id: str, whole: Project) -> Project:
        try:
            return await self._client.create("projects", whole)
        except Problem as problem:
            found = None
            if problem.kind in MAY_STAND:
                found = await self._find(project_id, pointer="/project_id")
            if found is None:
                raise
            return found

    async def _put_tasks(self, address: str, planned: Sequence[Sequence[Planned]]) -> dict[str, Task]:
        """Let the tasks stand; what others changed meanwhile, or nobody knows of, is looked up and gone on from."""
        left = ROUNDS
        while True:
            left -= 1
            try:
                standing = await self._tasks(address)
                for level in planned:
                    parts = _parts(level, standing, address)
                    await self._client.commit(parts)
                    standing = await self._tasks(address) if parts else standing
            except Problem as problem:
                if problem.kind not in _AGAIN or not left:
                    raise
            else:
                return standing

    async def _tasks(self, address: str) -> dict[str, Task]:
        rows = self._client.rows(f"{address}/child/Tasks", into=Task, order="TaskId", expand="TaskDFF")
        return {str(row.task_number): row async for row in rows}

    async def _settle(self, found: Project) -> None:
        """Make the budget what the stages sum to."""
        tasks = await self._tasks(_address(found))
        dffs = {number: _dff(task) for number, task in tasks.items()}
        address = f"{_address(found)}/child/ProjectDFF/{found.project_id}"
        await self._client.settle(address, ProjectDff(budget=budget_of(list(tasks.values()), dffs)))

    async def _extend(self, found: Project, until: str) -> None:
        """The last day is only ever moved out."""
        if isinstance(found.project_finish_date, str) and found.project_finish_date < until:
            await self._client.settle(_address(found), Project(project_finish_date=until))

    async def _find(self, project_id: str, *, pointer: str) -> Project | None:
        mine = text(key(project_id, pointer=pointer))
        q = f"SourceApplicationCode = {text(self._config.source)} and SourceReference = {mine}"
        rows = await self._client.all("projects", into=Project, order="ProjectId", q=q)
        return rows[0] if rows else None

    async def _standing(self, project_id: str) -> Project:
        found = await self._find(project_id, pointer="project_id")
        if found is None:
            raise absent("project", project_id)
        return found


def _parts(level: Sequence[Planned], standing: Mapping[str, Task], address: str) -> list[Part]:
    """What is to be made or changed of one level of tasks."""
    parts = []
    for planned in level:
        wanted, number = _placed(planned, standing), str(planned.task.task_number)
        held = standing.get(number)
        if held is None:
            body = replace(wanted, dff=[planned.dff])
            parts.append(Part(id=number, path=f"/{address}/child/Tasks", operation="create", payload=body))
            continue
        change = changes(held, wanted)
        if change is not None:
            parts.append(
                Part(id=number, path=f"/{held.path}", operation="update", payload=change, if_match=held.indicator)
            )
        extra = _dff(held)
        dff_change = changes(extra, planned.dff)
        if dff_change is not None:
            where = f"/{held.path}/child/TaskDFF/{held.task_id}"
            parts.append(Part(id=f"{number}-dff", path=where, operation="update", payload=dff_change))
    return parts


def _placed(planned: Planned, standing: Mapping[str, Task]) -> Task:
    if planned.parent_id is None:
        return planned.task
    if planned.parent_id not in standing:
        detail = f"the phase above '{planned.task.task_number}' is neither here nor in the project"
        raise refused("phase_parent_unknown", "/phases", detail)
    return replace(planned.task, parent_task_id=standing[planned.parent_id].task_id)


def _dff(task: Task) -> TaskDff:
    return task.dff.items[0] if isinstance(task.dff, Page) and task.dff.items else TaskDff()


def _address(found: Project) -> str:
    return f"projects/{found.project_id}"
