"""The light of an engagement: each rule at its bounds, and the worst reason rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.actuals import CapUnit
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.experience.portals import Health, Light
from contracts.process.client_billing import AcceptanceState, Arrears, CapAccount, Milestones, MilestoneStanding
from contracts.process.engagements import BillingPoint, BillingStanding
from experience_apis.portals import views
from experience_apis.portals.health import health_of

TODAY = dt.date(2026, 11, 20)


def milestone(state: str = "open", *, late: int | None = None, name: str = "Design") -> MilestoneStanding:
    """A milestone so many days past its planned day."""
    due = None if late is None else TODAY - dt.timedelta(days=late)
    return MilestoneStanding(milestone_id="m", name=name, line="Move", state=AcceptanceState(state), due_on=due)


def cap(used: str, limit: str = "100", unit: CapUnit = CapUnit.AMOUNT) -> CapAccount:
    """A cap with so much used."""
    if unit is CapUnit.HOURS:
        return CapAccount(cap_id="cap-1", unit=unit, limit_hours=Decimal(limit), used_hours=Decimal(used))
    most, so_far = (Money(amount=Decimal(each), currency="EUR") for each in (limit, used))
    return CapAccount(cap_id="cap-1", unit=unit, limit=most, used=so_far)


def light(
    *milestones: MilestoneStanding, caps: tuple[CapAccount, ...] = (), documents: int = 0, days: int = 0
) -> Health:
    """How an engagement with these stands."""
    arrears = Arrears(project_id="p", documents=documents, days_overdue=days)
    return health_of("p", milestones=milestones, caps=caps, arrears=arrears, today=TODAY)


@pytest.mark.req(210, 215)
@pytest.mark.parametrize(
    ("state", "late", "expected"),
    [
        ("open", None, Light.GREEN),
        ("open", 0, Light.GREEN),
        ("open", 1, Light.AMBER),
        ("open", 13, Light.AMBER),
        ("open", 14, Light.RED),
        ("declined", None, Light.AMBER),
        ("declined", 14, Light.RED),
        ("accepted", 99, Light.GREEN),
        ("billed", 99, Light.GREEN),
    ],
)
def test_a_milestone_past_its_day_warns_and_after_two_weeks_alarms(
    state: str, late: int | None, expected: Light
) -> None:
    """Once it is accepted its day is past; a decline that waits for an answer warns by itself."""
    assert expected is light(milestone(state, late=late)).light


@pytest.mark.req(210, 215)
@pytest.mark.parametrize("unit", list(CapUnit))
@pytest.mark.parametrize(
    ("used", "expected"),
    [("79.99", Light.GREEN), ("80", Light.AMBER), ("99.99", Light.AMBER), ("100", Light.RED), ("120", Light.RED)],
)
def test_a_budget_warns_at_four_fifths_and_alarms_when_it_is_used_up(used: str, expected: Light, unit: CapUnit) -> None:
    """In money and in hours alike; a cap of nothing, and one that is not seen, says nothing."""
    assert expected is light(caps=(cap(used, unit=unit),)).light
    assert Light.GREEN is light(caps=(cap("5", limit="0", unit=unit), CapAccount(cap_id="x", unit=unit))).light


@pytest.mark.req(210, 215)
@pytest.mark.parametrize(
    ("documents", "days", "expected"),
    [(0, 0, Light.GREEN), (1, 1, Light.AMBER), (2, 29, Light.AMBER), (1, 30, Light.RED)],
)
def test_a_bill_past_its_day_warns_and_after_thirty_days_alarms(documents: int, days: int, expected: Light) -> None:
    """Counted by the oldest."""
    assert expected is light(documents=documents, days=days).light


@pytest.mark.req(210)
def test_the_worst_reason_comes_first_and_none_tells_an_amount() -> None:
    """All three rules speak; whoever sees no money may read what they say."""
    found = light(milestone(late=1), caps=(cap("4711", limit="5000"),), documents=2, days=40)

    assert Light.RED is found.light
    assert ["bills_overdue", "milestone_overdue", "budget_used"] == [each.code for each in found.reasons]
    assert "2 bills are open past the day, the oldest for 40 days." == found.reasons[0].text
    assert not any("4711" in each.text for each in found.reasons)


def test_a_milestone_has_the_day_that_the_contract_planned_for_it() -> None:
    """Told apart by line and name; one that the contract does not know has none."""
    value = Money(amount=Decimal(1), currency="EUR")
    point = BillingPoint(point_id="1", name="Move: Design", method=BillingMethod.MILESTONE, due_on=TODAY, amount=value)
    plan = BillingStanding(project_id="p", booked=False, booked_lines=0, total=value, points=[point])
    both = Milestones(project_id="p", items=[milestone(), milestone(name="Launch")])

    assert [TODAY, None] == [each.due_on for each in views.dated(both, plan).items]
