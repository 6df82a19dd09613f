"""What taking a provisioned deal back does to the world; nothing of it is taken back in its turn."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, TypeVar

from contracts.canonical.casework import FixField
from contracts.canonical.deal import DeliveryReport, DeliveryState
from contracts.canonical.money import Money
from contracts.canonical.project import PhaseIds
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import ProvisionedPart, StartDealReversal
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa, RequestIds
from kit.durable import Effect, Held, step
from process_apis.quote_to_project.catalogue import fault
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.decisions import YES
from process_apis.quote_to_project.gathering import unless_missing
from process_apis.quote_to_project.steps import unless_gone_or_needed

R = TypeVar("R")

LEAVE: Final = "leave it"
TRY: Final = "try again"
_NOTE: Final = 255


class Undoing:
    """The steps of the road back. What a system will not let go of becomes an exception that names it."""

    def __init__(self, *, crm: Crm, erp: Erp, psa: Psa, config: Config) -> None:
        self._crm = crm
        self._erp = erp
        self._psa = psa
        self.approval_due_h = config.approval_due_h

    @step(system="erp")
    async def find_billed(self, effect: Effect, start: StartDealReversal) -> list[Money]:
        """What of the deal was invoiced, a sum for each schedule that has any."""
        del effect  # a read needs no key
        receipts = [
            await unless_missing(self._erp.billing_schedule(schedule_id=part.schedule_id)) for part in start.parts
        ]
        return [each.billed for each in receipts if each is not None and each.billed is not None and each.billed.amount]

    @step()
    async def hold_for_finance(self, effect: Effect, start: StartDealReversal, asked: int) -> None:
        """Let a person see to it that finance decides, when it did not in time; `asked` counts from 1.

        Raises:
            Held: until a person says that it may be asked again.

        """
        answer = f"ask_again_{asked}"
        if effect.fixes.get(answer) != YES:
            form = (FixField(name=answer, label="Ask the finance role again?", choices=[YES]),)
            detail = f"Whether to credit what was invoiced for {start.opportunity_id} was not decided in time."
            raise Held(fault("APPROVAL_EXPIRED", detail, context=_about(start.opportunity_id), form=form))

    @step(system="psa", pivot=True)
    async def withdraw_staffing(self, effect: Effect, part: ProvisionedPart) -> None:
        """Withdraw the requests for people that nobody has filled yet."""
        if part.request_ids:
            body = RequestIds(request_ids=part.request_ids)
            await _or_left(effect, self._psa.withdraw_requests(project_id=part.project_id, body=body), part, "staffing")

    @step(system="erp", pivot=True)
    async def reverse_billing(self, effect: Effect, part: ProvisionedPart, credit: bool) -> list[Money]:  # noqa: FBT001 - a step's arguments are journalled by name
        """Close what is planned; credit what was invoiced, if finance allowed it. What was credited."""
        if not credit:
            call = self._erp.void_billing_schedule(schedule_id=part.schedule_id)
            await _or_left(effect, call, part, "billing")
            return []
        reversed_ = await _or_left(
            effect, self._erp.reverse_billing_schedule(schedule_id=part.schedule_id), part, "billing"
        )
        return [reversed_.credited] if reversed_ is not None and reversed_.credited.amount else []

    @step(system="psa", pivot=True)
    async def close_workspace(self, effect: Effect, part: ProvisionedPart) -> None:
        """Archive the workspace, or take away what the deal had added to one that stood."""
        call = (
            self._psa.remove_phases(project_id=part.project_id, body=PhaseIds(phase_ids=part.phase_ids))
            if part.extends
            else self._psa.archive_project(project_id=part.project_id)
        )
        await _or_left(effect, call, part, "workspace")

    @step(system="psa", pivot=True)
    async def withdraw_rates(self, effect: Effect, part: ProvisionedPart) -> None:
        """Take the rate card out of use, unless a workspace that stays works by it."""
        del effect
        if part.rate_card_id is not None:
            await unless_gone_or_needed(self._psa.withdraw_rate_card(rate_card_id=part.rate_card_id))

    @step(system="erp", pivot=True)
    async def close_project(self, effect: Effect, part: ProvisionedPart) -> None:
        """Close the project to postings, or take away what the deal had added to one that stood."""
        call = (
            self._erp.remove_phases(project_id=part.project_id, body=PhaseIds(phase_ids=part.phase_ids))
            if part.extends
            else self._erp.close_project(project_id=part.project_id)
        )
        await _or_left(effect, call, part, "project")

    @step(system="erp", pivot=True)
    async def retire_customers(self, effect: Effect, start: StartDealReversal) -> None:
        """Retire whom the deal had brought, children first, unless other business needs them by now."""
        del effect
        if start.client_id:
            await unless_gone_or_needed(self._psa.retire_client(customer_id=start.client_id))
        for customer_id in reversed(start.customer_ids):
            await unless_gone_or_needed(self._erp.retire_customer(customer_id=customer_id))

    @step(system="crm", pivot=True)
    async def tell_withdrawn(self, effect: Effect, start: StartDealReversal) -> None:
        """Tell sales that delivery was taken back, and why."""
        note = f"Delivery was taken back: {start.reason}"[:_NOTE]
        report = DeliveryReport(state=DeliveryState.CANCELLED, case_id=effect.case_id, note=note)
        await unless_missing(self._crm.report_delivery(opportunity_id=start.opportunity_id, body=report))


async def _or_left(effect: Effect, call: Awaitable[R], part: ProvisionedPart, what: str) -> R | None:
    """The answer; None when there was nothing to take back, or a person accepted that it stays.

    Raises:
        Held: the system refuses, and nobody has said yet what becomes of it.

    """
    try:
        return await unless_missing(call)
    except Problem as problem:
        if problem.kind is not Kind.CONFLICT:
            raise
        answer = f"{what}_{part.schedule_id}"
        if effect.fixes.get(answer) == LEAVE:
            return None
        form = (FixField(name=answer, label="What becomes of it?", choices=[LEAVE, TRY]),)
        context = {"project_id": part.project_id, "schedule_id": part.schedule_id, "refusal": problem.code}
        detail = f"The {what} of {part.project_id} cannot be taken back: {problem.detail or problem.code}"
        raise Held(fault("REVERSAL_BLOCKED", detail, context=context, form=form)) from problem


def _about(opportunity_id: str) -> dict[str, str]:
    return {"opportunity_id": opportunity_id}
