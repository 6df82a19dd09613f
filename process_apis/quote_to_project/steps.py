"""What the process does to the world, each act with the one that takes it back; none acts twice under one key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from msgspec import Struct

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.deal import DeliveryReport, DeliveryState, Opportunity
from contracts.canonical.party import Customer, Hierarchy
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa, PsaProject, StaffingRequests
from kit.durable import Effect, Held, step
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.decisions import YES, mismatch, undecided
from process_apis.quote_to_project.plan import Plan, plan
from process_apis.quote_to_project.rules import Handoff, completed, validate

R = TypeVar("R")

_NOTE: Final = 255
_TAKEN_BACK: Final = "Delivery was taken back; the case tells why."


class Provisioned(Struct, frozen=True, kw_only=True):
    """What the systems call the things that now stand."""

    customer_erp_id: str
    project_erp_id: str
    project_psa_id: str


class Steps:
    """The steps of quote to project, speaking to one CRM, one ERP and one PSA.

    A customer whom the ERP knew before this case belongs to earlier business: taking the case back leaves them alone.
    """

    def __init__(self, *, crm: Crm, erp: Erp, psa: Psa, config: Config | None = None) -> None:
        config = config or Config()
        self._crm = crm
        self._erp = erp
        self._psa = psa
        self._service_lines = list(config.service_lines)
        self.approval_due_h = config.approval_due_h

    @step(system="crm")
    async def read_deal(self, effect: Effect, opportunity_id: str) -> Opportunity:
        """Read the deal as sales left it, complete or not."""
        del effect  # a read needs no key
        return await self._crm.opportunity(opportunity_id=opportunity_id)

    @step(undo="cancel_delivery", system="crm")
    async def announce(self, effect: Effect, opportunity_id: str) -> str:
        """Tell sales that the deal is on its way; the id of the case that carries it."""
        report = DeliveryReport(state=DeliveryState.PROVISIONING, case_id=effect.case_id)
        await self._crm.report_delivery(opportunity_id=opportunity_id, body=report)
        return effect.case_id

    async def cancel_delivery(self, effect: Effect, opportunity_id: str) -> None:
        """Tell sales that delivery was taken back, unless they were told so with a better reason."""
        report = await _unless_missing(self._crm.delivery(opportunity_id=opportunity_id))
        if report is None or report.state is DeliveryState.CANCELLED:
            return
        cancelled = DeliveryReport(state=DeliveryState.CANCELLED, case_id=effect.case_id, note=_TAKEN_BACK)
        await self._crm.report_delivery(opportunity_id=opportunity_id, body=cancelled)

    @step(system="crm")
    async def plan_deal(self, effect: Effect, opportunity_id: str) -> Plan:
        """Read the deal afresh with its customer's hierarchy, judge it and plan it.

        Raises:
            Held: with every problem of the deal at once.

        """
        opportunity, entities, codes = await asyncio.gather(
            self._crm.opportunity(opportunity_id=opportunity_id), self._erp.legal_entities(), self._erp.tax_codes()
        )
        account = self._crm.hierarchy(account_id=opportunity.customer.customer_id)
        handoff = Handoff(
            opportunity=opportunity,
            hierarchy=await _unless_missing(account) or Hierarchy(customers=[], complete=False),
            legal_entities=entities.items,
            tax_codes=codes.items,
            service_lines=self._service_lines,
        )
        faults = validate(handoff, fixes=effect.fixes)
        if faults:
            raise Held(*faults)
        return plan(completed(handoff, effect.fixes))

    @step(system="crm")
    async def tell_sales(self, effect: Effect, opportunity_id: str, state: DeliveryState, note: str) -> DeliveryReport:
        """Tell sales how delivery stands, in one sentence."""
        report = DeliveryReport(state=state, case_id=effect.case_id, note=note[:_NOTE])
        return await self._crm.report_delivery(opportunity_id=opportunity_id, body=report)

    @step()
    async def hold_for_decision(self, effect: Effect, planned: Plan, asked: int) -> None:
        """Let a person see to it that somebody decides, when nobody did in time; `asked` counts from 1.

        Raises:
            Held: until a person says that it may be asked again.

        """
        answer = f"ask_again_{asked}"
        if effect.fixes.get(answer) != YES:
            raise Held(undecided(planned, answer=answer))

    @step(system="erp")
    async def find_customers(self, effect: Effect, planned: Plan) -> list[str]:
        """The customers of the chain whom the ERP knows already, by our id."""
        del effect  # a read needs no key
        ids = [customer.customer_id for customer in planned.customers]
        found = await asyncio.gather(*(_unless_missing(self._erp.customer(customer_id=each)) for each in ids))
        return [each for each, reference in zip(ids, found, strict=True) if reference is not None]

    @step(undo="retire_customer", system="erp")
    async def put_customer(self, effect: Effect, customer: Customer, planned: Plan, known: list[str]) -> Reference:
        """Create the customer in the ERP, or bring it up to date."""
        del effect, known  # the customer's own id is the key; who was known matters to the undo
        seller = planned.seller.legal_entity_id
        return await self._erp.put_customer(customer_id=customer.customer_id, legal_entity_id=seller, body=customer)

    async def retire_customer(self, effect: Effect, customer: Customer, planned: Plan, known: list[str]) -> None:
        """Make a customer of this case inactive, unless other business needs it by now."""
        del effect, planned
        if customer.customer_id not in known:
            await _unless_gone_or_needed(self._erp.retire_customer(customer_id=customer.customer_id))

    @step(undo="close_project", system="erp")
    async def open_project(self, effect: Effect, planned: Plan) -> Reference:
        """Create the project with its tasks and budget in the ERP."""
        del effect
        return await self._erp.put_project(project_id=planned.project.project_id, body=planned.project)

    async def close_project(self, effect: Effect, planned: Plan) -> None:
        """Close the ERP's project to postings."""
        del effect
        await _unless_missing(self._erp.close_project(project_id=planned.project.project_id))

    @step(undo="retire_client", system="psa")
    async def open_client(self, effect: Effect, planned: Plan, known: list[str]) -> Reference:
        """Create the client in the PSA, or bring it up to date."""
        del effect, known
        return await self._psa.put_client(customer_id=planned.customer.customer_id, body=planned.customer)

    async def retire_client(self, effect: Effect, planned: Plan, known: list[str]) -> None:
        """Remove a client of this case, unless another project needs it by now."""
        del effect
        if planned.customer.customer_id not in known:
            await _unless_gone_or_needed(self._psa.retire_client(customer_id=planned.customer.customer_id))

    @step(undo="withdraw_rates", system="psa")
    async def publish_rates(self, effect: Effect, planned: Plan) -> Reference | None:
        """Publish the approved rate card in the PSA; None when the deal has none."""
        del effect
        if planned.rate_card is None:
            return None
        return await self._psa.publish_rate_card(rate_card_id=planned.rate_card_id, body=planned.rate_card)

    async def withdraw_rates(self, effect: Effect, planned: Plan) -> None:
        """Take the rate card out of use."""
        del effect
        if planned.rate_card is not None:
            await _unless_missing(self._psa.withdraw_rate_card(rate_card_id=planned.rate_card_id))

    @step(undo="archive_workspace", system="psa")
    async def open_workspace(
        self, effect: Effect, planned: Plan, client: Reference, rates: Reference | None
    ) -> References:
        """Open the workspace with phases and milestones in the PSA."""
        del effect
        body = PsaProject(
            project=planned.project,
            client_external_id=client.external_id,
            rate_card_external_id=None if rates is None else rates.external_id,
        )
        return await self._psa.put_project(project_id=planned.project.project_id, body=body)

    async def archive_workspace(
        self, effect: Effect, planned: Plan, client: Reference, rates: Reference | None
    ) -> None:
        """Archive the workspace."""
        del effect, client, rates
        await _unless_missing(self._psa.archive_project(project_id=planned.project.project_id))

    @step(undo="withdraw_staffing", system="psa")
    async def request_staffing(self, effect: Effect, planned: Plan) -> References:
        """Ask staffing for the people the deal needs."""
        del effect
        if not planned.staffing:
            return References(references=[])
        body = StaffingRequests(requests=planned.staffing)
        return await self._psa.request_staffing(project_id=planned.project.project_id, body=body)

    async def withdraw_staffing(self, effect: Effect, planned: Plan) -> None:
        """Withdraw the requests for people."""
        del effect
        if planned.staffing:
            await _unless_missing(self._psa.withdraw_staffing(project_id=planned.project.project_id))

    @step(undo="void_schedule", system="erp")
    async def schedule_billing(self, effect: Effect, planned: Plan) -> ScheduleReceipt:
        """Create the billing schedule in the ERP.

        Raises:
            Held: the ERP's own books do not sum to the contract, to the cent.

        """
        del effect
        schedule = planned.schedule
        receipt = await self._erp.put_billing_schedule(schedule_id=schedule.schedule_id, body=schedule)
        problem = mismatch(planned, receipt)
        if problem is not None:
            raise Held(problem)
        return receipt

    async def void_schedule(self, effect: Effect, planned: Plan) -> None:
        """Close the schedule; the ERP refuses once something was invoiced."""
        del effect
        await _unless_missing(self._erp.void_billing_schedule(schedule_id=planned.schedule.schedule_id))

    @step(system="crm")
    async def tell_ready(self, effect: Effect, opportunity_id: str, provisioned: Provisioned) -> DeliveryReport:
        """Tell sales that everything stands, with the ids to find it by. Taken back by what takes `announce` back."""
        report = DeliveryReport(
            state=DeliveryState.READY,
            case_id=effect.case_id,
            erp_customer_id=provisioned.customer_erp_id,
            erp_project_id=provisioned.project_erp_id,
            psa_project_id=provisioned.project_psa_id,
            note="Ready for delivery: customer, project, staffing and billing stand.",
        )
        return await self._crm.report_delivery(opportunity_id=opportunity_id, body=report)


async def _unless_missing(answer: Awaitable[R]) -> R | None:
    """The answer, or None when there is nothing of that name."""
    try:
        return await answer
    except Problem as problem:
        if problem.kind is Kind.NOT_FOUND:
            return None
        raise


async def _unless_gone_or_needed(answer: Awaitable[None]) -> None:
    """Take away, unless it is gone already or the system says that other business needs it."""
    try:
        await answer
    except Problem as problem:
        if problem.kind not in {Kind.NOT_FOUND, Kind.CONFLICT}:
            raise
