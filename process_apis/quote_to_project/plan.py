"""What a won deal becomes in every system, exact to the cent: customers, project, billing schedule, rates, people.

Pure. One reading of the contract for every region: a deal always gives the same plan (rules BIL-1 to BIL-7, MON-5).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine
from contracts.canonical.deal import BillingMethod, DealLine, DealMilestone, Opportunity
from contracts.canonical.money import Money, rounded, split
from contracts.canonical.party import Customer, LegalEntity
from contracts.canonical.project import Phase, Project, StaffingRequest
from contracts.canonical.rates import RateCard
from process_apis.quote_to_project.rules import Handoff

_NAME: Final = 255


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that will be put into other systems. `customers` has the root first and the one billed last."""

    opportunity_id: str
    name: str
    seller: LegalEntity
    customers: list[Customer]
    project: Project
    schedule: BillingSchedule
    contract_value: Money
    statement_of_work: str
    rate_card_id: str
    rate_card: RateCard | None
    staffing: list[StaffingRequest]

    @property
    def customer(self) -> Customer:
        """The customer who is billed."""
        return self.customers[-1]


class _Slice(Struct, frozen=True, kw_only=True):
    """One planned amount of a line, before it is numbered."""

    name: str
    trigger: BillingTrigger
    due_on: dt.date
    amount: Money
    phase_id: str


def plan(handoff: Handoff) -> Plan:
    """The plan of a deal that `validate` found nothing wrong with.

    Raises:
        ValueError: the deal was not validated.

    """
    deal = handoff.opportunity
    seller = next((one for one in handoff.legal_entities if one.legal_entity_id == deal.legal_entity_id), None)
    if seller is None or not deal.customer.tax.tax_code or not deal.lines:
        message = f"opportunity {deal.opportunity_id} is planned before it was validated"
        raise ValueError(message)
    phases = [_phases(deal, line, first=first) for line, first in zip(deal.lines, _first_numbers(deal), strict=True)]
    return Plan(
        opportunity_id=deal.opportunity_id,
        name=deal.name,
        seller=seller,
        customers=[*handoff.hierarchy.customers[:-1], deal.customer],
        project=_project(deal, seller=seller, phases=[phase for some in phases for phase in some]),
        schedule=_schedule(deal, seller=seller, phases=phases),
        contract_value=_stated(deal.amount),
        statement_of_work=deal.statement_of_work or "",
        rate_card_id=f"rc-{deal.opportunity_id}",
        rate_card=deal.rate_card,
        staffing=_staffing(deal),
    )


def _project(deal: Opportunity, *, seller: LegalEntity, phases: list[Phase]) -> Project:
    return Project(
        project_id=_project_id(deal),
        name=deal.name[:_NAME],
        customer_id=deal.customer.customer_id,
        legal_entity_id=seller.legal_entity_id,
        service_line=deal.service_line or "",
        delivery_owner=deal.delivery_owner or "",
        starts_on=min(phase.starts_on for phase in phases),
        ends_on=max(phase.ends_on for phase in phases),
        currency=deal.amount.currency,
        budget=_stated(deal.amount),
        phases=phases,
    )


def _first_numbers(deal: Opportunity) -> Iterator[int]:
    """Phases are numbered through: each line's stage, then its milestones."""
    number = 1
    for line in deal.lines:
        yield number
        number += 1 + len(_points(line))


def _phases(deal: Opportunity, line: DealLine, *, first: int) -> list[Phase]:
    stage = Phase(
        phase_id=_phase_id(deal, first),
        name=line.name,
        starts_on=line.starts_on,
        ends_on=line.ends_on,
        country=line.country,
        method=line.method,
        budget=_stated(line.amount),
    )
    points = [
        replace(
            stage,
            phase_id=_phase_id(deal, number),
            name=f"{line.name}: {milestone.name}",
            starts_on=milestone.due_on,
            ends_on=milestone.due_on,
            budget=share,
            milestone=True,
            parent_id=stage.phase_id,
        )
        for number, (milestone, share) in enumerate(_points(line), start=first + 1)
    ]
    return [stage, *points]


def _points(line: DealLine) -> list[tuple[DealMilestone, Money]]:
    """The payment points of a milestone line with their shares, which sum to the line."""
    if line.method is not BillingMethod.MILESTONE:
        return []
    shares = split(line.amount, [milestone.percent for milestone in line.milestones])
    return list(zip(line.milestones, map(_stated, shares), strict=True))


def _schedule(deal: Opportunity, *, seller: LegalEntity, phases: list[list[Phase]]) -> BillingSchedule:
    slices = [(line, part) for line, own in zip(deal.lines, phases, strict=True) for part in _slices(line, phases=own)]
    return BillingSchedule(
        schedule_id=f"bsc-{deal.opportunity_id}",
        project_id=_project_id(deal),
        customer_id=deal.customer.customer_id,
        legal_entity_id=seller.legal_entity_id,
        tax_code=deal.customer.tax.tax_code or "",
        currency=deal.amount.currency,
        lines=[
            ScheduleLine(
                line_id=f"bsl-{deal.opportunity_id}-{number}",
                name=part.name[:_NAME],
                method=line.method,
                trigger=part.trigger,
                due_on=part.due_on,
                amount=part.amount,
                phase_id=part.phase_id,
            )
            for number, (line, part) in enumerate(slices, start=1)
        ],
    )


def _slices(line: DealLine, *, phases: list[Phase]) -> list[_Slice]:
    stage, points = phases[0], phases[1:]
    match line.method:
        case BillingMethod.MILESTONE:
            return [
                _Slice(
                    name=point.name,
                    trigger=BillingTrigger.MILESTONE,
                    due_on=point.ends_on,
                    amount=point.budget,
                    phase_id=point.phase_id,
                )
                for point in points
            ]
        case BillingMethod.SUBSCRIPTION:
            return _months_in_advance(line, phase_id=stage.phase_id)
        case BillingMethod.FIXED_FEE:
            return [_once(line, trigger=BillingTrigger.DATE, phase_id=stage.phase_id)]
        case BillingMethod.TIME_AND_MATERIALS | BillingMethod.RETAINER:
            return [_once(line, trigger=BillingTrigger.ACTUALS, phase_id=stage.phase_id)]


def _once(line: DealLine, *, trigger: BillingTrigger, phase_id: str) -> _Slice:
    """The whole line when its service is done: a fixed fee on that day, actuals at the latest then."""
    return _Slice(name=line.name, trigger=trigger, due_on=line.ends_on, amount=_stated(line.amount), phase_id=phase_id)


def _months_in_advance(line: DealLine, *, phase_id: str) -> list[_Slice]:
    """A month at a time from the first day; a last month that is cut short weighs its days (rule BIL-7)."""
    starts = _month_starts(line.starts_on, line.ends_on)
    ends = [start - dt.timedelta(days=1) for start in starts[1:]] + [line.ends_on]
    full = (_months_later(line.starts_on, len(starts)) - starts[-1]).days
    last = (line.ends_on - starts[-1]).days + 1
    shares = split(line.amount, [Decimal(full)] * (len(starts) - 1) + [Decimal(last)])
    return [
        _Slice(
            name=f"{line.name}, {start} to {end}",
            trigger=BillingTrigger.DATE,
            due_on=start,
            amount=_stated(share),
            phase_id=phase_id,
        )
        for start, end, share in zip(starts, ends, shares, strict=True)
    ]


def _month_starts(first: dt.date, last: dt.date) -> list[dt.date]:
    starts = [first]
    while (following := _months_later(first, len(starts))) <= last:
        starts.append(following)
    return starts


def _months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the month's last when it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _staffing(deal: Opportunity) -> list[StaffingRequest]:
    return [
        StaffingRequest(
            request_id=f"stf-{deal.opportunity_id}-{number}",
            project_id=_project_id(deal),
            role=need.role,
            country=need.country,
            hours=need.hours,
            starts_on=need.starts_on,
            ends_on=need.ends_on,
        )
        for number, need in enumerate(deal.staffing, start=1)
    ]


def _stated(money: Money) -> Money:
    """With exactly the digits its currency has."""
    return Money(amount=rounded(money.amount, money.currency), currency=money.currency)


def _project_id(deal: Opportunity) -> str:
    return f"prj-{deal.opportunity_id}"


def _phase_id(deal: Opportunity, number: int) -> str:
    return f"phs-{deal.opportunity_id}-{number}"
