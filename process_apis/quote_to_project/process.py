"""The road from a won deal to a billable project, one line a step; I/O, clock and chance are only in steps."""

from __future__ import annotations

from typing import Final

from contracts.canonical.deal import DeliveryState, Opportunity
from contracts.canonical.reference import Reference
from contracts.events.deal import ProjectProvisioned
from contracts.process.quote_to_project import StartQuoteToProject
from kit.durable import ApprovalRequest, Road, Unwind, ask, publish, record
from process_apis.quote_to_project.decisions import evidence, needs_tax_approval
from process_apis.quote_to_project.plan import Plan
from process_apis.quote_to_project.steps import Provisioned, Steps

PROCESS: Final = "quote_to_project"
TAX: Final = "tax"


def road(steps: Steps, *, version: int) -> Road:
    """The road of this process over these steps."""
    return Road(process=PROCESS, version=version, run=quote_to_project, steps=steps, starts=StartQuoteToProject)


async def quote_to_project(steps: Steps, start: StartQuoteToProject) -> None:
    """Everything that must stand before the first consultant logs time."""
    deal = await steps.read_deal(start.opportunity_id)
    await _note(deal)
    case_id = await steps.announce(deal.opportunity_id)
    planned = await steps.plan_deal(deal.opportunity_id)
    await _note_plan(planned)
    if needs_tax_approval(planned):
        await _approve_tax(steps, planned)
    known = await steps.find_customers(planned)
    customer = await _put_customers(steps, planned, known=known)
    project = await steps.open_project(planned)
    await record(facts={"project_erp_id": project.external_id})
    client = await steps.open_client(planned, known)
    rates = await steps.publish_rates(planned)
    workspace = await steps.open_workspace(planned, client, rates)
    await record(facts={"project_psa_id": workspace.references[0].external_id})
    await steps.request_staffing(planned)
    await _schedule_billing(steps, planned)
    provisioned = Provisioned(
        customer_erp_id=customer.external_id,
        project_erp_id=project.external_id,
        project_psa_id=workspace.references[0].external_id,
    )
    await publish(ProjectProvisioned.TYPE, deal.opportunity_id, _event(planned, provisioned, case_id=case_id))
    await steps.tell_ready(deal.opportunity_id, provisioned)


async def _approve_tax(steps: Steps, planned: Plan) -> None:
    """Nothing is put into any system before the tax role has decided; silence is not consent."""
    await steps.tell_sales(planned.opportunity_id, DeliveryState.WAITING, "Waiting for the tax role to decide.")
    asked = 1
    while (decision := await ask(_tax_request(planned, due_in_h=steps.approval_due_h))).expired:
        await steps.hold_for_decision(planned, asked)
        asked += 1
    if not decision.approved:
        reason = f"Refused by the tax role: {decision.comment}"
        await steps.tell_sales(planned.opportunity_id, DeliveryState.CANCELLED, reason)
        raise Unwind(reason)
    await steps.tell_sales(planned.opportunity_id, DeliveryState.PROVISIONING, "")


def _tax_request(planned: Plan, *, due_in_h: float) -> ApprovalRequest:
    seller, customer = planned.seller.country, planned.customer.address.country
    return ApprovalRequest(
        subject="Cross-border tax treatment",
        reason=f"{planned.seller.legal_entity_id} in {seller} sells to a customer in {customer}",
        role=TAX,
        evidence=evidence(planned),
        due_in_h=due_in_h,
        at_stake=planned.contract_value,
    )


async def _put_customers(steps: Steps, planned: Plan, *, known: list[str]) -> Reference:
    """The chain with its root first, because a parent must stand before its child; the one who is billed."""
    reference = await steps.put_customer(planned.customers[0], planned, known)
    for customer in planned.customers[1:]:
        reference = await steps.put_customer(customer, planned, known)
    await record(facts={"customer_erp_id": reference.external_id})
    return reference


async def _schedule_billing(steps: Steps, planned: Plan) -> None:
    receipt = await steps.schedule_billing(planned)
    facts = {
        "billing_schedule_id": receipt.schedule_id,
        "billing_schedule_external_id": receipt.external_id,
        "billing_schedule_lines": str(receipt.lines),
        "billing_schedule_total": str(receipt.total.amount),
    }
    await record(facts=facts)


async def _note(deal: Opportunity) -> None:
    """What a person needs to recognise the case, before anything was judged."""
    facts = {"opportunity_id": deal.opportunity_id, "customer_id": deal.customer.customer_id}
    await record(title=deal.name, at_stake=deal.amount, legal_entity_id=deal.legal_entity_id, facts=facts)


async def _note_plan(planned: Plan) -> None:
    value = planned.contract_value
    await record(
        title=planned.name,
        at_stake=value,
        legal_entity_id=planned.seller.legal_entity_id,
        facts={
            "project_id": planned.project.project_id,
            "contract_total": str(value.amount),
            "currency": value.currency,
        },
    )


def _event(planned: Plan, provisioned: Provisioned, *, case_id: str) -> ProjectProvisioned:
    return ProjectProvisioned(
        case_id=case_id,
        opportunity_id=planned.opportunity_id,
        project_id=planned.project.project_id,
        erp_customer_id=provisioned.customer_erp_id,
        erp_project_id=provisioned.project_erp_id,
        psa_project_id=provisioned.project_psa_id,
        contract_value=planned.contract_value,
    )
