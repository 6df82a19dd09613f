"""The road back: a deal that was provisioned is open again or lost; undo, credit, and ask about the rest."""

from __future__ import annotations

from typing import Final

from contracts.canonical.money import Money, total
from contracts.events.deal import ProvisioningReversed
from contracts.process.quote_to_project import StartDealReversal
from kit.durable import ApprovalRequest, Road, ask, publish, record
from process_apis.quote_to_project.undoing import Undoing

PROCESS: Final = "deal_reversal"
FINANCE: Final = "finance"


def reversal_road(steps: Undoing, *, version: int) -> Road:
    """The road back over these steps."""
    return Road(process=PROCESS, version=version, run=deal_reversal, steps=steps, starts=StartDealReversal)


async def deal_reversal(steps: Undoing, start: StartDealReversal) -> None:
    """What can be undone is undone, what was posted is reversed, the rest is for a person to settle."""
    await record(title=f"Take back {start.name or start.opportunity_id}", facts={"reverses": start.case_id})
    billed = await steps.find_billed(start)
    credit = await _may_credit(steps, start, billed) if billed else True
    credited: list[Money] = []
    for part in start.parts:
        await steps.withdraw_staffing(part)
        credited += await steps.reverse_billing(part, credit)
        await steps.close_workspace(part)
        await steps.withdraw_rates(part)
        await steps.close_project(part)
    await steps.retire_customers(start)
    await steps.tell_withdrawn(start)
    case = ProvisioningReversed(
        case_id=start.case_id,
        opportunity_id=start.opportunity_id,
        project_ids=[part.project_id for part in start.parts],
        credited=_sums(credited),
    )
    await publish(ProvisioningReversed.TYPE, start.opportunity_id, case)


async def _may_credit(steps: Undoing, start: StartDealReversal, billed: list[Money]) -> bool:
    """Crediting what was posted is finance's to decide; silence is not consent."""
    asked = 1
    while (decision := await ask(_request(steps, start, billed))).expired:
        await steps.hold_for_finance(start, asked)
        asked += 1
    return decision.approved


def _request(steps: Undoing, start: StartDealReversal, billed: list[Money]) -> ApprovalRequest:
    invoiced = ", ".join(f"{money.amount} {money.currency}" for money in billed)
    return ApprovalRequest(
        subject="Credit what was invoiced",
        reason=f"{start.reason} ({invoiced} invoiced)",
        role=FINANCE,
        evidence={
            "opportunity_id": start.opportunity_id,
            "case_id": start.case_id,
            "invoiced": invoiced,
            "schedules": ", ".join(part.schedule_id for part in start.parts),
            "reason": start.reason,
        },
        due_in_h=steps.approval_due_h,
        at_stake=billed[0],
    )


def _sums(credited: list[Money]) -> list[Money]:
    return [Money(amount=amount, currency=currency) for currency, amount in total(credited).items() if amount]
