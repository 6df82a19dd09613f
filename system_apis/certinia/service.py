"""Answers the PSA role on an org with Certinia PSA: one thing of ours at a time, under our key."""

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
from contracts.system.psa import PsaPhases, PsaProject, RequestIds, StaffingRequests
from kit.clock import Clock
from system_apis.certinia.billed import Billed
from system_apis.certinia.clients import Clients, Units
from system_apis.certinia.config import Config
from system_apis.certinia.held import HeldList
from system_apis.certinia.projects import Projects
from system_apis.certinia.rate_cards import RateCards
from system_apis.certinia.rows import Locks, Org
from system_apis.certinia.staffing import Staffing
from system_apis.certinia.time_feed import TimeFeed


class CertiniaPsa:
    """System of delivery on one org."""

    def __init__(self, org: Org, *, config: Config, connection: str, manifest: Mapping[str, Any], clock: Clock) -> None:
        self._connection = connection
        self._manifest = manifest
        self._locks = Locks()
        units = Units(org)
        self._clients = Clients(org)
        self._projects = Projects(org, units)
        self._held = HeldList(org)
        self._rate_cards = RateCards(org, units)
        self._staffing = Staffing(org, units)
        self._feed = TimeFeed(org, username=config.username, clock=clock, lag_s=config.feed_lag_s)
        self._billed = Billed(org, username=config.username)

    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do, as its manifest declares."""
        return Capabilities(
            vendor="certinia",
            connection=self._connection,
            roles=list(self._manifest["roles"]),
            lacks=list(self._manifest["lacks"]),
            upsert=UpsertKind(self._manifest["upsert"]),
            feed=FeedKind(self._manifest["feed"]),
            concurrency=int(self._manifest["concurrency"]),
        )

    async def put_client(self, *, customer_id: str, body: Customer) -> Reference:
        """Create the account, or bring it up to date."""
        async with self._locks.of("client", customer_id):
            return await self._clients.put(customer_id, body)

    async def retire_client(self, *, customer_id: str) -> None:
        """Remove an account on which nothing stands."""
        async with self._locks.of("client", customer_id):
            await self._clients.retire(customer_id)

    async def publish_rate_card(self, *, rate_card_id: str, body: RateCard) -> Reference:
        """Create the set with its dated rates and publish it; what a crash left half done is completed."""
        async with self._locks.of("rate_card", rate_card_id):
            return await self._rate_cards.publish(rate_card_id, body)

    async def withdraw_rate_card(self, *, rate_card_id: str) -> None:
        """Delete the set with its cards; refused while an open project stands on it."""
        async with self._locks.of("rate_card", rate_card_id):
            await self._rate_cards.withdraw(rate_card_id)

    async def put_project(self, *, project_id: str, body: PsaProject) -> References:
        """Open the project with budget, phases and milestones; its reference comes first, the phases follow."""
        async with self._locks.of("project", project_id):
            return await self._projects.put(project_id, body)

    async def project(self, *, project_id: str) -> References:
        """Find an open project and its phases by our id."""
        return await self._projects.read(project_id)

    async def held_projects(self, *, cursor: str = "", limit: int = 200) -> HeldProjects:
        """List every project, closed ones and those without a key of ours too."""
        return await self._held.page(cursor, limit)

    async def put_phases(self, *, project_id: str, body: PsaPhases) -> References:
        """Add phases to a project that stands, or bring them up to date; its other phases stay as they are."""
        async with self._locks.of("project", project_id):
            return await self._projects.put_phases(project_id, body)

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        """Take phases away again and let the budget follow; one that is gone already is fine."""
        async with self._locks.of("project", project_id):
            await self._projects.remove_phases(project_id, body.phase_ids)

    async def archive_project(self, *, project_id: str) -> None:
        """Close the project for everything; closing it again changes nothing."""
        async with self._locks.of("project", project_id):
            await self._projects.archive(project_id)

    async def request_staffing(self, *, project_id: str, body: StaffingRequests) -> References:
        """Open one request for each role and country; of one that stands, dates and effort are brought up to date."""
        async with self._locks.of("staffing", project_id):
            row = await self._projects.known(project_id, archived=False)
            return await self._staffing.request(project_id, str(row["Id"]), body.requests)

    async def withdraw_staffing(self, *, project_id: str) -> None:
        """Withdraw every open request of the project; one that was staffed stays."""
        async with self._locks.of("staffing", project_id):
            await self._projects.known(project_id, archived=True)
            await self._staffing.withdraw(project_id)

    async def withdraw_requests(self, *, project_id: str, body: RequestIds) -> None:
        """Withdraw these open requests and no others; one that was staffed stays."""
        async with self._locks.of("staffing", project_id):
            await self._projects.known(project_id, archived=True)
            await self._staffing.withdraw(project_id, only=body.request_ids)

    async def time_changes(self, *, cursor: str = "", limit: int = 200) -> TimeChanges:
        """Days approved, or approved no more, since the cursor; an empty cursor starts at the oldest kept."""
        return await self._feed.changes(cursor, limit)

    async def report_billed(self, *, document_id: str, body: BilledTime) -> BilledTime:
        """Mark days by the document that bills them, which closes their timecards; again changes nothing."""
        async with self._locks.of("billed"):
            await self._billed.report(document_id, body)
        return body
