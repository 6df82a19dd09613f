"""The PSA role: workspaces with phases, published rate cards and staffing requests, under our keys."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.capability import Capabilities
from contracts.canonical.field import Noun
from contracts.canonical.held import HeldProjects
from contracts.canonical.party import Customer
from contracts.canonical.project import PhaseIds, Project, ProjectPhases, StaffingRequest
from contracts.canonical.rates import RateCard
from contracts.canonical.reference import Reference, References
from contracts.canonical.timesheets import BilledTime, TimeChanges
from contracts.port import delete, get, post, put


class PsaProject(Noun, frozen=True, kw_only=True):
    """A project to open, with the client and the rate card it stands on."""

    project: Project
    client_external_id: str
    rate_card_external_id: str | None = None


class PsaPhases(Noun, frozen=True, kw_only=True):
    """Phases for a workspace that stands; with a rate card the workspace goes over to that card."""

    phases: ProjectPhases
    rate_card_external_id: str | None = None


class StaffingRequests(Noun, frozen=True, kw_only=True):
    """The requests of one project."""

    requests: list[StaffingRequest]


class RequestIds(Noun, frozen=True, kw_only=True):
    """Staffing requests of one project, by our ids."""

    request_ids: list[str]


class Psa(Protocol):
    """System of delivery: execution, staffing, time, milestone completion."""

    @get("/capabilities", scope="psa:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @put("/clients/{customer_id}", scope="psa:write")
    async def put_client(self, *, customer_id: str, body: Customer) -> Reference:
        """Create the client company, or bring it up to date."""
        ...

    @delete("/clients/{customer_id}", scope="psa:write", problems=(404, 409))
    async def retire_client(self, *, customer_id: str) -> None:
        """Remove a client that has no project."""
        ...

    @put("/rate-cards/{rate_card_id}", scope="psa:write")
    async def publish_rate_card(self, *, rate_card_id: str, body: RateCard) -> Reference:
        """Create the card with its roles and dated rates and publish it; a published card is returned as it is."""
        ...

    @delete("/rate-cards/{rate_card_id}", scope="psa:write", problems=(404,))
    async def withdraw_rate_card(self, *, rate_card_id: str) -> None:
        """Take a card out of use."""
        ...

    @put("/projects/{project_id}", scope="psa:write")
    async def put_project(self, *, project_id: str, body: PsaProject) -> References:
        """Open the workspace with phases and milestones; the workspace's reference comes first, the phases follow."""
        ...

    @get("/projects/{project_id}", scope="psa:read", problems=(404,))
    async def project(self, *, project_id: str) -> References:
        """Find a workspace and its phases by our id."""
        ...

    @get("/held-projects", scope="psa:read", problems=(422, 501))
    async def held_projects(self, *, cursor: str = "", limit: int = 200) -> HeldProjects:
        """List every project, those without a key of ours too; an empty cursor starts with the first."""
        ...

    @put("/projects/{project_id}/phases", scope="psa:write", problems=(404,))
    async def put_phases(self, *, project_id: str, body: PsaPhases) -> References:
        """Add phases to a workspace that stands, or bring them up to date; its other phases stay as they are."""
        ...

    @post("/projects/{project_id}/phase-removals", scope="psa:write", status=204, problems=(404, 409))
    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        """Take phases away again and let the budget follow; one that is gone already is fine."""
        ...

    @delete("/projects/{project_id}", scope="psa:write", problems=(404,))
    async def archive_project(self, *, project_id: str) -> None:
        """Archive the workspace."""
        ...

    @put("/projects/{project_id}/staffing-requests", scope="psa:write", problems=(404,))
    async def request_staffing(self, *, project_id: str, body: StaffingRequests) -> References:
        """Open one request for each role and country; of one that stands, dates and effort are brought up to date."""
        ...

    @post("/projects/{project_id}/staffing-withdrawals", scope="psa:write", status=204, problems=(404,))
    async def withdraw_requests(self, *, project_id: str, body: RequestIds) -> None:
        """Withdraw these open requests and no others; one that is gone already is fine."""
        ...

    @delete("/projects/{project_id}/staffing-requests", scope="psa:write", problems=(404,))
    async def withdraw_staffing(self, *, project_id: str) -> None:
        """Withdraw every open request of the project."""
        ...

    @get("/time-changes", scope="psa:read", problems=(422,))
    async def time_changes(self, *, cursor: str = "", limit: int = 200) -> TimeChanges:
        """Entries approved, or approved no more, since the cursor; an empty cursor starts at the oldest kept."""
        ...

    @put("/billed-time/{document_id}", scope="psa:write", problems=(404, 409))
    async def report_billed(self, *, document_id: str, body: BilledTime) -> BilledTime:
        """Mark entries as billed by a document, so that nobody changes them there; repeating it changes nothing."""
        ...
