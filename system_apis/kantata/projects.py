"""Workspaces with their stories: opened once, brought up to date, archived; never deleted, for the vendor cannot."""

from __future__ import annotations

from typing import Any

from contracts.canonical.project import Phase, Project
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaProject
from system_apis.kantata import mapping, wire
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import PHASE, PROJECT, Keyed, single


class Projects:
    """Our projects in one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed

    async def put(self, project_id: str, body: PsaProject) -> References:
        """Open or update the workspace, then its phases in order."""
        phases = mapping.parents_first(body.project.phases)
        workspace, created = await self._workspace(project_id, body)
        standing = {} if created else await self._phases(project_id, workspace.id)
        made: dict[str, Reference] = {}
        for phase in phases:
            made[phase.phase_id] = await self._phase(project_id, workspace.id, phase, made=made, standing=standing)
        first = Reference(our_id=project_id, external_id=workspace.id, created=created)
        return References(references=[first, *(made[phase.phase_id] for phase in body.project.phases)])

    async def read(self, project_id: str) -> References:
        """The workspace, then its phases in the order of their making."""
        workspace = await self.known(project_id, archived=False)
        phases = await self._phases(project_id, workspace.id)
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
        return {"creator_role": "maven", "budgeted": True, "workspace_group_ids": [client_id], **lead}

    async def _phase(
        self,
        project_id: str,
        workspace_id: str,
        phase: Phase,
        *,
        made: dict[str, Reference],
        standing: dict[str, wire.Story],
    ) -> Reference:
        parent_id = made[phase.parent_id].external_id if phase.parent_id else None
        wanted = mapping.phase_body(phase, parent_id=parent_id)
        story, created = standing.get(phase.phase_id), False
        if story is None:
            born = {**wanted, "workspace_id": workspace_id, "tag_list": phase.country}
            story, created = await self._keyed.ensure(PHASE, key_of(project_id, phase.phase_id), born)
        different = mapping.changes(story, wanted)
        if different:
            await self._kantata.update(PHASE.collection, story.id, singular=PHASE.singular, body=different)
        return Reference(our_id=phase.phase_id, external_id=story.id, created=created)

    async def _phases(self, project_id: str, workspace_id: str) -> dict[str, wire.Story]:
        """The stories that are phases of ours, by our id."""
        found: dict[str, list[wire.Story]] = {}
        filters = {"workspace_id": workspace_id, "include": "external_references", **PHASE.everything}
        async for page in self._kantata.pages(PHASE.collection, **filters):
            references = page.loaded("external_references", wire.ExternalReference)
            keys = self._keyed.ours(PHASE, list(references.values()))
            for story in page.results(PHASE.collection, wire.Story):
                prefix, _, phase_id = keys.get(story.id, "").partition("/")
                if prefix == project_id and phase_id:
                    found.setdefault(phase_id, []).append(story)
        alone = {phase_id: single(PHASE.model, phase_id, stories) for phase_id, stories in found.items()}
        return {phase_id: story for phase_id, story in alone.items() if story is not None}


def key_of(project_id: str, part_id: str) -> str:
    """The key of a part of a project; part ids are only unique within it."""
    return f"{project_id}/{part_id}"


def _misread(workspace: wire.Workspace, cents: int) -> Problem:
    return Problem(
        Kind.UNEXPECTED,
        "kantata.price_misread",
        f"workspace {workspace.id} was given {cents} cents and holds {workspace.price_in_cents}",
        hint="the account reads prices otherwise than documented: stop and have the connection reviewed",
    )
