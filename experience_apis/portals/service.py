"""Answers the contract: refuses what no role of the caller may ask, asks the processes, shows what the role sees."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from contracts.canonical.casework import Limit
from contracts.experience.portals import BillingOverview, EngagementCards, EngagementPaper, Health, ProjectTeam
from contracts.problem import Kind, Problem
from contracts.process.change_requests import ChangeRequest, ChangeRequestPage, ChangeRequests, RaiseChange
from contracts.process.client_billing import (
    AcceptAsClient,
    Bill,
    BillPage,
    ClientBilling,
    DeclineAsClient,
    Dispute,
    DisputePage,
    Milestones,
    MilestoneStanding,
    Payments,
    ProjectAccount,
    RaiseDispute,
)
from contracts.process.engagements import Engagements, EngagementState, IdempotencyKey
from contracts.process.time_to_bill import ElectronicInvoice, InvoiceExplanation, Key, LineExplanation
from experience_apis.portals import views
from experience_apis.portals.access import OPERATIONS
from experience_apis.portals.health import health_of
from kit.caller import current_caller
from kit.clock import Clock

T = TypeVar("T")


class PortalsService:
    """Holds no state and decides nothing: the processes know whose is what."""

    def __init__(
        self, *, engagements: Engagements, billing: ClientBilling, changes: ChangeRequests, clock: Clock
    ) -> None:
        self._engagements = engagements
        self._billing = billing
        self._changes = changes
        self._clock = clock

    async def engagements(
        self, *, state: EngagementState | None = None, cursor: str = "", limit: Limit = 50
    ) -> EngagementCards:
        """List the caller's engagements."""
        _may("engagements")
        return _shown(views.page(await self._engagements.projects(state=state, cursor=cursor, limit=limit)))

    async def engagement(self, *, project_id: Key) -> EngagementPaper:
        """Read one engagement with what was agreed."""
        _may("engagement")
        return _shown(views.paper(await self._engagements.project(project_id=project_id)))

    async def health(self, *, project_id: Key) -> Health:
        """Read how an engagement stands."""
        _may("health")
        milestones, account, arrears = await asyncio.gather(
            self._dated(project_id),
            self._billing.account(project_id=project_id),
            self._billing.arrears(project_id=project_id),
        )
        today = self._clock.now().date()
        return health_of(project_id, milestones=milestones.items, caps=account.caps, arrears=arrears, today=today)

    async def people(self, *, project_id: Key) -> ProjectTeam:
        """Read who works on an engagement."""
        _may("people")
        engagement, people, demands = await asyncio.gather(
            self._engagements.project(project_id=project_id),
            self._billing.people(project_id=project_id),
            self._engagements.staffing(project_id=project_id),
        )
        return _shown(views.team(engagement, people, demands))

    async def milestones(self, *, project_id: Key) -> Milestones:
        """Read the payment points of an engagement."""
        _may("milestones")
        return _shown(await self._dated(project_id))

    async def accept(self, *, project_id: Key, milestone_id: Key, body: AcceptAsClient) -> MilestoneStanding:
        """Accept a milestone in one's own name."""
        _may("accept")
        return _shown(await self._billing.accept(project_id=project_id, milestone_id=milestone_id, body=body))

    async def decline(
        self, *, project_id: Key, milestone_id: Key, body: DeclineAsClient, idempotency_key: IdempotencyKey
    ) -> MilestoneStanding:
        """Decline a milestone with a reason."""
        _may("decline")
        standing = await self._billing.decline(
            project_id=project_id, milestone_id=milestone_id, body=body, idempotency_key=idempotency_key
        )
        return _shown(standing)

    async def consumption(self, *, project_id: Key) -> ProjectAccount:
        """Read what of the contract was consumed."""
        _may("consumption")
        return _shown(await self._billing.account(project_id=project_id))

    async def billing(self, *, project_id: Key) -> BillingOverview:
        """Read what is billed, what is not yet, and what is open."""
        _may("billing")
        account, payments = await asyncio.gather(
            self._billing.account(project_id=project_id), self._billing.payments(project_id=project_id)
        )
        return _shown(views.overview(account, payments))

    async def payments(self, *, project_id: Key) -> Payments:
        """Read how each document is settled."""
        _may("payments")
        return _shown(await self._billing.payments(project_id=project_id))

    async def invoices(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> BillPage:
        """List invoices and credit notes."""
        _may("invoices")
        return _shown(await self._billing.invoices(project_id=project_id, cursor=cursor, limit=limit))

    async def invoice(self, *, invoice_id: Key) -> Bill:
        """Read one invoice with its lines."""
        _may("invoice")
        return _shown(await self._billing.invoice(invoice_id=invoice_id))

    async def explanation(self, *, invoice_id: Key) -> InvoiceExplanation:
        """Read why each line costs what it costs."""
        _may("explanation")
        return await self._billing.explanation(invoice_id=invoice_id)

    async def line_explanation(self, *, invoice_id: Key, line_id: str) -> LineExplanation:
        """Read why one line costs what it costs."""
        _may("line_explanation")
        whole = await self._billing.explanation(invoice_id=invoice_id)
        line = next((each for each in whole.lines if each.line_id == line_id), None)
        if line is None:
            raise Problem(Kind.NOT_FOUND, "line_not_found", f"{invoice_id} has no line {line_id}")
        return line

    async def electronic(self, *, invoice_id: Key) -> ElectronicInvoice:
        """Read an invoice by EN 16931."""
        _may("electronic")
        return await self._billing.electronic(invoice_id=invoice_id)

    async def dispute(self, *, invoice_id: Key, body: RaiseDispute, idempotency_key: IdempotencyKey) -> Dispute:
        """Disagree with an invoice or a line of it."""
        _may("dispute")
        return _shown(await self._billing.dispute(invoice_id=invoice_id, body=body, idempotency_key=idempotency_key))

    async def disputes(
        self, *, project_id: str = "", invoice_id: str = "", cursor: str = "", limit: Limit = 50
    ) -> DisputePage:
        """List disputes."""
        _may("disputes")
        found = await self._billing.disputes(project_id=project_id, invoice_id=invoice_id, cursor=cursor, limit=limit)
        return _shown(found)

    async def one_dispute(self, *, dispute_id: Key) -> Dispute:
        """Read one dispute with its answer."""
        _may("one_dispute")
        return _shown(await self._billing.one_dispute(dispute_id=dispute_id))

    async def withdraw_dispute(self, *, dispute_id: Key, idempotency_key: IdempotencyKey) -> Dispute:
        """Let a dispute go."""
        _may("withdraw_dispute")
        return _shown(await self._billing.withdraw(dispute_id=dispute_id, idempotency_key=idempotency_key))

    async def changes(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> ChangeRequestPage:
        """List change requests."""
        _may("changes")
        return _shown(await self._changes.requests(project_id=project_id, cursor=cursor, limit=limit))

    async def change(self, *, request_id: str) -> ChangeRequest:
        """Read one change request."""
        _may("change")
        return _shown(await self._changes.request(request_id=request_id))

    async def ask_change(self, *, project_id: Key, body: RaiseChange, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Ask for a change."""
        _may("ask_change")
        return _shown(await self._changes.ask(project_id=project_id, body=body, idempotency_key=idempotency_key))

    async def withdraw_change(self, *, request_id: str, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Let a change request go."""
        _may("withdraw_change")
        return _shown(await self._changes.withdraw(request_id=request_id, idempotency_key=idempotency_key))

    async def _dated(self, project_id: str) -> Milestones:
        milestones, plan = await asyncio.gather(
            self._billing.milestones(project_id=project_id), self._engagements.billing(project_id=project_id)
        )
        return views.dated(milestones, plan)


def _may(operation: str) -> None:
    """Refuse before anything is asked, so that a refusal tells nothing of what there is.

    Raises:
        Problem: forbidden.

    """
    if current_caller().roles.isdisjoint(OPERATIONS[operation]):
        hint = f"ask somebody who is {' or '.join(sorted(OPERATIONS[operation]))}"
        raise Problem(Kind.FORBIDDEN, "role_missing", "none of your roles may do this", hint=hint)


def _shown(answer: T) -> T:
    return views.shown(answer, roles=current_caller().roles)
