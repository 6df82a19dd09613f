"""Projects and phases to enterprise projects and their elements; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from contracts.canonical.project import Phase
from contracts.canonical.project import Project as Canonical
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.mapping import company_of, element_code, exact, key, partner_number, project_code, refused
from system_apis.sap_s4hana.odata import written_day
from system_apis.sap_s4hana.wire import Element, Project

_DESCRIPTION: Final = 60
MILESTONE: Final = "X"


class Planned(Struct, frozen=True, kw_only=True):
    """An element to stand under its code; `parent` is the code above it, None at the top."""

    code: str
    phase_id: str
    element: Element
    parent: str | None


def project_write(project: Canonical, *, customer_uuid: str, config: Config) -> Project:
    """A project as we keep it up to date; its name is cut in the description and whole beside it."""
    company = company_of(config, project.legal_entity_id, pointer="/legal_entity_id")
    billed = project.bill_to_id
    return Project(
        project=project_code(project.project_id, pointer="/project_id"),
        project_description=project.name[:_DESCRIPTION],
        project_profile_code=config.project_profile,
        project_start_date=written_day(project.starts_on),
        project_end_date=written_day(project.ends_on),
        responsible_cost_center=company.cost_center,
        customer_uuid=customer_uuid,
        project_currency=project.currency,
        is_billing_relevant=True,
        key=key(project.project_id, pointer="/project_id"),
        name=project.name,
        service_line=project.service_line,
        owner=project.delivery_owner,
        budget=exact(project.budget, project.currency, pointer="/budget"),
        bill_to="" if billed is None else partner_number(billed, pointer="/bill_to_id"),
    )


def levels(project_id: str, phases: Sequence[Phase], *, currency: str) -> list[list[Planned]]:
    """An element for each phase, level by level: parents before children.

    Raises:
        Problem: `invalid`, when two phases bear one id, or the parents go in a circle.

    """
    waiting = {phase.phase_id: (index, phase) for index, phase in enumerate(phases)}
    if len(waiting) != len(phases):
        raise refused("phase_ids_repeat", "/phases", "two phases bear the same id")
    told: list[list[Planned]] = []
    while waiting:
        ready = [one for one in waiting.values() if one[1].parent_id not in waiting]
        if not ready:
            raise refused("phases_circular", "/phases", "the parents of the phases go in a circle")
        for _, phase in ready:
            del waiting[phase.phase_id]
        told.append([_planned(project_id, phase, index, currency=currency) for index, phase in ready])
    return told


def _planned(project_id: str, phase: Phase, index: int, *, currency: str) -> Planned:
    code = element_code(project_id, phase.phase_id)
    element = Element(
        project_element=code,
        project_element_description=phase.name[:_DESCRIPTION],
        planned_start_date=written_day(phase.starts_on),
        planned_end_date=written_day(phase.ends_on),
        is_project_milestone=MILESTONE if phase.milestone else "",
        is_billing=True,
        key=key(phase.phase_id, pointer=f"/phases/{index}/phase_id"),
        name=phase.name,
        method=phase.method.value,
        country=phase.country,
        budget=exact(phase.budget, currency, pointer=f"/phases/{index}/budget"),
    )
    parent = None if phase.parent_id is None else element_code(project_id, phase.parent_id)
    return Planned(code=code, phase_id=phase.phase_id, element=element, parent=parent)
