"""Plays the story: sales closes the deal at the vendor's own screen, people answer through the gateway."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.canonical.casework import CaseFile, CaseState, CaseSummary, Cause, ExceptionItem
from contracts.canonical.deal import DeliveryReport, Opportunity
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.process.casework import Decide, Fix
from contracts.process.quote_to_project import QuoteToProject, QuoteToProjectStanding
from kit.cli.demo.journey import ErpIds, Journey, ProjectIds, Told, Totals
from kit.cli.landscape import Landscape, Visitor
from kit.cli.story import play, script
from kit.clock import SystemClock
from kit.tier.documents import contract_of

DEADLINE_S: Final = 120.0
_SOONEST_S, _LATEST_S = 0.05, 0.5
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})
Watch = Callable[[CaseFile, list[str]], None]


class StoryError(Exception):
    """The story did not reach its end; the message says where it stood."""


@dataclass
class Cast:
    """The people of the story, each in front of the gateway with a token of their own."""

    landscape: Landscape
    visitors: dict[str, Visitor] = field(default_factory=dict)

    def of(self, person: str) -> Visitor:
        """One of them."""
        if person not in self.visitors:
            gateway = self.landscape.addresses["gateway"]
            self.visitors[person] = Visitor(gateway, self.landscape.people[person])
        return self.visitors[person]

    @property
    def tower(self) -> ControlTower:
        """Operations at the control tower."""
        return self.of("olivia.ops").at(ControlTower, "/experience/control_tower")

    async def close(self) -> None:
        """Everybody leaves."""
        for visitor in self.visitors.values():
            await visitor.close()


async def tell(landscape: Landscape, *, watch: Watch) -> Told:
    """Play the story of the estate to its end.

    Raises:
        StoryError: the case failed, or did not close in two minutes.

    """
    cast, clock = Cast(landscape), SystemClock()
    try:
        began = time.monotonic()
        opportunity_id = await close_the_deal(landscape)
        acts = ["sam.sales closed the deal as won in the CRM"]
        while True:
            summary = await _case_of(cast, opportunity_id)
            if summary is not None:
                case = await cast.tower.case(case_id=summary.case_id)
                watch(case, acts)
                if case.summary.state in _CLOSED:
                    return await _told(cast, case, acts, elapsed_s=time.monotonic() - began)
                await _act(cast, case, acts)
            if time.monotonic() - began > DEADLINE_S:
                raise StoryError(f"two minutes passed; the case stood at {summary.step if summary else 'no step yet'}")
            await clock.sleep(pause_s(time.monotonic() - began))
    finally:
        await cast.close()


def pause_s(waited_s: float) -> float:
    """How long to wait before looking again: longer the longer it takes, so that the door's limits are never met."""
    return min(max(waited_s / 10, _SOONEST_S), _LATEST_S)


async def close_the_deal(landscape: Landscape) -> str:
    """Enter and win the deal of the estate's story at the CRM's own screen; the id of the opportunity."""
    story = landscape.estate.story
    connection = story["connection"]
    steps = script(landscape.estate.vendors[connection].path / "fixtures" / story["script"])
    headers = landscape.persons[connection]
    saved = await play(steps, base_url=landscape.vendors[connection], headers=headers)
    return str(saved[story["deal"]]["id"])


async def _case_of(cast: Cast, opportunity_id: str) -> CaseSummary | None:
    page = await cast.tower.cases(process="quote_to_project")
    return next((case for case in page.items if case.business_key == opportunity_id), None)


async def _act(cast: Cast, case: CaseFile, acts: list[str]) -> None:
    if case.summary.state is CaseState.EXCEPTION:
        tower = cast.of("tara.tax").at(ControlTower, "/experience/control_tower")
        for item in (await tower.exceptions(case_id=case.summary.case_id)).items:
            fix = Fix(values=_answers(cast, item), note="answered from the customer's VAT registration")
            await tower.fix(exception_id=item.exception_id, body=fix, idempotency_key=f"demo-{item.exception_id}")
            acts.append(f"tara.tax answered {item.code}: {', '.join(f'{k} = {v}' for k, v in fix.values.items())}")
    elif case.summary.state is CaseState.WAITING_APPROVAL:
        desk = cast.of("tara.tax").at(Approvals, "/experience/approvals")
        for waiting in (await desk.queue()).items:
            if waiting.case_id != case.summary.case_id:
                continue
            card = await desk.card(approval_id=waiting.approval_id)
            await desk.decide(
                approval_id=card.approval_id,
                body=Decide(approve=True, comment="reverse charge, VAT id checked"),
                if_match=f'"{card.etag}"',
                idempotency_key=f"demo-{card.approval_id}",
            )
            acts.append(f"tara.tax approved: {card.subject}")


def _answers(cast: Cast, item: ExceptionItem) -> dict[str, str]:
    known = cast.landscape.estate.story["answers"]
    missing = [asked.name for asked in item.form if asked.name not in known]
    if missing:
        raise StoryError(f"{item.code} ({item.detail}) asks for {missing}, to which the story has no answer")
    return {asked.name: str(known[asked.name]) for asked in item.form}


async def _told(cast: Cast, case: CaseFile, acts: list[str], *, elapsed_s: float) -> Told:
    if case.summary.state is not CaseState.COMPLETED:
        raise StoryError(f"the case ended {case.summary.state} at {case.summary.step}")
    admin = cast.of("platform-admin")
    standing = await admin.at(QuoteToProject, "/process/quote_to_project").standing(case_id=case.summary.case_id)
    deal, delivery = await _at_the_crm(cast, standing.opportunity_id)
    receipt = standing.billing_schedule
    if receipt is None:
        raise StoryError("the case completed without a billing schedule")
    erp = cast.landscape.estate.facts["process_apis"]["quote_to_project"]["connections"]["erp"]
    books: Any = admin.at(contract_of("system", "erp"), f"/system/{erp}/erp")
    booked = await books.billing_schedule(schedule_id=receipt.schedule_id)
    return Told(
        case=case,
        acts=acts,
        journey=_journey(cast, standing, case=case, deal=deal, delivery=delivery, booked=booked, elapsed_s=elapsed_s),
    )


async def _at_the_crm(cast: Cast, opportunity_id: str) -> tuple[Opportunity, DeliveryReport]:
    connection = cast.landscape.estate.story["connection"]
    crm: Any = cast.of("platform-admin").at(contract_of("system", "crm"), f"/system/{connection}/crm")
    return await crm.opportunity(opportunity_id=opportunity_id), await crm.delivery(opportunity_id=opportunity_id)


def _journey(
    cast: Cast,
    standing: QuoteToProjectStanding,
    *,
    case: CaseFile,
    deal: Opportunity,
    delivery: DeliveryReport,
    booked: Any,
    elapsed_s: float,
) -> Journey:
    return Journey(
        estate=cast.landscape.estate.name,
        opportunity_id=standing.opportunity_id,
        case_id=standing.case_id,
        customer=ErpIds(erp_id=standing.customer_erp_id or ""),
        project=ProjectIds(erp_id=standing.project_erp_id or "", psa_id=standing.project_psa_id or ""),
        billing_schedule=Totals(lines=booked.lines, total=booked.total.amount, currency=booked.total.currency),
        contract_value=Totals(lines=len(deal.lines), total=deal.amount.amount, currency=deal.amount.currency),
        approvals=sum(wait.cause is Cause.WAITING_APPROVAL for wait in case.waits),
        exceptions=sum(wait.cause is Cause.DATA_QUALITY for wait in case.waits),
        crm_status=str(delivery.state),
        trace_id=standing.trace_id,
        elapsed_s=round(elapsed_s, 3),
        engine_s=round(standing.engine_s, 3),
    )
