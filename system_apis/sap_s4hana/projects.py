"""Projects in one tenant: the header under its tag, the elements level by level in changesets, status by function."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from msgspec.structs import replace

from contracts.canonical.project import Project as Canonical
from contracts.canonical.project import ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from system_apis.sap_s4hana import batch
from system_apis.sap_s4hana.client import PROJECTS, S4
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.customers import Customers
from system_apis.sap_s4hana.mapping import absent, element_code, project_code, refused
from system_apis.sap_s4hana.odata import guid, keyed, read_day, text, written_day
from system_apis.sap_s4hana.project_mapping import MILESTONE, Planned, levels, project_write
from system_apis.sap_s4hana.refusals import MAY_STAND
from system_apis.sap_s4hana.wire import Element, Project, changes

_CHANGESET: Final = 50
_ROUNDS: Final = 4
_AGAIN: Final = {Kind.PRECONDITION_FAILED, Kind.ALREADY_EXISTS, Kind.UNKNOWN_OUTCOME}
_STATUS: Final = "ChangeEntProjProcgStatus"


class Projects:
    """The enterprise projects that stand under our ids."""

    def __init__(self, client: S4, config: Config, customers: Customers) -> None:
        self._client = client
        self._config = config
        self._customers = customers

    async def put(self, project: Canonical) -> Reference:
        """Create the project with an element for each phase, or bring it up to date."""
        planned = levels(project.project_id, project.phases, currency=project.currency)
        project_write(project, customer_uuid="", config=self._config)  # refuses before any call
        wanted = project_write(project, customer_uuid=await self._customer(project), config=self._config)
        standing = await self._find(project.project_id)
        if standing is None:
            uuid = await self._create(project.project_id, wanted)
        else:
            uuid = _uuid(standing)
        await self._bring_to(uuid, self._config.released_status)
        await self._client.settle(PROJECTS, _address(uuid), wanted)
        await self._put_elements(uuid, planned)
        return Reference(our_id=project.project_id, external_id=uuid, created=standing is None)

    async def find(self, project_id: str) -> Reference:
        """The project under our id.

        Raises:
            Problem: `not_found`.

        """
        return Reference(our_id=project_id, external_id=_uuid(await self._standing(project_id)))

    async def put_phases(self, project_id: str, body: ProjectPhases) -> References:
        """Add phases, or bring them up to date; the others stay."""
        planned = levels(project_id, body.phases, currency=body.currency)
        uuid = _uuid(await self._standing(project_id))
        elements = await self._put_elements(uuid, planned)
        if body.settle:
            await self._settle(uuid, ends_on=max(phase.ends_on for phase in body.phases))
        codes = [(phase.phase_id, element_code(project_id, phase.phase_id)) for phase in body.phases]
        return References(
            references=[
                Reference(our_id=ours, external_id=str(elements[code].project_element_uuid)) for ours, code in codes
            ]
        )

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete elements, the last named first, for one with others below it cannot go; the budget follows."""
        uuid = _uuid(await self._standing(project_id))
        for phase_id in reversed(phase_ids):
            element = (await self._elements(uuid)).get(element_code(project_id, phase_id))
            if element is not None:
                await self._client.remove(PROJECTS, _element(element), etag=element.etag)
        await self._settle(uuid)

    async def close(self, project_id: str) -> None:
        """Close a project to postings."""
        await self._bring_to(_uuid(await self._standing(project_id)), self._config.closed_status)

    async def _customer(self, project: Canonical) -> str:
        """By what the project names its customer; who is billed must stand as well."""
        if project.bill_to_id is not None:
            await self._partner(project.bill_to_id, pointer="/bill_to_id")
        return await self._partner(project.customer_id, pointer="/customer_id")

    async def _partner(self, customer_id: str, *, pointer: str) -> str:
        uuid = await self._customers.uuid_of(customer_id)
        if uuid is None:
            raise refused("customer_unknown", pointer, f"S/4HANA has no business partner for '{customer_id}'")
        return uuid

    async def _create(self, project_id: str, wanted: Project) -> str:
        try:
            await self._client.create(PROJECTS, "A_EnterpriseProject", wanted)
        except Problem as problem:
            if problem.kind not in MAY_STAND or await self._find(project_id) is None:
                raise
        return _uuid(await self._standing(project_id))

    async def _bring_to(self, uuid: str, status: str) -> None:
        """Change the status by its function; who asks again after an unknown outcome looks first."""
        for left in reversed(range(_ROUNDS)):
            held = await self._client.get(PROJECTS, _address(uuid), into=Project)
            if held is None or held.entity.processing_status == status:
                return
            try:
                await self._client.call(
                    PROJECTS, _STATUS, etag=held.etag, ProjectUUID=guid(uuid), ProcessingStatus=text(status)
                )
            except Problem as problem:
                if problem.kind not in _AGAIN or not left:
                    raise

    async def _put_elements(self, uuid: str, planned: Sequence[Sequence[Planned]]) -> dict[str, Element]:
        """Let the elements stand; what others changed meanwhile, or nobody knows of, is looked up and gone on from."""
        for left in reversed(range(_ROUNDS)):
            try:
                return await self._put_levels(uuid, planned)
            except Problem as problem:
                if problem.kind not in _AGAIN or not left:
                    raise
        return {}

    async def _put_levels(self, uuid: str, planned: Sequence[Sequence[Planned]]) -> dict[str, Element]:
        standing = await self._elements(uuid)
        for level in planned:
            asked = [change for one in level if (change := _change(one, standing, uuid)) is not None]
            chunks = [asked[start : start + _CHANGESET] for start in range(0, len(asked), _CHANGESET)]
            await self._client.commit(PROJECTS, chunks)
            if asked:
                standing = await self._elements(uuid)
        return standing

    async def _elements(self, uuid: str) -> dict[str, Element]:
        mine = f"ProjectUUID eq {guid(uuid)}"
        rows = self._client.rows(
            PROJECTS, "A_EnterpriseProjectElement", into=Element, filter=mine, orderby="ProjectElement"
        )
        return {str(row.project_element): row async for row in rows}

    async def _settle(self, uuid: str, *, ends_on: dt.date | None = None) -> None:
        """Make the budget what the stages sum to; the last day is only ever moved out."""
        stages = [one for one in (await self._elements(uuid)).values() if one.is_project_milestone != MILESTONE]
        budget = sum((one.budget for one in stages if isinstance(one.budget, Decimal)), Decimal(0))

        def wanted(held: Project) -> Project:
            until = held.project_end_date
            if ends_on is None or (isinstance(until, str) and read_day(until) >= ends_on):
                return Project(budget=budget)
            return Project(budget=budget, project_end_date=written_day(ends_on))

        await self._client.decide(PROJECTS, _address(uuid), Project, wanted)

    async def _find(self, project_id: str, *, pointer: str = "/project_id") -> Project | None:
        code = text(project_code(project_id, pointer=pointer))
        rows = await self._client.all(PROJECTS, "A_EnterpriseProject", into=Project, filter=f"Project eq {code}")
        return rows[0] if rows else None

    async def _standing(self, project_id: str) -> Project:
        found = await self._find(project_id, pointer="project_id")
        if found is None:
            raise absent("enterprise project", project_id)
        return found


def _change(planned: Planned, standing: dict[str, Element], uuid: str) -> batch.Change | None:
    above = uuid
    if planned.parent is not None:
        if planned.parent not in standing:
            detail = f"the phase above '{planned.phase_id}' is neither here nor in the project"
            raise refused("phase_parent_unknown", "/phases", detail)
        above = str(standing[planned.parent].project_element_uuid)
    wanted = replace(planned.element, parent_object_uuid=above)
    held = standing.get(planned.code)
    if held is None:
        body = msgspec.json.encode(replace(wanted, project_uuid=uuid))
        return batch.Change(method="POST", path="A_EnterpriseProjectElement", body=body)
    change = changes(held, wanted)
    if change is None:
        return None
    return batch.Change(method="PATCH", path=_element(held), body=msgspec.json.encode(change), etag=held.etag)


def _uuid(project: Project) -> str:
    return str(project.project_uuid)


def _address(uuid: str) -> str:
    return keyed("A_EnterpriseProject", ProjectUUID=guid(uuid))


def _element(element: Element) -> str:
    return keyed("A_EnterpriseProjectElement", ProjectElementUUID=guid(str(element.project_element_uuid)))
