"""What the process does to the world, each act with the one that takes it back; none acts twice under one key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.deal import DeliveryReport, DeliveryState, Opportunity
from contracts.canonical.party import Customer
from contracts.canonical.project import Phase, PhaseIds, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa, PsaPhases, PsaProject, RequestIds, StaffingRequests
from kit.durable import Effect, Held, step
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.decisions import AS_APPROVED, YES, changed, mismatch, undecided
from process_apis.quote_to_project.gathering import gathered, unless_missing
from process_apis.quote_to_project.plan import Part, Plan, plan
from process_apis.quote_to_project.reading import completed, fingerprint
from process_apis.quote_to_project.rules import validate

Change = Literal["none", "dates", "more"]

_NOTE: Final = 255
_AT_ONCE: Final = 100
_TAKEN_BACK: Final = "Delivery was taken back; the case tells why."


class Provisioned(Struct, frozen=True, kw_only=True):
    """What the systems call the things that now stand."""

    customer_erp_id: str
    project_erp_id: str
    project_psa_id: str


class Steps:
    """The steps of quote to project, speaking to one CRM, one ERP and one PSA.

    A customer whom the ERP knew before this case belongs to earlier business: taking the case back leaves them alone.
    A project that stood before this case is added to, and what was added is taken away again.
    """

    def __init__(self, *, crm: Crm, erp: Erp, psa: Psa, config: Config | None = None) -> None:
        self._crm = crm
        self._erp = erp
        self._psa = psa
        self._config = config or Config()
        self.approval_due_h = self._config.approval_due_h

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
        report = await unless_missing(self._crm.delivery(opportunity_id=opportunity_id))
        if report is None or report.state is DeliveryState.CANCELLED:
            return
        cancelled = DeliveryReport(state=DeliveryState.CANCELLED, case_id=effect.case_id, note=_TAKEN_BACK)
        await self._crm.report_delivery(opportunity_id=opportunity_id, body=cancelled)

    @step(system="crm")
    async def plan_deal(self, effect: Effect, opportunity_id: str) -> Plan:
        """Read the deal afresh with everything around it, judge it and plan it.

        Raises:
            Held: with every problem of the deal at once.

        """
        handoff = await gathered(opportunity_id, crm=self._crm, erp=self._erp, config=self._config, fixes=effect.fixes)
        faults = validate(handoff, fixes=effect.fixes)
        if faults:
            raise Held(*faults)
        return _bound(plan(completed(handoff, effect.fixes)), fingerprint(handoff), fingerprint(handoff, dates=False))

    @step(system="crm")
    async def look_again(self, effect: Effect, planned: Plan) -> Change:
        """What the CRM says otherwise by now than when the deal was planned."""
        handoff = await gathered(
            planned.opportunity_id, crm=self._crm, erp=self._erp, config=self._config, fixes=effect.fixes
        )
        if fingerprint(handoff) == planned.read:
            return "none"
        return "dates" if fingerprint(handoff, dates=False) == planned.shape else "more"

    @step()
    async def hold_for_change(self, effect: Effect, planned: Plan, asked: int) -> bool:
        """Let a person say what becomes of a deal that was changed meanwhile; whether it stands as approved.

        Raises:
            Held: until somebody has said so; `asked` counts from 1.

        """
        answer = f"deal_changed_{asked}"
        if answer not in effect.fixes:
            raise Held(changed(planned, answer=answer))
        return effect.fixes[answer] == AS_APPROVED

    @step(system="crm")
    async def tell_sales(self, effect: Effect, opportunity_id: str, state: DeliveryState, note: str) -> DeliveryReport:
        """Tell sales how delivery stands, in one sentence."""
        report = DeliveryReport(state=state, case_id=effect.case_id, note=note[:_NOTE])
        return await self._crm.report_delivery(opportunity_id=opportunity_id, body=report)

    @step()
    async def hold_for_decision(self, effect: Effect, planned: Plan, role: str, asked: int) -> None:
        """Let a person see to it that somebody decides, when nobody did in time; `asked` counts from 1.

        Raises:
            Held: until a person says that it may be asked again.

        """
        answer = f"ask_again_{asked}"
        if effect.fixes.get(answer) != YES:
            raise Held(undecided(planned, role=role, answer=answer))

    @step(system="erp")
    async def find_customers(self, effect: Effect, planned: Plan) -> list[str]:
        """The customers of the deal whom the ERP knows already, by our id."""
        del effect  # a read needs no key
        ids = [customer.customer_id for customer in planned.customers]
        found = await asyncio.gather(*(unless_missing(self._erp.customer(customer_id=each)) for each in ids))
        return [each for each, reference in zip(ids, found, strict=True) if reference is not None]

    @step(undo="retire_customer", system="erp")
    async def put_customer(self, effect: Effect, customer: Customer, sellers: list[str], known: list[str]) -> Reference:
        """Create the customer in the ERP, or bring it up to date, for every company that sells."""
        del effect, known  # the customer's own id is the key; who was known matters to the undo
        first, *others = sellers
        key = customer.customer_id
        reference = await self._erp.put_customer(customer_id=key, legal_entity_id=first, body=customer)
        for seller in others:
            await self._erp.put_customer(customer_id=key, legal_entity_id=seller, body=customer)
        return reference

    async def retire_customer(self, effect: Effect, customer: Customer, sellers: list[str], known: list[str]) -> None:
        """Make a customer of this case inactive, unless other business needs it by now."""
        del effect, sellers
        if customer.customer_id not in known:
            await unless_gone_or_needed(self._erp.retire_customer(customer_id=customer.customer_id))

    @step(undo="close_project", system="erp")
    async def open_project(self, effect: Effect, part: Part) -> Reference:
        """Create the project with its tasks and budget in the ERP, or add to the one that stands."""
        del effect
        project, chunks = part.project, _chunks(part)
        if not part.extends:
            reference = await self._erp.put_project(
                project_id=project.project_id, body=replace(project, phases=next(chunks))
            )
        else:
            reference = await self._erp.project(project_id=project.project_id)
        for phases in chunks:
            await self._erp.put_phases(project_id=project.project_id, body=_phases(part, phases))
        return reference

    async def close_project(self, effect: Effect, part: Part) -> None:
        """Close the ERP's project to postings, or take away what was added."""
        del effect
        project_id = part.project.project_id
        if part.extends:
            await unless_missing(self._erp.remove_phases(project_id=project_id, body=_phase_ids(part)))
        else:
            await unless_missing(self._erp.close_project(project_id=project_id))

    @step(undo="retire_client", system="psa")
    async def open_client(self, effect: Effect, customer: Customer, known: list[str]) -> Reference:
        """Create the client in the PSA, or bring it up to date."""
        del effect, known
        return await self._psa.put_client(customer_id=customer.customer_id, body=customer)

    async def retire_client(self, effect: Effect, customer: Customer, known: list[str]) -> None:
        """Remove a client of this case, unless another project needs it by now."""
        del effect
        if customer.customer_id not in known:
            await unless_gone_or_needed(self._psa.retire_client(customer_id=customer.customer_id))

    @step(undo="withdraw_rates", system="psa")
    async def publish_rates(self, effect: Effect, part: Part) -> Reference | None:
        """Publish the approved rate card in the PSA; None when the deal has none."""
        del effect
        if part.rate_card is None:
            return None
        return await self._psa.publish_rate_card(rate_card_id=part.rate_card_id, body=part.rate_card)

    async def withdraw_rates(self, effect: Effect, part: Part) -> None:
        """Take the rate card out of use."""
        del effect
        if part.rate_card is not None:
            await unless_missing(self._psa.withdraw_rate_card(rate_card_id=part.rate_card_id))

    @step(undo="archive_workspace", system="psa")
    async def open_workspace(
        self, effect: Effect, part: Part, client: Reference, rates: Reference | None
    ) -> References:
        """Open the workspace with phases and milestones in the PSA, or add to the one that stands."""
        del effect
        project, chunks = part.project, _chunks(part)
        card = None if rates is None else rates.external_id
        if part.extends:
            references = await self._psa.project(project_id=project.project_id)
        else:
            body = PsaProject(
                project=replace(project, phases=next(chunks)),
                client_external_id=client.external_id,
                rate_card_external_id=card,
            )
            references = await self._psa.put_project(project_id=project.project_id, body=body)
        for phases in chunks:
            more = PsaPhases(phases=_phases(part, phases), rate_card_external_id=card)
            await self._psa.put_phases(project_id=project.project_id, body=more)
        return References(references=references.references[:1])

    async def archive_workspace(self, effect: Effect, part: Part, client: Reference, rates: Reference | None) -> None:
        """Archive the workspace; one that stood before goes back to its rate card and loses what was added."""
        del effect, client, rates
        project_id = part.project.project_id
        if not part.extends:
            await unless_missing(self._psa.archive_project(project_id=project_id))
            return
        if part.rate_card is not None and part.standing_card is not None:
            card = await self._psa.publish_rate_card(rate_card_id=part.standing_card_id, body=part.standing_card)
            nothing = ProjectPhases(project_id=project_id, currency=part.project.currency, phases=[])
            back = PsaPhases(phases=nothing, rate_card_external_id=card.external_id)
            await unless_missing(self._psa.put_phases(project_id=project_id, body=back))
        await unless_missing(self._psa.remove_phases(project_id=project_id, body=_phase_ids(part)))

    @step(undo="withdraw_staffing", system="psa")
    async def request_staffing(self, effect: Effect, part: Part) -> References:
        """Ask staffing for the people the deal needs."""
        del effect
        asked = References(references=[])
        for start in range(0, len(part.staffing), _AT_ONCE):
            body = StaffingRequests(requests=part.staffing[start : start + _AT_ONCE])
            more = await self._psa.request_staffing(project_id=part.project.project_id, body=body)
            asked = References(references=[*asked.references, *more.references])
        return asked

    async def withdraw_staffing(self, effect: Effect, part: Part) -> None:
        """Withdraw the requests for people."""
        del effect
        if part.staffing:
            body = RequestIds(request_ids=[request.request_id for request in part.staffing])
            await unless_missing(self._psa.withdraw_requests(project_id=part.project.project_id, body=body))

    @step(undo="void_schedule", system="erp")
    async def schedule_billing(self, effect: Effect, part: Part, deal: str) -> ScheduleReceipt:
        """Create the billing schedule in the ERP.

        Raises:
            Held: the ERP's own books do not sum to the contract, to the cent.

        """
        del effect
        schedule = part.schedule
        receipt = await self._erp.put_billing_schedule(schedule_id=schedule.schedule_id, body=schedule)
        problem = mismatch(part, receipt, deal=deal)
        if problem is not None:
            raise Held(problem)
        return receipt

    async def void_schedule(self, effect: Effect, part: Part, deal: str) -> None:
        """Close the schedule; the ERP refuses once something was invoiced."""
        del effect, deal
        await unless_missing(self._erp.void_billing_schedule(schedule_id=part.schedule.schedule_id))

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


async def unless_gone_or_needed(answer: Awaitable[None]) -> None:
    """Take away, unless it is gone already or the system says that other business needs it."""
    try:
        await answer
    except Problem as problem:
        if problem.kind not in {Kind.NOT_FOUND, Kind.CONFLICT}:
            raise


def _bound(planned: Plan, read: str, shape: str) -> Plan:
    """Bound to what the CRM says, whatever people answered: an answer is no change of the deal."""
    return replace(planned, read=read, shape=shape)


def _chunks(part: Part) -> Iterator[list[Phase]]:
    """The phases in calls of a bearable size; a stage is never parted from its payment points."""
    chunk: list[Phase] = []
    for phase in part.project.phases:
        if phase.parent_id is None and len(chunk) >= _AT_ONCE:
            yield chunk
            chunk = []
        chunk.append(phase)
    yield chunk


def _phases(part: Part, phases: list[Phase]) -> ProjectPhases:
    last = phases[-1] is part.project.phases[-1]
    project = part.project
    return ProjectPhases(
        project_id=project.project_id, currency=project.currency, phases=phases, settle=part.extends and last
    )


def _phase_ids(part: Part) -> PhaseIds:
    return PhaseIds(phase_ids=[phase.phase_id for phase in part.project.phases])
