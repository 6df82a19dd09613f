"""Looks up for time entries which project and phase of ours they are of, and in which role they were worked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from system_apis.kantata import wire
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import PHASE, PROJECT, SEAT, Keyed
from system_apis.kantata.worked import Place, phase_above

_DEEPEST = 12


class Loaded:
    """Entries as they were answered, with the roles and submissions that came with them."""

    def __init__(self) -> None:
        self.roles: dict[str, wire.Role] = {}
        self.submissions: dict[str, wire.TimesheetSubmission] = {}

    def take(self, answer: wire.Answer) -> list[wire.TimeEntry]:
        """The entries of an answer in its order."""
        self.roles |= answer.loaded("roles", wire.Role)
        self.submissions |= answer.loaded("timesheet_submissions", wire.TimesheetSubmission)
        return answer.results("time_entries", wire.TimeEntry)


class Places:
    """Where entries stand, asked once for all of a page."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed

    async def of(self, rows: Sequence[wire.TimeEntry], loaded: Loaded) -> dict[str, Place]:
        """The place of each entry, by its id; what is not ours has no project."""
        projects, seats = await self._workspaces({row.workspace_id for row in rows})
        ours = {row.story_id for row in rows if row.story_id and row.workspace_id in projects}
        stories, phases = await self._stories(ours)
        places = {}
        for row in rows:
            project_id = projects.get(row.workspace_id, "")
            prefix, _, phase_id = (phase_above(row.story_id, stories, phases) or "").partition("/")
            places[row.id] = Place(
                project_id=project_id,
                phase_id=phase_id if phase_id and prefix == project_id else None,
                role=_role(row, loaded.roles, seats),
                submission=loaded.submissions.get(row.active_submission_id or ""),
            )
        return places

    async def _workspaces(self, ids: set[str]) -> tuple[dict[str, str], list[wire.WorkspaceResource]]:
        """Our keys by workspace, and who holds which seat there."""
        projects: dict[str, str] = {}
        seats: list[wire.WorkspaceResource] = []
        include = "external_references,workspace_resources_with_unnamed"
        async for answer in self._kantata.every(PROJECT.collection, ids, include=include, **PROJECT.everything):
            references = answer.loaded("external_references", wire.ExternalReference)
            projects |= self._keyed.ours(PROJECT, list(references.values()))
            seats += answer.loaded(SEAT.collection, wire.WorkspaceResource).values()
        return projects, sorted(seats, key=lambda seat: int(seat.id))

    async def _stories(self, ids: set[str]) -> tuple[dict[str, wire.Story], dict[str, str]]:
        """These stories and those above them up to a phase of ours, and our keys by story."""
        stories: dict[str, wire.Story] = {}
        phases: dict[str, str] = {}
        for _ in range(_DEEPEST):
            wanted = ids - stories.keys()
            if not wanted:
                break
            async for answer in self._kantata.every(
                PHASE.collection, wanted, include="external_references", **PHASE.everything
            ):
                stories |= answer.loaded(PHASE.collection, wire.Story)
                references = answer.loaded("external_references", wire.ExternalReference)
                phases |= self._keyed.ours(PHASE, list(references.values()))
            above = {str(stories[one].parent_id) for one in wanted if one in stories and stories[one].parent_id}
            ids = above if wanted - phases.keys() else set()
        return stories, phases


def _role(row: wire.TimeEntry, roles: Mapping[str, wire.Role], seats: Sequence[wire.WorkspaceResource]) -> str:
    """The role of the entry itself, else of the first seat that the person holds in the project."""
    role = roles.get(row.role_id or "")
    if role is not None:
        return role.name
    held = (seat for seat in seats if (seat.user_id, seat.workspace_id) == (row.user_id, row.workspace_id))
    return next((seat.role_name for seat in held if seat.role_name), "")
