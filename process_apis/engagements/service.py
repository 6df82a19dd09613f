"""Answers the contract; refuses to show anybody what is not theirs, before any system is asked.

The systems are asked in the name of this process and with reading scopes only: a partner holds no scope of a
system, and what they may see was decided here, where the engagement is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec.structs import replace

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import Limit
from contracts.canonical.deal import Opportunity
from contracts.problem import Kind, Problem
from contracts.process.engagements import (
    Acknowledge,
    BillingStanding,
    Engagement,
    EngagementPage,
    EngagementState,
    IdempotencyKey,
    ProjectInvoicePage,
    StaffingDemand,
    StaffingDemands,
)
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.caller import Caller, calling, current_caller
from process_apis.engagements import rules
from process_apis.engagements.cases import Case, StoredCases
from process_apis.engagements.config import Config
from process_apis.engagements.invoices import StoredInvoices

_READS: Final = frozenset({"crm:read", "erp:read"})


class EngagementsService:
    """Joins cases, what was agreed and what is booked; holds nothing but who took note of what."""

    def __init__(self, *, cases: StoredCases, invoices: StoredInvoices, crm: Crm, erp: Erp, config: Config) -> None:
        self._cases = cases
        self._invoices = invoices
        self._crm = crm
        self._erp = erp
        self._config = config

    async def projects(
        self, *, state: EngagementState | None = None, cursor: str = "", limit: Limit = 50
    ) -> EngagementPage:
        """List the caller's engagements, newest change first."""
        states = () if state is None else rules.behind(state)
        customers = rules.customers_of(current_caller(), self._config)
        return await self._cases.page(customers=customers, states=states, cursor=cursor, limit=limit)

    async def project(self, *, project_id: str) -> Engagement:
        """Read one engagement with what was agreed."""
        case = await self._mine(project_id)
        deal = await self._deal(case)
        starts_on, ends_on = rules.period(deal)
        return Engagement(
            summary=case.summary,
            starts_on=starts_on,
            ends_on=ends_on,
            service_line=deal.service_line or "",
            delivery_owner=deal.delivery_owner or "",
            order_reference=deal.statement_of_work or "",
        )

    async def staffing(self, *, project_id: str) -> StaffingDemands:
        """Read the people an engagement asks for."""
        case = await self._mine(project_id)
        return StaffingDemands(items=rules.demands(await self._deal(case), case.facts))

    async def billing(self, *, project_id: str) -> BillingStanding:
        """Read what will be billed, and whether it is booked."""
        case = await self._mine(project_id)
        deal, receipt = await asyncio.gather(self._deal(case), self._receipt(case))
        return rules.billing(deal, project_id=project_id, receipt=receipt)

    async def invoices(self, *, project_id: str, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of an engagement, newest first."""
        await self._mine(project_id)
        customers = rules.customers_of(current_caller(), self._config)
        return await self._invoices.page(project_id, customers=customers, cursor=cursor, limit=limit)

    async def posted(self, *, cursor: str = "", limit: Limit = 50) -> ProjectInvoicePage:
        """List the posted invoices and corrections of all the caller's engagements, newest first."""
        customers = rules.customers_of(current_caller(), self._config)
        return await self._invoices.page(None, customers=customers, cursor=cursor, limit=limit)

    async def acknowledge(
        self, *, project_id: str, request_id: str, body: Acknowledge, idempotency_key: IdempotencyKey
    ) -> StaffingDemand:
        """Take note of a request for people."""
        del idempotency_key  # the request itself is the key: one request is acknowledged once, whoever repeats it
        case = await self._mine(project_id)
        demands = rules.demands(await self._deal(case), case.facts)
        demand = next((each for each in demands if each.request_id == request_id), None)
        if demand is None:
            raise Problem(Kind.NOT_FOUND, "request_not_found", f"{project_id} has no request {request_id}")
        noted = await self._cases.acknowledge(case, request_id, by=current_caller().subject, text=body.note)
        return replace(demand, acknowledged=noted)

    async def _mine(self, project_id: str) -> Case:
        return await self._cases.one(project_id, customers=rules.customers_of(current_caller(), self._config))

    async def _deal(self, case: Case) -> Opportunity:
        with _in_own_name():
            return await self._crm.opportunity(opportunity_id=case.opportunity_id)

    async def _receipt(self, case: Case) -> ScheduleReceipt | None:
        schedule_id = case.facts.get("billing_schedule_id")
        if schedule_id is None:
            return None
        try:
            with _in_own_name():
                return await self._erp.billing_schedule(schedule_id=schedule_id)
        except Problem as problem:
            if problem.kind is Kind.NOT_FOUND:
                return None
            raise


@contextmanager
def _in_own_name() -> Iterator[None]:
    caller = current_caller()
    own = Caller(
        subject="process:engagements",
        scopes=_READS,
        tenant=caller.tenant,
        actor=(caller.subject, *caller.actor),
    )
    with calling(own):
        yield
