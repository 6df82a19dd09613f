"""The stories of a workspace that are phases of ours: many made in one call, none made twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.canonical.project import Phase
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.kantata import mapping, wire
from system_apis.kantata.client import PER_PAGE, Kantata
from system_apis.kantata.keyed import PHASE, Keyed


class Phases:
    """Our phases in one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed

    async def put(
        self, project_id: str, workspace_id: str, phases: Sequence[Phase], *, standing: Mapping[str, wire.Story]
    ) -> list[Reference]:
        """Make what is missing and bring the rest up to date; references in the order of the phases.

        What was made is looked at once more before anything is put below it, because the look before may have been
        answered from an earlier time.
        """
        stories, born = dict(standing), set[str]()
        for level in mapping.levels(phases):
            parents = {phase_id: story.id for phase_id, story in stories.items()}
            fresh = [phase for phase in level if phase.phase_id not in stories]
            for start in range(0, len(fresh), PER_PAGE):
                some = fresh[start : start + PER_PAGE]
                made = await self._make(project_id, workspace_id, some, parents=parents)
                born |= {story.id for story in made.values()}
                stories |= made
            if fresh:
                stories |= await self.standing(project_id, workspace_id)
            for phase in level:
                await self._update(stories[phase.phase_id], phase, parents=parents)
        ids = {phase.phase_id: stories[phase.phase_id].id for phase in phases}
        return [Reference(our_id=each, external_id=row_id, created=row_id in born) for each, row_id in ids.items()]

    async def standing(self, project_id: str, workspace_id: str) -> dict[str, wire.Story]:
        """The stories that are phases of ours, by our id."""
        found: dict[str, list[wire.Story]] = {}
        borne = set[str]()
        filters = {"workspace_id": workspace_id, "include": "external_references", **PHASE.everything}
        async for page in self._kantata.pages(PHASE.collection, **filters):
            references = page.loaded("external_references", wire.ExternalReference)
            keys = self._keyed.ours(PHASE, list(references.values()))
            for story in page.results(PHASE.collection, wire.Story):
                borne.add(str(story.parent_id))
                prefix, _, phase_id = keys.get(story.id, "").partition("/")
                if prefix == project_id and phase_id:
                    found.setdefault(phase_id, []).append(story)
        alone = {
            phase_id: await self._keyed.alone(PHASE, key_of(project_id, phase_id), stories, borne=borne)
            for phase_id, stories in found.items()
        }
        return {phase_id: story for phase_id, story in alone.items() if story is not None}

    async def _make(
        self, project_id: str, workspace_id: str, phases: Sequence[Phase], *, parents: Mapping[str, str]
    ) -> dict[str, wire.Story]:
        """Stories for these phases in one call; where its outcome is in doubt, what stands tells it.

        Raises:
            Problem: `unknown_outcome` when not all of them are there to be seen (yet): the next call looks again.

        """
        bodies = [self._born(project_id, workspace_id, phase, parents=parents) for phase in phases]
        try:
            made = await self._kantata.create_many(PHASE.collection, wire.Story, bodies)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME:
                raise
            there = await self.standing(project_id, workspace_id)
            if any(phase.phase_id not in there for phase in phases):
                raise
            return {phase.phase_id: there[phase.phase_id] for phase in phases}
        return {phase.phase_id: story for phase, story in zip(phases, made, strict=True)}

    def _born(self, project_id: str, workspace_id: str, phase: Phase, *, parents: Mapping[str, str]) -> dict[str, Any]:
        reference = self._keyed.reference(PHASE, key_of(project_id, phase.phase_id))
        wanted = mapping.phase_body(phase, parent_id=parents[phase.parent_id] if phase.parent_id else None)
        return {**wanted, "workspace_id": workspace_id, "tag_list": phase.country, "external_reference": reference}

    async def _update(self, story: wire.Story, phase: Phase, *, parents: Mapping[str, str]) -> None:
        wanted = mapping.phase_body(phase, parent_id=parents[phase.parent_id] if phase.parent_id else None)
        different = mapping.changes(story, wanted)
        if different:
            await self._kantata.update(PHASE.collection, story.id, singular=PHASE.singular, body=different)


def key_of(project_id: str, part_id: str) -> str:
    """The key of a part of a project; part ids are only unique within it."""
    return f"{project_id}/{part_id}"
