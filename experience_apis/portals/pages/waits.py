"""What waits for the reader, and what waits for the firm; pure, from what the service answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.process.change_requests import ChangeRequest, ChangeState
from contracts.process.client_billing import (
    AcceptanceState,
    Dispute,
    DisputeState,
    Milestones,
    MilestoneStanding,
    Payments,
)

SOON_DAYS: Final = 14
"""A milestone waits for its sponsor from this many days before its planned day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One thing that somebody has to do: what, where, and by when if a day was set."""

    text: str
    path: str
    by: dt.date | None = None
    late: bool = False


def decisions(found: Iterable[Milestones], *, today: dt.date) -> list[Wait]:
    """Milestones to accept or decline: planned for soon or earlier, or declined before and answered since."""
    return [
        Wait(
            text=f"Accept or decline {each.name} of {each.line}"
            + (", which delivery has answered" if _answered(each) else ""),
            path=f"/engagements/{project.project_id}/milestones/{each.milestone_id}",
            by=each.due_on,
            late=each.due_on is not None and each.due_on < today,
        )
        for project in found
        for each in project.items
        if each.state is AcceptanceState.OPEN and (_soon(each, today) or _answered(each))
    ]


def bills(found: Iterable[Payments]) -> list[Wait]:
    """Invoices with something open, the one due first in front; a credit asks nobody to pay."""
    standing = [each for payments in found for each in payments.items if each.open is not None and each.open.amount > 0]
    return [
        Wait(text=f"Pay {each.number}", path=f"/invoices/{each.invoice_id}", by=each.due_on, late=each.days_overdue > 0)
        for each in sorted(standing, key=lambda each: (each.due_on, each.number))
    ]


def answers(
    disputes: Iterable[Dispute], changes: Iterable[ChangeRequest], milestones: Iterable[Milestones]
) -> list[Wait]:
    """What the firm has to answer: disputes, change requests and declined milestones."""
    told = [
        Wait(
            text=f"Finance answers the dispute of {each.invoice_id}",
            path=f"/disputes/{each.dispute_id}",
            by=each.due_at.date() if each.due_at is not None else None,
        )
        for each in disputes
        if each.state is DisputeState.OPEN
    ]
    told += [
        Wait(text=f"Delivery decides on {each.title}", path=f"/changes/{each.request_id}")
        for each in changes
        if each.state is ChangeState.OPEN
    ]
    told += [
        Wait(
            text=f"Delivery answers why {each.name} was declined",
            path=f"/engagements/{project.project_id}/milestones/{each.milestone_id}",
        )
        for project in milestones
        for each in project.items
        if each.state is AcceptanceState.DECLINED
    ]
    return told


def _soon(milestone: MilestoneStanding, today: dt.date) -> bool:
    return milestone.due_on is not None and milestone.due_on <= today + dt.timedelta(days=SOON_DAYS)


def _answered(milestone: MilestoneStanding) -> bool:
    return milestone.declined is not None and milestone.declined.answered_at is not None
