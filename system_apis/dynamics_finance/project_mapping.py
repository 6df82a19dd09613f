"""Projects and phases to the environment's contracts, projects and tasks; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.canonical.project import Phase, Project
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.mapping import company_of, exact, key, number, refused
from system_apis.dynamics_finance.odata import NO, YES, written_day

RELEASED: Final = "InProcess"
FINISHED: Final = "Finished"
_NAME: Final = 60


def project_number(project_id: str, *, pointer: str = "/project_id") -> str:
    """The number of a project, which its contract bears too."""
    return number("project", project_id, pointer=pointer)


def task_number(project_id: str, phase_id: str) -> str:
    """The number of a task; phase ids are unique within their project only."""
    return number("phase", project_id, phase_id, pointer="/phases")


def contract(project: Project, *, customer: str, config: Config) -> wire.Contract:
    """The contract of a project: who is billed (rule PTY-1), in which currency."""
    return wire.Contract(
        company=company_of(config, project.legal_entity_id, pointer="/legal_entity_id"),
        project_contract_id=project_number(project.project_id),
        name=project.name[:_NAME],
        sales_currency_code=project.currency,
        customer_account_number=customer,
        integration_source_data_id=key(project.project_id, pointer="/project_id"),
    )


def header(project: Project, *, customer: str, config: Config) -> wire.Project:
    """A project as we keep it up to date; its name is cut in the name and whole beside it."""
    return wire.Project(
        company=company_of(config, project.legal_entity_id, pointer="/legal_entity_id"),
        project_id=project_number(project.project_id),
        project_name=project.name[:_NAME],
        project_contract_id=project_number(project.project_id),
        project_group_id=config.project_group,
        project_stage=RELEASED,
        customer_account_number=customer,
        projected_start_date=written_day(project.starts_on),
        projected_end_date=written_day(project.ends_on),
        schedule_start_date=written_day(project.starts_on),
        integration_source_data_id=key(project.project_id, pointer="/project_id"),
        sluice_name=project.name,
        sluice_service_line=project.service_line,
        sluice_owner=project.delivery_owner,
        sluice_budget=exact(project.budget, project.currency, pointer="/budget"),
    )


def tasks(project_id: str, company: str, phases: Sequence[Phase], *, currency: str) -> list[wire.Task]:
    """A task for each phase, parents before children.

    Raises:
        Problem: `invalid`, when two phases bear one id, or the parents go in a circle.

    """
    waiting = {phase.phase_id: (index, phase) for index, phase in enumerate(phases)}
    if len(waiting) != len(phases):
        raise refused("phase_ids_repeat", "/phases", "two phases bear the same id")
    told: list[wire.Task] = []
    while waiting:
        ready = [one for one in waiting.values() if one[1].parent_id not in waiting]
        if not ready:
            raise refused("phases_circular", "/phases", "the parents of the phases go in a circle")
        for index, phase in ready:
            del waiting[phase.phase_id]
            told.append(_task(project_id, company, phase, index, currency=currency))
    return told


def _task(project_id: str, company: str, phase: Phase, index: int, *, currency: str) -> wire.Task:
    parent = phase.parent_id
    return wire.Task(
        company=company,
        project_id=project_number(project_id),
        task_id=task_number(project_id, phase.phase_id),
        task_name=phase.name[:_NAME],
        parent_task_element_id="" if parent is None else task_number(project_id, parent),
        sluice_phase_id=key(phase.phase_id, pointer=f"/phases/{index}/phase_id"),
        sluice_starts_on=written_day(phase.starts_on),
        sluice_ends_on=written_day(phase.ends_on),
        sluice_country=phase.country,
        sluice_method=phase.method.value,
        sluice_milestone=YES if phase.milestone else NO,
        sluice_budget=exact(phase.budget, currency, pointer=f"/phases/{index}/budget"),
    )
