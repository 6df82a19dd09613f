"""Where an engagement stands, what was agreed in it, and who may see it; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import CaseState
from contracts.canonical.deal import DealLine, Opportunity
from contracts.canonical.money import Money, rounded, split, total
from contracts.process.engagements import (
    Acknowledged,
    BillingPoint,
    BillingStanding,
    EngagementState,
    StaffingDemand,
)
from kit.caller import Caller
from process_apis.engagements.config import Config

ACKNOWLEDGED: Final = "acknowledged:"
"""What begins the name of the fact that somebody took note of a request for people; the request's id follows."""
STATES: Final[Mapping[CaseState, EngagementState]] = {
    CaseState.RUNNING: EngagementState.PREPARING,
    CaseState.WAITING_APPROVAL: EngagementState.WAITING,
    CaseState.EXCEPTION: EngagementState.WAITING,
    CaseState.FAILED: EngagementState.WAITING,
    CaseState.COMPLETED: EngagementState.ACTIVE,
    CaseState.UNWINDING: EngagementState.CANCELLED,
    CaseState.UNWOUND: EngagementState.CANCELLED,
}


def customers_of(caller: Caller, config: Config) -> frozenset[str] | None:
    """Whose engagements a caller may see; None means everybody's. Default: nobody's."""
    if not caller.roles.isdisjoint(config.staff_roles):
        return None
    return caller.organisations.union(config.customers.get(caller.client_id, ()))


def behind(state: EngagementState) -> list[CaseState]:
    """The states of a case that make this state of an engagement."""
    return [case for case, engagement in STATES.items() if engagement is state]


def period(deal: Opportunity) -> tuple[dt.date, dt.date]:
    """First and last day of everything sold; the close date where no line says."""
    days = [day for line in deal.lines for day in (line.starts_on, line.ends_on) if day is not None]
    return min(days, default=deal.closed_on), max(days, default=deal.closed_on)


def demands(deal: Opportunity, facts: Mapping[str, str]) -> list[StaffingDemand]:
    """The people a deal asks for, under the ids by which staffing was asked."""
    return [
        StaffingDemand(
            request_id=(request_id := f"stf-{deal.opportunity_id}-{number}"),
            role=need.role,
            country=need.country,
            hours=need.hours,
            starts_on=need.starts_on,
            ends_on=need.ends_on,
            acknowledged=acknowledged(facts.get(f"{ACKNOWLEDGED}{request_id}")),
        )
        for number, need in enumerate(deal.staffing, start=1)
    ]


def acknowledged(fact: str | None) -> Acknowledged | None:
    """Who took note, as the case holds it."""
    return None if fact is None else msgspec.json.decode(fact, type=Acknowledged)


def billing(deal: Opportunity, *, project_id: str, receipt: ScheduleReceipt | None) -> BillingStanding:
    """What will be billed as agreed; the total is the ERP's once it is booked."""
    points = [
        msgspec.structs.replace(point, point_id=f"bpt-{deal.opportunity_id}-{number}")
        for number, point in enumerate((point for line in deal.lines for point in _points(line, deal)), start=1)
    ]
    agreed = total(point.amount for point in points).get(deal.amount.currency, deal.amount.amount)
    return BillingStanding(
        project_id=project_id,
        booked=receipt is not None,
        booked_lines=0 if receipt is None else receipt.lines,
        total=receipt.total if receipt is not None else Money(amount=agreed, currency=deal.amount.currency),
        points=points,
    )


def _points(line: DealLine, deal: Opportunity) -> Iterator[BillingPoint]:
    """The payment points of a milestone line, whose shares sum to the line; any other line as a whole."""
    whole = Money(amount=rounded(line.amount.amount, line.amount.currency), currency=line.amount.currency)
    method = line.method
    if method is None:
        return  # sales has not said yet how it is billed, and the case waits for that
    agreed = [each for each in line.milestones if each.percent is not None]
    if not agreed or len(agreed) != len(line.milestones):
        yield BillingPoint(
            point_id="", name=line.name, method=method, due_on=line.starts_on or deal.closed_on, amount=whole
        )
        return
    shares = split(whole, [each.percent for each in agreed if each.percent is not None])
    for milestone, share in zip(agreed, shares, strict=True):
        yield BillingPoint(
            point_id="",
            name=f"{line.name}: {milestone.name}",
            method=method,
            due_on=milestone.due_on or line.ends_on or deal.closed_on,
            amount=share,
        )
