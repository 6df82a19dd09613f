"""Projects in one environment: a contract and a project under one number, tasks in one changeset, a stage at the end.

This is the deployment in which Finance is master of projects. Where Dataverse is, tasks are written by its schedule
API alone, and that one takes people with a Project licence, never an application: so nothing is written here then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.project import Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.batch import Change
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.customers import Customers
from system_apis.dynamics_finance.mapping import absent, conflict, refused
from system_apis.dynamics_finance.odata import NO, keyed, read_day, text, written_day
from system_apis.dynamics_finance.project_mapping import FINISHED, contract, header, project_number, task_number, tasks
from system_apis.dynamics_finance.refusals import AGAIN, MAY_STAND

PROJECTS: Final = "ProjectsV2"
TASKS: Final = "ProjectTasks"
_ROUNDS: Final = 4
_CHANGESET: Final = 500


class Projects:
    """The projects that stand under our ids."""

    def __init__(self, client: Finance, config: Config, customers: Customers) -> None:
        self._client = client
        self._config = config
        self._customers = customers

    async def put(self, project: Project) -> Reference:
        """Create the project with a task for each phase, or bring it up to date."""
        self.check_master()
        wanted = header(project, customer="", config=self._config)  # refuses before any call
        company = str(wanted.company)
        planned = tasks(project.project_id, company, project.phases, currency=project.currency)
        customer = await self._customers.check(project.customer_id, company, pointer="/customer_id")
        billed = await self._customers.check(project.billed_id, company, pointer="/bill_to_id")
        wanted = header(project, customer=customer, config=self._config)
        await self._check_company(project.project_id, company)
        number = project_number(project.project_id)
        at_contract = keyed(self._config.sets.contracts, company, ProjectContractId=number)
        under = contract(project, customer=billed, config=self._config)
        await self._stand(self._config.sets.contracts, at_contract, under)
        created = await self._stand(PROJECTS, keyed(PROJECTS, company, ProjectId=number), wanted)
        await self._put_tasks(company, number, planned)
        return Reference(our_id=project.project_id, external_id=number, created=created)

    async def find(self, project_id: str) -> Reference:
        """The project under our id.

        Raises:
            Problem: `not_found`.

        """
        return Reference(our_id=project_id, external_id=str((await self.standing(project_id)).project_id))

    async def put_phases(self, project_id: str, body: ProjectPhases) -> References:
        """Add phases, or bring them up to date; the others stay."""
        self.check_master()
        held = await self.standing(project_id)
        company, number = str(held.company), str(held.project_id)
        await self._put_tasks(company, number, tasks(project_id, company, body.phases, currency=body.currency))
        if body.settle:
            await self._settle(company, number, ends_on=max(phase.ends_on for phase in body.phases))
        ids = [phase.phase_id for phase in body.phases]
        return References(
            references=[Reference(our_id=each, external_id=task_number(project_id, each)) for each in ids]
        )

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete tasks, the last named first, for one with others below it cannot go; the budget follows."""
        self.check_master()
        held = await self.standing(project_id)
        company, number = str(held.company), str(held.project_id)
        for phase_id in reversed(phase_ids):
            where = keyed(TASKS, company, ProjectId=number, TaskId=task_number(project_id, phase_id))
            task = await self._client.get(where, into=wire.Task)
            if task is not None:
                await self._client.remove(where, etag=str(task.etag))
        await self._settle(company, number)

    async def close(self, project_id: str) -> None:
        """Finish a project, so that it takes no more postings."""
        self.check_master()
        held = await self.standing(project_id)
        where = keyed(PROJECTS, str(held.company), ProjectId=str(held.project_id))
        await self._client.settle(where, wire.Project(project_stage=FINISHED))

    async def standing(self, project_id: str) -> wire.Project:
        """The project under our id, in whatever company; as `find`."""
        found = await self._find(project_id)
        if found is None:
            raise absent("project", project_id)
        return found

    def check_master(self) -> None:
        """Refuse to write where Finance is not the master of projects.

        Raises:
            Problem: `unsupported`, with the reason.

        """
        if self._config.deployment == "integrated":
            detail = (
                "Dataverse is master of projects here; its schedule API refuses applications, whatever their rights"
            )
            hint = "let a person with a Microsoft Project licence plan it, or connect a Finance-only deployment"
            raise Problem(Kind.UNSUPPORTED, "schedule_api_needs_licence", detail, hint=hint)

    async def _find(self, project_id: str) -> wire.Project | None:
        mine = f"ProjectId eq {text(project_number(project_id, pointer='project_id'))}"
        rows = await self._client.all(PROJECTS, into=wire.Project, filter=mine, orderby="dataAreaId")
        return rows[0] if rows else None

    async def _check_company(self, project_id: str, company: str) -> None:
        found = await self._find(project_id)
        if found is not None and found.company != company:
            raise conflict("project_in_other_company", f"'{project_id}' stands in company {found.company}")

    async def _stand(self, entity_set: str, where: str, wanted: wire.W) -> bool:
        """Let a row stand as wanted; whether this call made it."""
        created = False
        if await self._client.get(where, into=type(wanted)) is None:
            try:
                await self._client.create(entity_set, wanted)
                created = True
            except Problem as problem:
                if problem.kind not in MAY_STAND or await self._client.get(where, into=type(wanted)) is None:
                    raise
        await self._client.settle(where, wanted)
        return created

    async def _put_tasks(self, company: str, number: str, planned: Sequence[wire.Task]) -> None:
        """Let the tasks stand; what others changed meanwhile, or nobody knows of, is looked up and gone on from."""
        for left in reversed(range(_ROUNDS)):
            standing = await self._tasks(company, number)
            _check_parents(planned, standing)
            asked = [change for task in planned if (change := _change(task, standing.get(str(task.task_id))))]
            try:
                for start in range(0, len(asked), _CHANGESET):
                    await self._client.commit(asked[start : start + _CHANGESET])
            except Problem as problem:
                if problem.kind not in AGAIN | MAY_STAND or not left:
                    raise
            else:
                return

    async def _tasks(self, company: str, number: str) -> dict[str, wire.Task]:
        mine = f"dataAreaId eq {text(company)} and ProjectId eq {text(number)}"
        rows = self._client.rows(TASKS, into=wire.Task, filter=mine, orderby="TaskId")
        return {str(row.task_id): row async for row in rows}

    async def _settle(self, company: str, number: str, *, ends_on: dt.date | None = None) -> None:
        """Make the budget what the stages sum to; the last day is only ever moved out."""
        stages = [task for task in (await self._tasks(company, number)).values() if task.sluice_milestone == NO]
        budget = sum((one.sluice_budget for one in stages if isinstance(one.sluice_budget, Decimal)), Decimal(0))

        def wanted(held: wire.Project) -> wire.Project:
            if ends_on is None or read_day(str(held.projected_end_date)) >= ends_on:
                return wire.Project(sluice_budget=budget)
            return wire.Project(sluice_budget=budget, projected_end_date=written_day(ends_on))

        await self._client.decide(keyed(PROJECTS, company, ProjectId=number), wire.Project, wanted)


def _check_parents(planned: Sequence[wire.Task], standing: dict[str, wire.Task]) -> None:
    known = {str(task.task_id) for task in planned} | set(standing)
    for task in planned:
        if task.parent_task_element_id and task.parent_task_element_id not in known:
            detail = f"the phase above '{task.sluice_phase_id}' is neither here nor in the project"
            raise refused("phase_parent_unknown", "/phases", detail)


def _change(task: wire.Task, held: wire.Task | None) -> Change | None:
    if held is None:
        return Change(method="POST", address=TASKS, body=wire.said(task))
    body = wire.changes(held, task)
    if not body:
        return None
    where = keyed(TASKS, str(task.company), ProjectId=str(task.project_id), TaskId=str(task.task_id))
    return Change(method="PATCH", address=where, body=body, etag=str(held.etag))
