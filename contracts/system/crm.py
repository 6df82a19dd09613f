"""The CRM role: read a won deal whole, follow its changes, write delivery's standing back."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.billing import BillingReport
from contracts.canonical.capability import Capabilities
from contracts.canonical.deal import DeliveryReport, Opportunity, OpportunityChanges
from contracts.canonical.party import Hierarchy
from contracts.port import get, put


class Crm(Protocol):
    """System of engagement: pipeline, account activity, commercial approvals."""

    @get("/capabilities", scope="crm:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @get("/opportunities/{opportunity_id}", scope="crm:read", problems=(404,))
    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        """Read one opportunity with lines, milestones, rate card and planned demand."""
        ...

    @get("/accounts/{account_id}/hierarchy", scope="crm:read", problems=(404,))
    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        """Read a customer and its ancestors; a loop or an unreadable parent ends the chain as incomplete."""
        ...

    @get("/opportunity-changes", scope="crm:read", problems=(422,))
    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        """Opportunities changed since the cursor; an empty cursor starts at the oldest the vendor keeps."""
        ...

    @get("/opportunities/{opportunity_id}/delivery", scope="crm:read", problems=(404,))
    async def delivery(self, *, opportunity_id: str) -> DeliveryReport:
        """Read what was last written back; 404 when nothing was."""
        ...

    @put("/opportunities/{opportunity_id}/delivery", scope="crm:write", problems=(404,))
    async def report_delivery(self, *, opportunity_id: str, body: DeliveryReport) -> DeliveryReport:
        """Write delivery's standing and ids on the opportunity; repeating it changes nothing."""
        ...

    @get("/opportunities/{opportunity_id}/billing", scope="crm:read", problems=(404,))
    async def billing(self, *, opportunity_id: str) -> BillingReport:
        """Read what was last written back about bills; 404 when nothing was."""
        ...

    @put("/opportunities/{opportunity_id}/billing", scope="crm:write", problems=(404,))
    async def report_billing(self, *, opportunity_id: str, body: BillingReport) -> BillingReport:
        """Write on the opportunity how its bills stand; repeating it changes nothing."""
        ...
