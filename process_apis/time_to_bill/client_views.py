"""What clients read of the ledger: billing rates and what was charged at them, never cost, margin or waived work. Pure.

Only lines that the customer pays count here: hours above a cap, written off or not charged are the firm's own matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from contracts.canonical.actuals import Actual, ActualKind, CapLevel, CapStanding, CapUnit, Chargeability, Side
from contracts.canonical.agreements import AgreedMilestone, BillingAgreement
from contracts.canonical.money import Money, rounded
from contracts.canonical.trade.ledger.lines import live
from contracts.process.client_billing import (
    AcceptanceState,
    CapAccount,
    Decline,
    LineAccount,
    MilestoneStanding,
    PersonOnProject,
    ProjectAccount,
    WorkDone,
)

_ZERO = Decimal(0)


def charged_lines(lines: Iterable[Actual]) -> list[Actual]:
    """The lines that the customer pays for, or has paid."""
    return [
        line for line in live(lines) if line.side is not Side.COST and line.chargeability is Chargeability.CHARGEABLE
    ]


def account_of(
    agreement: BillingAgreement, lines: Sequence[Actual], caps: Sequence[CapStanding], *, as_of: dt.date
) -> ProjectAccount:
    """What of a contract was consumed."""
    charged = charged_lines(lines)
    accounts = [_line_account(agreement, line.line_id, charged) for line in agreement.lines]
    return ProjectAccount(
        project_id=agreement.project_id,
        currency=agreement.currency,
        as_of=as_of,
        lines=accounts,
        work=_work(charged, agreement.currency),
        caps=[_cap(each, agreement.currency) for each in caps],
        billed=_sum(charged, agreement.currency, side=Side.BILLED_SALES),
        unbilled=_sum(charged, agreement.currency, side=Side.UNBILLED_SALES),
    )


def people_of(lines: Sequence[Actual]) -> list[PersonOnProject]:
    """Who worked what is charged, by name and role, with their first and last day."""
    days: dict[tuple[str, str], list[dt.date]] = {}
    for line in charged_lines(lines):
        if line.kind is ActualKind.HOURS and line.person_id:
            days.setdefault((line.person_id, line.role or ""), []).append(line.work_date)
    return [
        PersonOnProject(person=person, role=role, first_on=min(worked), last_on=max(worked))
        for (person, role), worked in sorted(days.items())
    ]


def milestone_of(
    agreement: BillingAgreement, milestone: AgreedMilestone, lines: Sequence[Actual], *, declined: Decline | None
) -> MilestoneStanding:
    """Where a milestone stands: billed, accepted, declined and not answered, or open."""
    names = {line.line_id: line.name for line in agreement.lines}
    mine = [line for line in live(lines) if _reaches(line, milestone)]
    state = AcceptanceState.OPEN
    if mine:
        billed = any(line.side is Side.BILLED_SALES for line in mine)
        state = AcceptanceState.BILLED if billed else AcceptanceState.ACCEPTED
    elif declined is not None and declined.answered_at is None:
        state = AcceptanceState.DECLINED
    unbilled = [line for line in lines if _reaches(line, milestone) and line.side is Side.UNBILLED_SALES]
    ever = [line for line in unbilled if line.reversal_of is None]
    first = min(ever, key=lambda line: line.revision, default=None)
    document = "" if first is None else first.reason.rpartition(", ")[2]
    return MilestoneStanding(
        milestone_id=milestone.milestone_id,
        name=milestone.name,
        line=names[milestone.line_id],
        state=state,
        amount=milestone.amount,
        accepted_on=None if first is None else first.work_date,
        accepted_by="" if first is None else first.decided_by,
        document=document,
        declined=declined,
    )


def _line_account(agreement: BillingAgreement, line_id: str, charged: Sequence[Actual]) -> LineAccount:
    line = next(each for each in agreement.lines if each.line_id == line_id)
    mine = [each for each in charged if each.contract_line_id == line_id]
    billed = _sum(mine, agreement.currency, side=Side.BILLED_SALES)
    unbilled = _sum(mine, agreement.currency, side=Side.UNBILLED_SALES)
    agreed = _agreed(agreement, line_id)
    left = None if agreed is None else agreed - billed.amount - unbilled.amount
    return LineAccount(
        line_id=line_id,
        name=line.name,
        method=line.method,
        hours=_hours(mine),
        agreed=None if agreed is None else Money(amount=agreed, currency=agreement.currency),
        billed=billed,
        unbilled=unbilled,
        remaining=None if left is None else Money(amount=left, currency=agreement.currency),
    )


def _agreed(agreement: BillingAgreement, line_id: str) -> Decimal | None:
    """What a line may come to: its milestones, its fee, or the cap in money that is its own."""
    points = [each.amount.amount for each in agreement.milestones if each.line_id == line_id]
    fees = [each.fee for each in agreement.fees if each.line_id == line_id]
    if points or fees:
        return sum([*points, *fees], _ZERO)
    alone = len(agreement.lines) == 1
    limits = [
        cap.limit
        for cap in agreement.caps
        if cap.unit is CapUnit.AMOUNT
        and cap.category is None
        and (cap.line_id == line_id or (alone and cap.level is CapLevel.CONTRACT))
    ]
    return min(limits, default=None)


def _work(charged: Sequence[Actual], currency: str) -> list[WorkDone]:
    groups: dict[tuple[str, str], list[Actual]] = {}
    for line in charged:
        if line.kind is ActualKind.HOURS:
            groups.setdefault((line.task_id or "", line.role or ""), []).append(line)
    return [
        WorkDone(phase_id=phase_id, role=role, hours=_hours(mine), amount=_sum(mine, currency))
        for (phase_id, role), mine in sorted(groups.items())
    ]


def _cap(standing: CapStanding, currency: str) -> CapAccount:
    term, used = standing.term, standing.invoiced + standing.committed
    if term.unit is CapUnit.HOURS:
        return CapAccount(cap_id=term.cap_id, unit=term.unit, limit_hours=term.limit, used_hours=used)

    def money(amount: Decimal) -> Money:
        return Money(amount=rounded(amount, currency), currency=currency)

    return CapAccount(
        cap_id=term.cap_id,
        unit=term.unit,
        limit=money(term.limit),
        used=money(used),
        remaining=money(term.limit - used),
    )


def _sum(lines: Iterable[Actual], currency: str, *, side: Side | None = None) -> Money:
    amounts = (line.amount.amount for line in lines if side in {None, line.side})
    return Money(amount=rounded(sum(amounts, _ZERO), currency), currency=currency)


def _hours(lines: Iterable[Actual]) -> Decimal:
    return sum((line.quantity for line in lines if line.kind is ActualKind.HOURS), _ZERO)


def _reaches(line: Actual, milestone: AgreedMilestone) -> bool:
    of_it = line.kind is ActualKind.MILESTONE and line.source.source_id == milestone.milestone_id
    return of_it and line.side is not Side.COST
