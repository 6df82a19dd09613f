"""What each role sees: what the processes answer, without the fields that are not for the role. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from contracts.experience.portals import (
    BillingOverview,
    EngagementCard,
    EngagementCards,
    EngagementPaper,
    ProjectTeam,
    RoleAskedFor,
)
from contracts.process.client_billing import Milestones, Payments, People, ProjectAccount
from contracts.process.engagements import (
    BillingStanding,
    Engagement,
    EngagementPage,
    EngagementSummary,
    StaffingDemands,
)
from experience_apis.portals.access import FIELDS

T = TypeVar("T")


def shown(value: T, *, roles: Collection[str]) -> T:
    """The same answer without the fields that none of these roles sees, however deep they stand."""
    seen: T = _shown(value, roles)
    return seen


def page(found: EngagementPage) -> EngagementCards:
    """A page of engagements, in the order in which they came."""
    return EngagementCards(items=[card(each) for each in found.items], next_cursor=found.next_cursor)


def card(summary: EngagementSummary) -> EngagementCard:
    """One engagement; the customer's id stays inside."""
    return EngagementCard(
        project_id=summary.project_id,
        name=summary.name,
        state=summary.state,
        changed_at=summary.changed_at,
        value=summary.value,
    )


def paper(engagement: Engagement) -> EngagementPaper:
    """One engagement with what was agreed."""
    return EngagementPaper(
        card=card(engagement.summary),
        starts_on=engagement.starts_on,
        ends_on=engagement.ends_on,
        service_line=engagement.service_line,
        delivery_owner=engagement.delivery_owner,
        order_reference=engagement.order_reference,
    )


def dated(milestones: Milestones, plan: BillingStanding) -> Milestones:
    """The milestones with the days that the contract planned for them, which are told by line and name."""
    days = {point.name: point.due_on for point in plan.points}
    items = [replace(each, due_on=days.get(f"{each.line}: {each.name}")) for each in milestones.items]
    return replace(milestones, items=items)


def team(engagement: Engagement, people: People, demands: StaffingDemands) -> ProjectTeam:
    """Who works on an engagement, by name, and the roles it was sold with."""
    return ProjectTeam(
        project_id=people.project_id,
        delivery_owner=engagement.delivery_owner,
        people=people.items,
        roles=[
            RoleAskedFor(role=each.role, country=each.country, starts_on=each.starts_on, ends_on=each.ends_on)
            for each in demands.items
        ],
    )


def overview(account: ProjectAccount, payments: Payments) -> BillingOverview:
    """Billed, unbilled and open on one page."""
    return BillingOverview(
        project_id=account.project_id,
        as_of=account.as_of,
        lines=account.lines,
        billed=account.billed,
        unbilled=account.unbilled,
        open=payments.open,
        overdue=payments.overdue,
    )


def _shown(value: Any, roles: Collection[str]) -> Any:
    if isinstance(value, list):
        return [_shown(each, roles) for each in value]
    if not isinstance(value, msgspec.Struct):
        return value
    kind, changed = type(value).__name__, {}
    for name in value.__struct_fields__:
        before = getattr(value, name)
        sees = FIELDS.get(f"{kind}.{name}")
        after = _shown(before, roles) if sees is None or not sees.isdisjoint(roles) else None
        if after is not before:
            changed[name] = after
    return replace(value, **changed) if changed else value
