"""Answers the PSA role on Kantata: one thing of ours at a time, found by our key before it is created."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.held import HeldProjects
from contracts.canonical.party import Customer
from contracts.canonical.project import PhaseIds
from contracts.canonical.rates import RateCard
from contracts.canonical.reference import Reference, References
from contracts.canonical.timesheets import BilledTime, TimeChanges
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaPhases, PsaProject, RequestIds, StaffingRequests
from kit.clock import Clock
from system_apis.kantata import mapping, wire
from system_apis.kantata.billed import Billed
from system_apis.kantata.client import Kantata
from system_apis.kantata.config import Config
from system_apis.kantata.held import HeldList
from system_apis.kantata.keyed import CLIENT, Keyed, Locks
from system_apis.kantata.places import Places
from system_apis.kantata.projects import Projects
from system_apis.kantata.rate_cards import RateCards
from system_apis.kantata.roles import Roles
from system_apis.kantata.staffing import Staffing
from system_apis.kantata.time_feed import TimeFeed


class KantataPsa:
    """System of delivery on one Kantata account."""

    def __init__(
        self, kantata: Kantata, *, config: Config, connection: str, manifest: Mapping[str, Any], clock: Clock
    ) -> None:
        self._kantata = kantata
        self._connection = connection
        self._manifest = manifest
        self._locks = Locks()
        self._keyed = Keyed(kantata, service_name=config.service_name)
        roles = Roles(kantata, self._keyed)
        self._projects = Projects(kantata, self._keyed)
        self._rate_cards = RateCards(kantata, self._keyed, roles)
        self._staffing = Staffing(kantata, self._keyed, roles, approver_ids=config.approver_ids)
        self._billed = Billed(kantata, self._keyed)
        places = Places(kantata, self._keyed)
        self._held = HeldList(kantata, self._keyed)
        self._feed = TimeFeed(kantata, places, self._billed, clock=clock, overlap_s=config.feed_overlap_s)

    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do, as its manifest declares."""
        return Capabilities(
            vendor="kantata",
            connection=self._connection,
            roles=list(self._manifest["roles"]),
            lacks=list(self._manifest["lacks"]),
            upsert=UpsertKind(self._manifest["upsert"]),
            feed=FeedKind(self._manifest["feed"]),
            concurrency=int(self._manifest["concurrency"]),
        )

    async def put_client(self, *, customer_id: str, body: Customer) -> Reference:
        """Create the client company, or bring it up to date."""
        async with self._locks.of("client", customer_id):
            wanted = mapping.client_body(body)
            group, created = await self._keyed.ensure(CLIENT, customer_id, wanted)
            different = mapping.changes(group, wanted)
            if different:
                await self._kantata.update(CLIENT.collection, group.id, singular=CLIENT.singular, body=different)
            return Reference(our_id=customer_id, external_id=group.id, created=created)

    async def retire_client(self, *, customer_id: str) -> None:
        """Remove a client that has no project; archived ones do not hold it.

        A client that is gone cannot be told from one that never was, so neither is a problem.

        The vendor itself would remove the group and leave its projects without a client.
        """
        async with self._locks.of("client", customer_id):
            group = await self._keyed.find(CLIENT, customer_id)
            if group is None:
                return
            answer = await self._kantata.named(CLIENT.collection, [group.id], include="workspaces")
            projects = answer.loaded("workspaces", wire.Workspace).values()
            open_ids = sorted(project.id for project in projects if project.archived is not True)
            if open_ids:
                raise Problem(
                    Kind.CONFLICT,
                    "kantata.client_has_projects",
                    f"client {customer_id} has projects: {', '.join(open_ids)}",
                    hint="archive the projects first",
                )
            await self._kantata.delete(CLIENT.collection, group.id)

    async def publish_rate_card(self, *, rate_card_id: str, body: RateCard) -> Reference:
        """Create the card with its roles and dated rates and publish it; what a crash left half done is completed."""
        async with self._locks.of("rate_card", rate_card_id):
            return await self._rate_cards.publish(rate_card_id, body)

    async def withdraw_rate_card(self, *, rate_card_id: str) -> None:
        """Delete the card with its set; refused while a project stands on it, done when there is none."""
        async with self._locks.of("rate_card", rate_card_id):
            await self._rate_cards.withdraw(rate_card_id)

    async def put_project(self, *, project_id: str, body: PsaProject) -> References:
        """Open the workspace with phases and milestones; the workspace's reference comes first, the phases follow."""
        async with self._locks.of("project", project_id):
            return await self._projects.put(project_id, body)

    async def project(self, *, project_id: str) -> References:
        """Find a workspace and its phases by our id."""
        return await self._projects.read(project_id)

    async def held_projects(self, *, cursor: str = "", limit: int = 200) -> HeldProjects:
        """List every workspace, archived ones and those without a key of ours too."""
        return await self._held.page(cursor, limit)

    async def put_phases(self, *, project_id: str, body: PsaPhases) -> References:
        """Add phases to a workspace that stands, or bring them up to date; its other phases stay as they are."""
        async with self._locks.of("project", project_id):
            return await self._projects.put_phases(project_id, body)

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        """Take phases away again and let the price follow; one that is gone already is fine."""
        async with self._locks.of("project", project_id):
            await self._projects.remove_phases(project_id, body.phase_ids)

    async def archive_project(self, *, project_id: str) -> None:
        """Archive the workspace and take it off its rate card; archiving it again changes nothing."""
        async with self._locks.of("project", project_id):
            await self._projects.archive(project_id)

    async def request_staffing(self, *, project_id: str, body: StaffingRequests) -> References:
        """Open one request for each role and country; of one that stands, dates and effort are brought up to date."""
        async with self._locks.of("staffing", project_id):
            workspace = await self._projects.known(project_id, archived=False)
            return await self._staffing.request(project_id, workspace.id, body.requests)

    async def withdraw_staffing(self, *, project_id: str) -> None:
        """Withdraw every open request of the project; a seat that has a name stays."""
        async with self._locks.of("staffing", project_id):
            workspace = await self._projects.known(project_id, archived=True)
            await self._staffing.withdraw(project_id, workspace.id)

    async def withdraw_requests(self, *, project_id: str, body: RequestIds) -> None:
        """Withdraw these open requests and no others; a seat that has a name stays."""
        async with self._locks.of("staffing", project_id):
            workspace = await self._projects.known(project_id, archived=True)
            await self._staffing.withdraw(project_id, workspace.id, only=body.request_ids)

    async def time_changes(self, *, cursor: str = "", limit: int = 200) -> TimeChanges:
        """Entries approved, or approved no more, since the cursor; an empty cursor starts at the oldest kept."""
        return await self._feed.changes(cursor, limit)

    async def report_billed(self, *, document_id: str, body: BilledTime) -> BilledTime:
        """Mark entries by an invoice that bears the document's number, which locks them; again changes nothing."""
        await self._billed.report(document_id, body)
        return body
