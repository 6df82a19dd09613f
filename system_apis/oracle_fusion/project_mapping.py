"""Projects to projects, phases to tasks of a number each; pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from contracts.canonical.project import Phase
from contracts.canonical.project import Project as Canonical
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.mapping import company_of, exact, key, project_number, refused
from system_apis.oracle_fusion.party_wire import Project, ProjectDff, Task, TaskDff

ACTIVE: Final = "Active"
CLOSED: Final = "Closed"
_NAME: Final = 240


class Planned(Struct, frozen=True):
    """A task as it is to be, what its flexfield is to hold, and the phase above it."""

    task: Task
    dff: TaskDff
    parent_id: str | None


def project(canonical: Canonical) -> Project:
    """What of a project we keep up to date. Names are unique in a pod, so ours has our id in it.

    Raises:
        Problem: `invalid`, when something is longer than Fusion can hold.

    """
    name = f"{canonical.name} [{key(canonical.project_id, pointer='/project_id')}]"
    if len(name) > _NAME:
        raise refused("name_too_long", "/name", f"Fusion holds {_NAME} characters of a name and our id")
    return Project(
        project_name=name,
        project_start_date=canonical.starts_on.isoformat(),
        project_finish_date=canonical.ends_on.isoformat(),
        project_status=ACTIVE,
    )


def project_dff(canonical: Canonical) -> ProjectDff:
    """What of a project stands in its flexfield."""
    return ProjectDff(
        budget=exact(canonical.budget, canonical.currency, pointer="/budget"),
        service_line=canonical.service_line or None,
        owner=canonical.delivery_owner or None,
        bill_to=canonical.billed_id,
    )


def project_identity(canonical: Canonical, *, config: Config) -> dict[str, str]:
    """What of a project is said once and stays."""
    company = company_of(config, canonical.legal_entity_id, pointer="/legal_entity_id")
    return {
        "project_number": project_number(canonical.project_id, pointer="/project_id"),
        "business_unit_name": company.business_unit,
        "owning_organization_name": company.organization,
        "project_currency_code": canonical.currency,
        "source_template_number": config.project_template,
        "source_application_code": config.source,
        "source_reference": key(canonical.project_id, pointer="/project_id"),
    }


def levels(phases: Sequence[Phase], *, currency: str) -> list[list[Planned]]:
    """Phases in the order in which they can be made: what is below another one comes after it.

    Raises:
        Problem: `invalid`, when one repeats or they go in a circle.

    """
    known = {phase.phase_id for phase in phases}
    if len(known) != len(phases):
        raise refused("phase_ids_repeat", "/phases", "two phases bear the same id")
    told: list[list[Planned]] = []
    made: set[str] = set()
    left = list(enumerate(phases))
    while left:
        ready = [
            (at, one)
            for at, one in left
            if one.parent_id is None or one.parent_id in made | (set() if one.parent_id in known else {one.parent_id})
        ]
        if not ready:
            raise refused("phases_circular", "/phases", "phases are above one another")
        told.append([_planned(one, at, currency) for at, one in ready])
        made |= {one.phase_id for _, one in ready}
        left = [(at, one) for at, one in left if one.phase_id not in made]
    return told


def budget_of(tasks: Sequence[Task], dffs: dict[str, TaskDff]) -> Decimal:
    """What the stages of a project sum to; payment points are part of their stage."""
    stages = [dffs.get(str(task.task_number), TaskDff()) for task in tasks if task.milestone_flag is not True]
    return sum((one.budget for one in stages if isinstance(one.budget, Decimal)), Decimal(0))


def _planned(phase: Phase, at: int, currency: str) -> Planned:
    where = f"/phases/{at}"
    task = Task(
        task_number=key(phase.phase_id, pointer=f"{where}/phase_id"),
        task_name=phase.name,
        task_start_date=phase.starts_on.isoformat(),
        task_finish_date=phase.ends_on.isoformat(),
        billable_flag=True,
        milestone_flag=phase.milestone,
    )
    budget = exact(phase.budget, currency, pointer=f"{where}/budget")
    dff = TaskDff(budget=budget, method=phase.method.value, country=phase.country)
    return Planned(task, dff, phase.parent_id)
