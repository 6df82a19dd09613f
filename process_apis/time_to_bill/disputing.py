"""The roads of what clients do not agree with: a disputed invoice waits for finance, a declined milestone for delivery.

Nothing is changed in the books: what holds of a dispute is credited by a correction, which is decided on its own.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from contracts.canonical.casework import FixField
from contracts.canonical.money import Money
from contracts.process.client_billing import DisputeState
from kit.durable import Effect, Held, Road, record, step
from process_apis.time_to_bill.catalogue import fault

DISPUTE: Final = "invoice_dispute"
DECLINE: Final = "milestone_decline"
OUTCOME: Final = "outcome"
ANSWER: Final = "answer"
OUTCOMES: Final = (DisputeState.UPHELD, DisputeState.PARTLY_UPHELD, DisputeState.REJECTED)
_TEXT: Final = r"[^\x00-\x1f]{3,500}"


class StartDispute(Struct, frozen=True, kw_only=True):
    """A dispute as it was raised; `amount` includes tax."""

    dispute_id: str
    invoice_id: str
    project_id: str
    customer_id: str
    legal_entity_id: str
    line_id: str
    amount: Money
    reason: str
    raised_by: str


class StartDecline(Struct, frozen=True, kw_only=True):
    """A milestone that was declined; `amount` is net."""

    decline_id: str
    milestone_id: str
    name: str
    project_id: str
    customer_id: str
    legal_entity_id: str
    amount: Money
    reason: str
    declined_by: str


class ObjectionSteps:
    """The steps at which a case waits for an answer."""

    @step()
    async def answer_dispute(self, effect: Effect, start: StartDispute) -> dict[str, str]:
        """What finance says.

        Raises:
            Held: until finance has said it.

        """
        if OUTCOME in effect.fixes and ANSWER in effect.fixes:
            return {OUTCOME: effect.fixes[OUTCOME], ANSWER: effect.fixes[ANSWER]}
        asked = f"{start.amount.amount} {start.amount.currency}"
        context = {
            "invoice_id": start.invoice_id,
            "line_id": start.line_id or "all lines",
            "project_id": start.project_id,
            "customer_id": start.customer_id,
            "amount": asked,
            "raised_by": start.raised_by,
        }
        form = (
            FixField(name=OUTCOME, label="Does the dispute hold?", choices=[each.value for each in OUTCOMES]),
            _answer(),
        )
        detail = f"Of {start.invoice_id} {asked} are disputed: {start.reason}"
        raise Held(fault("INVOICE_DISPUTED", detail, context=context, form=form))

    @step()
    async def answer_decline(self, effect: Effect, start: StartDecline) -> str:
        """What delivery says.

        Raises:
            Held: until delivery has said it.

        """
        if ANSWER in effect.fixes:
            return effect.fixes[ANSWER]
        context = {
            "milestone_id": start.milestone_id,
            "project_id": start.project_id,
            "customer_id": start.customer_id,
            "declined_by": start.declined_by,
        }
        detail = f"{start.name} was declined by {start.declined_by}: {start.reason}"
        raise Held(fault("MILESTONE_DECLINED", detail, context=context, form=(_answer(),)))


async def work_dispute(steps: ObjectionSteps, start: StartDispute) -> None:
    """Shown, then answered."""
    await record(
        title=f"Dispute of {start.invoice_id}: {start.amount.amount} {start.amount.currency}",
        at_stake=start.amount,
        legal_entity_id=start.legal_entity_id,
    )
    await record(facts=await steps.answer_dispute(start))


async def work_decline(steps: ObjectionSteps, start: StartDecline) -> None:
    """Shown, then answered."""
    await record(
        title=f"{start.name} of {start.project_id} was declined",
        at_stake=start.amount,
        legal_entity_id=start.legal_entity_id,
    )
    await record(facts={ANSWER: await steps.answer_decline(start)})


def dispute_road(steps: ObjectionSteps, *, version: int) -> Road:
    """The road of a dispute."""
    return Road(process=DISPUTE, version=version, run=work_dispute, steps=steps, starts=StartDispute)


def decline_road(steps: ObjectionSteps, *, version: int) -> Road:
    """The road of a declined milestone."""
    return Road(process=DECLINE, version=version, run=work_decline, steps=steps, starts=StartDecline)


def _answer() -> FixField:
    return FixField(name=ANSWER, label="Answer that the customer reads", pattern=_TEXT)
