"""Projects with budget and plan: opened once, brought up to date, closed; never deleted, for time may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaPhases, PsaProject
from kit.force.soql import bound, question
from system_apis.certinia import mapping
from system_apis.certinia.clients import Units
from system_apis.certinia.mapping import Places
from system_apis.certinia.phases import Phases, Plan
from system_apis.certinia.rows import Org, Row, by_key, keyed, select

_PROJECT = "pse__Proj__c"
_BUDGET = "pse__Budget__c"


class Projects:
    """Our projects in one org."""

    def __init__(self, org: Org, units: Units) -> None:
        self._org = org
        self._units = units
        self._phases = Phases(org)

    async def put(self, project_id: str, body: PsaProject) -> References:
        """Open or update the project and its budget, then its phases in order."""
        project = body.project
        mapping.levels(project.phases)  # refuses before any call
        found, budgets, stages, milestones, managers = await self._org.ask(
            select(mapping.PROJECT, _PROJECT, keyed(project_id)),
            select(mapping.BUDGET, _BUDGET, keyed(project_id)),
            *self._phases.questions(project_id),
            _manager(project.delivery_owner),
        )
        places = await self._places(body, managers)
        ids = await self._org.ensure(_PROJECT, by_key(found), {project_id: mapping.project(project, places)})
        row_id = ids[project_id]
        money = {project_id: mapping.budget(project, row_id)}
        await self._org.ensure(_BUDGET, by_key(budgets), money, born=mapping.BUDGET_BORN)
        plan = self._phases.plan(stages, milestones)
        made = await self._phases.put(project_id, row_id, project.phases, currency=project.currency, plan=plan)
        first = Reference(our_id=project_id, external_id=row_id, created=not found)
        return References(references=[first, *made])

    async def put_phases(self, project_id: str, body: PsaPhases) -> References:
        """Phases beside those that stand; the project goes over to a rate card, and follows its stages, if asked."""
        asked = body.phases
        mapping.levels(asked.phases)  # refuses before any call
        row, plan = await self._read(project_id, archived=False)
        made = await self._phases.put(
            project_id, str(row["Id"]), asked.phases, currency=str(row["CurrencyIsoCode"]), plan=plan
        )
        wanted: Row = {}
        if body.rate_card_external_id is not None:
            wanted["pse__Rate_Card_Set__c"] = body.rate_card_external_id
        await self._follow(project_id, row, await self._phases.standing(project_id) if asked.settle else None, wanted)
        return References(references=made)

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete phases and let the budget follow."""
        row, plan = await self._read(project_id, archived=True)
        left = await self._phases.remove(project_id, phase_ids, plan=plan)
        await self._follow(project_id, row, left, {})

    async def read(self, project_id: str) -> References:
        """The project, then its phases in the order of their making."""
        row, plan = await self._read(project_id, archived=False)
        phases = [
            Reference(our_id=key.partition("/")[2], external_id=str(each["Id"])) for key, each in plan.rows.items()
        ]
        return References(references=[Reference(our_id=project_id, external_id=str(row["Id"])), *phases])

    async def archive(self, project_id: str) -> None:
        """Close the project. It lets go of its rate cards, so that cards nobody works by can be withdrawn."""
        row = await self.known(project_id, archived=True)
        closed: Row = {
            "pse__Is_Active__c": False,
            "pse__Closed_for_Time_Entry__c": True,
            "pse__Stage__c": mapping.COMPLETED,
            "pse__Rate_Card_Set__c": None,
        }
        if row["pse__Is_Active__c"]:
            await self._org.ensure(_PROJECT, {project_id: row}, {project_id: closed})

    async def known(self, project_id: str, *, archived: bool) -> Row:
        """The row of a project; an archived one only when asked for.

        Raises:
            Problem: not_found.

        """
        (found,) = await self._org.ask(select(mapping.PROJECT, _PROJECT, keyed(project_id)))
        return _one(project_id, found, archived=archived)

    async def _read(self, project_id: str, *, archived: bool) -> tuple[Row, Plan]:
        found, stages, milestones = await self._org.ask(
            select(mapping.PROJECT, _PROJECT, keyed(project_id)), *self._phases.questions(project_id)
        )
        return _one(project_id, found, archived=archived), self._phases.plan(stages, milestones)

    async def _follow(self, project_id: str, row: Row, plan: Plan | None, wanted: Row) -> None:
        """Let the budget and the last day follow from the stages, where a plan is given."""
        if plan is not None:
            (budgets,) = await self._org.ask(select(mapping.BUDGET, _BUDGET, keyed(project_id)))
            worth: dict[str, Any] = {"pse__Amount__c": plan.worth().quantize(Decimal("0.01"))}
            if budgets:
                await self._org.ensure(_BUDGET, by_key(budgets), {project_id: worth})
            if plan.ends_on() > str(row["pse__End_Date__c"] or ""):
                wanted["pse__End_Date__c"] = plan.ends_on()
        if wanted:
            await self._org.ensure(_PROJECT, {project_id: row}, {project_id: wanted})

    async def _places(self, body: PsaProject, managers: list[Row]) -> Places:
        """Where the project is filed; it is run from the country of its first phase."""
        project = body.project
        countries = [phase.country for phase in project.phases[:1]]
        regions, practices, groups = await self._units.ids(
            regions=countries, practices=[project.service_line], groups=[project.legal_entity_id]
        )
        return Places(
            account_id=body.client_external_id,
            region_id=regions[countries[0]] if countries else None,
            practice_id=practices[project.service_line],
            group_id=groups[project.legal_entity_id],
            manager_id=str(managers[0]["Id"]) if len(managers) == 1 else None,
            rate_card_id=body.rate_card_external_id,
        )


def _manager(email: str) -> str:
    active = "Email = {email} AND pse__Is_Resource__c = TRUE AND pse__Is_Resource_Active__c = TRUE"
    return question("Id", "Contact", where=bound(active, email=email), limit=2)


def _one(project_id: str, found: list[Row], *, archived: bool) -> Row:
    if not found or not (archived or found[0]["pse__Is_Active__c"]):
        raise Problem(Kind.NOT_FOUND, "certinia.project_unknown", f"no project stands under {project_id}")
    return found[0]
