"""The road from a won deal to a billable project, one line a step; I/O, clock and chance are only in steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import msgspec

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.deal import DeliveryState, Opportunity
from contracts.canonical.reference import Reference
from contracts.events.deal import ProjectProvisioned, StaffingRequested
from contracts.process.quote_to_project import ProvisionedPart, StartQuoteToProject
from kit.durable import ApprovalRequest, Road, Unwind, ask, publish, record
from process_apis.quote_to_project.decisions import needed
from process_apis.quote_to_project.plan import Part, Plan
from process_apis.quote_to_project.steps import Provisioned, Steps
from process_apis.quote_to_project.telling import shown

PROCESS: Final = "quote_to_project"


def road(steps: Steps, *, version: int) -> Road:
    """The road of this process over these steps."""
    return Road(process=PROCESS, version=version, run=quote_to_project, steps=steps, starts=StartQuoteToProject)


@dataclass
class _Course:
    """What one run has asked so far: decisions given by what they were bound to, and how often it had to ask."""

    given: list[ApprovalRequest] = field(default_factory=list)
    asked: int = 1
    changes: int = 1


@dataclass
class _Opened:
    """One part on its way: its project, its workspace and its schedule as the systems call them."""

    part: Part
    project: Reference
    workspace: Reference


async def quote_to_project(steps: Steps, start: StartQuoteToProject) -> None:
    """Everything that must stand before the first consultant logs time."""
    deal = await steps.read_deal(start.opportunity_id)
    await _note(deal)
    case_id = await steps.announce(deal.opportunity_id)
    course = _Course()
    planned = await _agreed(steps, deal.opportunity_id, course)
    known = await steps.find_customers(planned)
    customer = await _put_customers(steps, planned, known=known)
    opened = [await _open(steps, planned, part, known=known) for part in planned.parts]
    planned, opened = await _caught_up(steps, planned, opened, course, known=known)
    await _note_extent(planned, known)
    await _schedule_billing(steps, planned, opened)
    provisioned = Provisioned(
        customer_erp_id=customer.external_id,
        project_erp_id=opened[0].project.external_id,
        project_psa_id=opened[0].workspace.external_id,
    )
    await publish(ProjectProvisioned.TYPE, deal.opportunity_id, _event(planned, provisioned, case_id=case_id))
    await steps.tell_ready(deal.opportunity_id, provisioned)


async def _agreed(steps: Steps, opportunity_id: str, course: _Course) -> Plan:
    """A plan that everybody who has to has agreed to, of a deal that has not changed while they thought about it."""
    while True:
        planned = await steps.plan_deal(opportunity_id)
        await _note_plan(planned)
        asked = await _approve(steps, planned, course)
        if not asked or await steps.look_again(planned) == "none":
            return planned


async def _approve(steps: Steps, planned: Plan, course: _Course) -> bool:
    """Nothing is put into any system before every role has decided; silence is not consent. Whether any was asked."""
    requests = [each for each in needed(planned, due_in_h=steps.approval_due_h) if each not in course.given]
    for request in requests:
        note = f"Waiting for the {request.role} role to decide."
        await steps.tell_sales(planned.opportunity_id, DeliveryState.WAITING, note)
        while (decision := await ask(request)).expired:
            await steps.hold_for_decision(planned, request.role, course.asked)
            course.asked += 1
        if not decision.approved:
            reason = f"Refused by the {request.role} role: {decision.comment}"
            await steps.tell_sales(planned.opportunity_id, DeliveryState.CANCELLED, reason)
            raise Unwind(reason)
        course.given.append(request)
    if requests:
        await steps.tell_sales(planned.opportunity_id, DeliveryState.PROVISIONING, "")
    return bool(requests)


async def _put_customers(steps: Steps, planned: Plan, *, known: list[str]) -> Reference:
    """Every customer, a parent before its children; the one who is billed is what is shown."""
    sellers = [seller.legal_entity_id for seller in planned.sellers]
    billed: Reference | None = None
    for customer in planned.customers:
        reference = await steps.put_customer(customer, sellers, known)
        billed = reference if customer.customer_id == planned.customer.customer_id or billed is None else billed
    if billed is None:
        message = f"{planned.opportunity_id} was planned without a customer"
        raise ValueError(message)
    await record(facts={"customer_erp_id": billed.external_id})
    return billed


async def _open(steps: Steps, planned: Plan, part: Part, *, known: list[str]) -> _Opened:
    """The project in the ERP, the workspace in the PSA with its rates, and the request for its people."""
    first = part is planned.parts[0]
    project = await steps.open_project(part)
    if first:
        await record(facts={"project_erp_id": project.external_id})
    client = await steps.open_client(planned.sold_to, known)
    rates = await steps.publish_rates(part)
    workspace = (await steps.open_workspace(part, client, rates)).references[0]
    if first:
        await record(facts={"project_psa_id": workspace.external_id})
    await steps.request_staffing(part)
    if part.staffing:
        await publish(StaffingRequested.TYPE, planned.opportunity_id, _staffing_event(planned, part))
    return _Opened(part, project, workspace)


async def _caught_up(
    steps: Steps, planned: Plan, opened: list[_Opened], course: _Course, *, known: list[str]
) -> tuple[Plan, list[_Opened]]:
    """The plan as the CRM has it by now: other dates are taken over, anything else is for a person to say."""
    while (change := await steps.look_again(planned)) != "none":
        if change == "more":
            as_approved = await steps.hold_for_change(planned, course.changes)
            course.changes += 1
            if as_approved:
                return planned, opened
            continue
        planned = await steps.plan_deal(planned.opportunity_id)
        await _approve(steps, planned, course)
        opened = [await _open(steps, planned, part, known=known) for part in planned.parts]
    return planned, opened


async def _schedule_billing(steps: Steps, planned: Plan, opened: list[_Opened]) -> None:
    parts = []
    for one in opened:
        receipt = await steps.schedule_billing(one.part, planned.name)
        if one is opened[0]:
            await record(facts=_receipt_facts(receipt))
        parts.append(_provisioned(one, receipt))
    await record(facts={"parts": msgspec.json.encode(parts).decode()})


def _receipt_facts(receipt: ScheduleReceipt) -> dict[str, str]:
    return {
        "billing_schedule_id": receipt.schedule_id,
        "billing_schedule_external_id": receipt.external_id,
        "billing_schedule_lines": str(receipt.lines),
        "billing_schedule_total": str(receipt.total.amount),
        "billing_schedule_currency": receipt.total.currency,
    }


def _provisioned(one: _Opened, receipt: ScheduleReceipt) -> ProvisionedPart:
    part = one.part
    return ProvisionedPart(
        legal_entity_id=part.seller.legal_entity_id,
        currency=part.value.currency,
        project_id=part.project.project_id,
        schedule_id=receipt.schedule_id,
        erp_project_id=one.project.external_id,
        psa_project_id=one.workspace.external_id,
        erp_schedule_id=receipt.external_id,
        lines=receipt.lines,
        sold=part.value,
        total=receipt.total,
        extends=part.extends,
        phase_ids=[phase.phase_id for phase in part.project.phases] if part.extends else [],
        request_ids=[request.request_id for request in part.staffing],
        rate_card_id=None if part.rate_card is None else part.rate_card_id,
    )


async def _note(deal: Opportunity) -> None:
    """What a person needs to recognise the case, before anything was judged."""
    facts = {"opportunity_id": deal.opportunity_id, "customer_id": deal.customer.customer_id}
    await record(title=shown(deal.name), at_stake=deal.amount, legal_entity_id=deal.legal_entity_id, facts=facts)


async def _note_plan(planned: Plan) -> None:
    value = planned.contract_value
    await record(
        title=shown(planned.name),
        at_stake=value,
        legal_entity_id=planned.seller.legal_entity_id,
        facts={
            "project_id": planned.parts[0].project.project_id,
            "contract_total": str(value.amount),
            "currency": value.currency,
            "planned_from": planned.read,
        },
    )


async def _note_extent(planned: Plan, known: list[str]) -> None:
    """Whom this case brought into the systems, for whoever has to take it back."""
    new = [each.customer_id for each in planned.customers if each.customer_id not in known]
    client = planned.sold_to.customer_id
    facts = {"customers_created": ",".join(new), "client_created": "" if client in known else client}
    await record(facts=facts)


def _staffing_event(planned: Plan, part: Part) -> StaffingRequested:
    return StaffingRequested(
        opportunity_id=planned.opportunity_id,
        project_id=part.project.project_id,
        request_ids=[request.request_id for request in part.staffing],
        hours=sum((request.hours for request in part.staffing), 0 * part.staffing[0].hours),
    )


def _event(planned: Plan, provisioned: Provisioned, *, case_id: str) -> ProjectProvisioned:
    return ProjectProvisioned(
        case_id=case_id,
        opportunity_id=planned.opportunity_id,
        project_id=planned.parts[0].project.project_id,
        erp_customer_id=provisioned.customer_erp_id,
        erp_project_id=provisioned.project_erp_id,
        psa_project_id=provisioned.project_psa_id,
        contract_value=planned.contract_value,
        project_ids=[part.project.project_id for part in planned.parts],
        values=planned.values,
    )
