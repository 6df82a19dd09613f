"""Workspaces with their stories: opened once, brought up to date, archived; never deleted, for the vendor cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.canonical.project import Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaPhases, PsaProject
from system_apis.kantata import mapping, wire
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import PHASE, PROJECT, Keyed
from system_apis.kantata.phases import Phases


class Projects:
    """Our projects in one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed
        self._phases = Phases(kantata, keyed)

    async def put(self, project_id: str, body: PsaProject) -> References:
        """Open or update the workspace, then its phases in order."""
        mapping.levels(body.project.phases)  # refuses before any call
        workspace, created = await self._workspace(project_id, body)
        standing = {} if created else await self._phases.standing(project_id, workspace.id)
        made = await self._phases.put(project_id, workspace.id, body.project.phases, standing=standing)
        first = Reference(our_id=project_id, external_id=workspace.id, created=created)
        return References(references=[first, *made])

    async def put_phases(self, project_id: str, body: PsaPhases) -> References:
        """Phases beside those that stand; the workspace goes over to a rate card, and follows its stages, if asked."""
        asked = body.phases
        mapping.levels(asked.phases)  # refuses before any call
        workspace = await self.known(project_id, archived=False)
        standing = await self._phases.standing(project_id, workspace.id)
        made = await self._phases.put(project_id, workspace.id, asked.phases, standing=standing)
        await self._settle(project_id, workspace, asked if asked.settle else None, body.rate_card_external_id)
        return References(references=made)

    async def remove_phases(self, project_id: str, phase_ids: Sequence[str]) -> None:
        """Delete stories, children first, and let the price follow."""
        workspace = await self.known(project_id, archived=True)
        standing = await self._phases.standing(project_id, workspace.id)
        for phase_id in reversed(phase_ids):
            if phase_id in standing:
                await self._kantata.delete(PHASE.collection, standing[phase_id].id)
        nothing = ProjectPhases(project_id=project_id, currency=str(workspace.currency), phases=[], settle=True)
        await self._settle(project_id, workspace, nothing, None)

    async def _settle(
        self, project_id: str, workspace: wire.Workspace, asked: ProjectPhases | None, rate_card_id: str | None
    ) -> None:
        wanted: dict[str, Any] = {} if rate_card_id is None else {"rate_card_id": rate_card_id}
        if asked is not None:
            stories = await self._phases.standing(project_id, workspace.id)
            wanted |= {"price": mapping.stages_sum(stories.values(), asked.currency)}
            last = max((phase.ends_on.isoformat() for phase in asked.phases), default="")
            if last > str(workspace.due_date or ""):
                wanted |= {"due_date": last}
        if wanted:
            await self._kantata.update(PROJECT.collection, workspace.id, singular=PROJECT.singular, body=wanted)

    async def read(self, project_id: str) -> References:
        """The workspace, then its phases in the order of their making."""
        workspace = await self.known(project_id, archived=False)
        phases = await self._phases.standing(project_id, workspace.id)
        rows = sorted(phases.items(), key=lambda item: int(item[1].id))
        return References(
            references=[
                Reference(our_id=project_id, external_id=workspace.id),
                *(Reference(our_id=phase_id, external_id=story.id) for phase_id, story in rows),
            ]
        )

    async def archive(self, project_id: str) -> None:
        """Archive the workspace. It lets go of its rate card, so that a card nobody works by can be withdrawn."""
        workspace = await self.known(project_id, archived=True)
        if workspace.archived is True:
            return
        body = {"archived": True, "rate_card_id": None}
        await self._kantata.update(PROJECT.collection, workspace.id, singular=PROJECT.singular, body=body)

    async def known(self, project_id: str, *, archived: bool) -> wire.Workspace:
        """The workspace of a project; an archived one only when asked for.

        Raises:
            Problem: `not_found`.

        """
        workspace = await self._keyed.find(PROJECT, project_id)
        if workspace is None or (workspace.archived is True and not archived):
            raise Problem(Kind.NOT_FOUND, "kantata.project_unknown", f"no project stands under {project_id}")
        return workspace

    async def _workspace(self, project_id: str, body: PsaProject) -> tuple[wire.Workspace, bool]:
        project = body.project
        wanted = mapping.project_body(
            project, client_id=body.client_external_id, rate_card_id=body.rate_card_external_id
        )
        workspace = await self._keyed.find(PROJECT, project_id)
        created = False
        if workspace is None:
            birth = await self._birth(project, client_id=body.client_external_id)
            sent = mapping.sent_project(wanted, project) | birth
            workspace, created = await self._keyed.ensure(PROJECT, project_id, sent)
        different = mapping.changes(workspace, wanted)
        if created and "price_in_cents" in different:
            raise _misread(workspace, different["price_in_cents"])
        different = mapping.sent_project(different, project) | mapping.revived(workspace)
        if different:
            await self._kantata.update(PROJECT.collection, workspace.id, singular=PROJECT.singular, body=different)
        return workspace, created

    async def _birth(self, project: Project, *, client_id: str) -> dict[str, Any]:
        """What is said at creation only: who leads, on which side we stand, to which company it belongs."""
        users = await self._kantata.rows("users", wire.User, search=project.delivery_owner)
        owners = [user.id for user in users if user.email_address == project.delivery_owner]
        lead = {"primary_maven_id": owners[0]} if len(owners) == 1 else {}
        asked = {"require_time_approvals": True}  # or else every entry counts as approved at once
        return {"creator_role": "maven", "budgeted": True, "workspace_group_ids": [client_id], **asked, **lead}


def _misread(workspace: wire.Workspace, cents: int) -> Problem:
    return Problem(
        Kind.UNEXPECTED,
        "kantata.price_misread",
        f"workspace {workspace.id} was given {cents} cents and holds {workspace.price_in_cents}",
        hint="the account reads prices otherwise than documented: stop and have the connection reviewed",
    )
