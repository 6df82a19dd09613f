"""Answers the contract: starts a case once for a deal, tells what the deal has become, takes it back."""

from __future__ import annotations

from decimal import Decimal

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import CaseFile
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import (
    Cancellation,
    CaseStarted,
    IdempotencyKey,
    QuoteToProjectStanding,
    StartQuoteToProject,
)
from kit.caller import current_caller
from kit.durable import Road
from kit.room import DurableSource


class QuoteToProjectService:
    """Speaks to the durable engine; a case of another process does not exist here."""

    def __init__(self, *, durable: DurableSource, road: Road) -> None:
        self._durable = durable
        self._road = road

    async def start(self, *, body: StartQuoteToProject, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Begin, or attach to the case of the same deal."""
        del idempotency_key  # the deal itself is the key: whatever the header says, one deal has one case
        started = await self._durable().start(self._road, business_key=body.opportunity_id, start=body)
        return CaseStarted(case_id=started.case_id, attached=started.attached)

    async def standing(self, *, case_id: str) -> QuoteToProjectStanding:
        """What the deal has become so far."""
        return standing_of(await self._mine(case_id))

    async def cancel(self, *, case_id: str, body: Cancellation) -> QuoteToProjectStanding:
        """Take back what can be taken back."""
        await self._mine(case_id)
        file = await self._durable().cancel(case_id, reason=body.reason, by=current_caller().subject)
        return standing_of(file)

    async def _mine(self, case_id: str) -> CaseFile:
        file = await self._durable().standing(case_id)
        if file.summary.process != self._road.process:
            raise Problem(Kind.NOT_FOUND, "case_not_found", f"there is no case {case_id} of {self._road.process}")
        return file


def standing_of(file: CaseFile) -> QuoteToProjectStanding:
    """A case file in the words of this process."""
    facts, summary = file.facts, file.summary
    return QuoteToProjectStanding(
        case_id=summary.case_id,
        opportunity_id=facts.get("opportunity_id", summary.business_key),
        state=summary.state,
        step=summary.step,
        trace_id=file.trace_id,
        customer_erp_id=facts.get("customer_erp_id"),
        project_erp_id=facts.get("project_erp_id"),
        project_psa_id=facts.get("project_psa_id"),
        billing_schedule=_receipt(facts),
        contract_total=facts.get("contract_total"),
        currency=facts.get("currency"),
        engine_s=float(facts.get("engine_s", "0")),
    )


def _receipt(facts: dict[str, str]) -> ScheduleReceipt | None:
    if "billing_schedule_id" not in facts:
        return None
    return ScheduleReceipt(
        schedule_id=facts["billing_schedule_id"],
        external_id=facts["billing_schedule_external_id"],
        lines=int(facts["billing_schedule_lines"]),
        total=Money(amount=Decimal(facts["billing_schedule_total"]), currency=facts["currency"]),
    )
