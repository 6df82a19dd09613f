"""Answers the contract: starts a case once for a deal, tells what the deal has become, takes it back."""

from __future__ import annotations

from contracts.canonical.casework import CaseFile, CaseState
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
from process_apis.quote_to_project.standing import reversal_of, standing_of


class QuoteToProjectService:
    """Speaks to the durable engine; a case of another process does not exist here."""

    def __init__(self, *, durable: DurableSource, road: Road, back: Road) -> None:
        self._durable = durable
        self._road = road
        self._back = back

    async def start(self, *, body: StartQuoteToProject, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Begin, or attach to the case of the same deal."""
        del idempotency_key  # the deal itself is the key: whatever the header says, one deal has one case
        by = current_caller().subject  # who opens a case does not decide on it
        started = await self._durable().start(self._road, business_key=body.opportunity_id, start=body, by=by)
        return CaseStarted(case_id=started.case_id, attached=started.attached)

    async def standing(self, *, case_id: str) -> QuoteToProjectStanding:
        """What the deal has become so far."""
        return standing_of(await self._mine(case_id))

    async def cancel(self, *, case_id: str, body: Cancellation) -> QuoteToProjectStanding:
        """Take back what can be taken back."""
        await self._mine(case_id)
        file = await self._durable().cancel(case_id, reason=body.reason, by=current_caller().subject)
        return standing_of(file)

    async def reverse(self, *, case_id: str, body: Cancellation, idempotency_key: IdempotencyKey) -> CaseStarted:
        """Take back a deal whose case completed; asked again, it attaches to the case that does."""
        del idempotency_key  # the case that is taken back is the key
        file = await self._mine(case_id)
        if file.summary.state is not CaseState.COMPLETED:
            detail = f"case {case_id} is {file.summary.state}: only what completed is reversed, the rest is cancelled"
            raise Problem(Kind.CONFLICT, "case_not_completed", detail)
        start = reversal_of(file, reason=body.reason)
        by = current_caller().subject
        started = await self._durable().start(self._back, business_key=file.summary.business_key, start=start, by=by)
        return CaseStarted(case_id=started.case_id, attached=started.attached)

    async def _mine(self, case_id: str) -> CaseFile:
        file = await self._durable().standing(case_id)
        if file.summary.process != self._road.process:
            raise Problem(Kind.NOT_FOUND, "case_not_found", f"there is no case {case_id} of {self._road.process}")
        return file
