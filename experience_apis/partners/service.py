"""Answers the contract: asks the processes for the caller, shows what they say in the words of partners."""

from __future__ import annotations

from contracts.canonical.casework import Limit
from contracts.experience.partners import (
    Acknowledge,
    BillingPlan,
    Project,
    ProjectInvoicePage,
    ProjectPage,
    ProjectState,
    StaffingRequest,
    StaffingRequests,
)
from contracts.process import engagements
from contracts.process.engagements import Engagements, EngagementState, IdempotencyKey
from contracts.process.webhooks import Webhooks
from experience_apis.partners import views
from experience_apis.partners.exporting import Exporting
from experience_apis.partners.told import Told


class PartnersService(Told, Exporting):
    """Holds no state and decides nothing: engagements and webhooks know whose is what."""

    def __init__(self, engagements: Engagements, webhooks: Webhooks) -> None:
        Told.__init__(self, webhooks)
        Exporting.__init__(self, engagements)

    async def projects(self, *, state: ProjectState | None = None, cursor: str = "", limit: Limit = 50) -> ProjectPage:
        """List the partner's projects, newest change first."""
        wanted = None if state is None else EngagementState(state.value)
        return views.page(await self._engagements.projects(state=wanted, cursor=cursor, limit=limit))

    async def project(self, *, project_id: str) -> Project:
        """Read one project with what was agreed."""
        return views.project(await self._engagements.project(project_id=project_id))

    async def staffing(self, *, project_id: str) -> StaffingRequests:
        """Read the people a project asks for."""
        found = await self._engagements.staffing(project_id=project_id)
        return StaffingRequests(items=[views.request(each) for each in found.items])

    async def billing(self, *, project_id: str) -> BillingPlan:
        """Read what will be billed, and whether it is booked."""
        return views.billing(await self._engagements.billing(project_id=project_id))

    async def invoices(self, *, project_id: str, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of a project."""
        return views.invoices(await self._engagements.invoices(project_id=project_id, cursor=cursor, limit=limit))

    async def acknowledge(
        self, *, project_id: str, request_id: str, body: Acknowledge, idempotency_key: IdempotencyKey
    ) -> StaffingRequest:
        """Take note of a request for people."""
        demand = await self._engagements.acknowledge(
            project_id=project_id,
            request_id=request_id,
            body=engagements.Acknowledge(note=body.note),
            idempotency_key=idempotency_key,
        )
        return views.request(demand)
