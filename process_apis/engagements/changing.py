"""The road of a change request: delivery decides, and whoever asked reads what was said. Nothing is changed by it yet.

Silence is no answer: when nobody decided in time a person sees to it that somebody does.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from contracts.canonical.casework import Cause, FixField
from contracts.canonical.money import Money
from contracts.process.change_requests import ChangeState
from kit.durable import ApprovalRequest, Effect, Fault, Held, Road, ask, record, step

PROCESS: Final = "change_request"
OUTCOME: Final = "outcome"
ANSWER: Final = "answer"
_YES: Final = "yes"


class StartChange(Struct, frozen=True, kw_only=True):
    """A change request as it was made; `budget` is net, and the most that whoever asks would spend."""

    request_id: str
    project_id: str
    customer_id: str
    title: str
    text: str
    asked_by: str
    due_in_h: float
    budget: Money | None = None


class ChangeSteps:
    """The step at which a request waits after nobody decided."""

    @step()
    async def hold_for_decision(self, effect: Effect, about: str, asked: int) -> None:
        """Let a person see to it that somebody decides; `asked` counts from 1.

        Raises:
            Held: until a person says that it may be asked again.

        """
        answer = f"ask_again_{asked}"
        if effect.fixes.get(answer) != _YES:
            fault = Fault(
                code="APPROVAL_EXPIRED",
                title="Nobody decided in time",
                detail=f"What has to be decided about {about} was not decided in time.",
                owner_role="operations",
                cause=Cause.WAITING_APPROVAL,
                context={"about": about},
                form=[FixField(name=answer, label="Ask again?", choices=[_YES])],
                due_in_h=8,
            )
            raise Held(fault)


async def work_change(steps: ChangeSteps, start: StartChange) -> None:
    """Shown, then decided."""
    await record(title=f"{start.title} ({start.project_id})", at_stake=start.budget)
    asked = 1
    while (decision := await ask(_request(start))).expired:
        await steps.hold_for_decision(start.title, asked)
        asked += 1
    outcome = ChangeState.APPROVED if decision.approved else ChangeState.REJECTED
    await record(facts={OUTCOME: outcome.value, ANSWER: decision.comment, "decided_by": decision.decided_by})


def change_road(steps: ChangeSteps, *, version: int) -> Road:
    """The road of a change request."""
    return Road(process=PROCESS, version=version, run=work_change, steps=steps, starts=StartChange)


def _request(start: StartChange) -> ApprovalRequest:
    budget = "not said" if start.budget is None else f"{start.budget.amount} {start.budget.currency}"
    return ApprovalRequest(
        subject=f"Change request: {start.title}",
        reason=f"{start.text}\nThe customer reads your comment.",
        role="delivery",
        object="change_request",
        attribute="scope",
        evidence={
            "project_id": start.project_id,
            "customer": start.customer_id,
            "title": start.title,
            "text": start.text,
            "budget": budget,
            "asked_by": start.asked_by,
        },
        due_in_h=start.due_in_h,
        at_stake=start.budget,
        submitted_by=start.asked_by,
    )
