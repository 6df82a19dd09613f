"""One light for an engagement, by three rules; pure. No amount is part of what is said: every role may read it.

- Milestones: amber once one is past its planned day and not accepted, or was declined and not answered; red after
  fourteen days.
- Budget: amber once 80 % of a cap are used, red once it is used up. Fixed prices have no budget to run out of.
- Bills: amber once one is open past its day; red after thirty days.

The light is that of the worst reason. What is exactly at a bound counts as past it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import CapUnit
from contracts.experience.portals import Health, HealthReason, Light
from contracts.process.client_billing import AcceptanceState, Arrears, CapAccount, MilestoneStanding

MILESTONE_RED_DAYS: Final = 14
BILL_RED_DAYS: Final = 30
BUDGET_AMBER_PERCENT: Final = 80
BUDGET_RED_PERCENT: Final = 100
_ORDER: Final = (Light.GREEN, Light.AMBER, Light.RED)
_WAITING: Final = frozenset({AcceptanceState.OPEN, AcceptanceState.DECLINED})


def health_of(
    project_id: str,
    *,
    milestones: Iterable[MilestoneStanding],
    caps: Iterable[CapAccount],
    arrears: Arrears,
    today: dt.date,
) -> Health:
    """The light of an engagement on a day, the worst reason first."""
    found = [*_of_milestones(milestones, today), *_of_budget(caps), *_of_bills(arrears)]
    reasons = sorted(found, key=lambda reason: _ORDER.index(reason.light), reverse=True)
    return Health(project_id=project_id, as_of=today, light=worst(reasons), reasons=reasons)


def worst(reasons: Sequence[HealthReason]) -> Light:
    """The light of the worst reason; green where there is none."""
    return max((reason.light for reason in reasons), key=_ORDER.index, default=Light.GREEN)


def used_percent(cap: CapAccount) -> Decimal | None:
    """How much of a cap is used, in per cent; None where it leaves nothing to be used or is not seen."""
    limit, used = (
        (cap.limit_hours, cap.used_hours)
        if cap.unit is CapUnit.HOURS
        else (None if cap.limit is None else cap.limit.amount, None if cap.used is None else cap.used.amount)
    )
    if not limit or used is None:
        return None
    return used * 100 / limit


def _of_milestones(milestones: Iterable[MilestoneStanding], today: dt.date) -> Iterator[HealthReason]:
    for each in milestones:
        if each.state not in _WAITING:
            continue
        if each.state is AcceptanceState.DECLINED:
            yield HealthReason(
                code="milestone_declined", light=Light.AMBER, text=f"{each.name} was declined and waits for an answer."
            )
        late = (today - each.due_on).days if each.due_on is not None else 0
        if late > 0:
            light = Light.RED if late >= MILESTONE_RED_DAYS else Light.AMBER
            text = f"{each.name} was planned for {each.due_on} and is not accepted ({late} days)."
            yield HealthReason(code="milestone_overdue", light=light, text=text)


def _of_budget(caps: Iterable[CapAccount]) -> Iterator[HealthReason]:
    for cap in caps:
        percent = used_percent(cap)
        if percent is not None and percent >= BUDGET_AMBER_PERCENT:
            light = Light.RED if percent >= BUDGET_RED_PERCENT else Light.AMBER
            yield HealthReason(code="budget_used", light=light, text=f"{int(percent)} % of {cap.cap_id} are used.")


def _of_bills(arrears: Arrears) -> Iterator[HealthReason]:
    if arrears.documents:
        light = Light.RED if arrears.days_overdue >= BILL_RED_DAYS else Light.AMBER
        many = "1 bill is" if arrears.documents == 1 else f"{arrears.documents} bills are"
        text = f"{many} open past the day, the oldest for {arrears.days_overdue} days."
        yield HealthReason(code="bills_overdue", light=light, text=text)
