"""Engagements in the words of partners: the customer's id and free notes of others stay inside. Pure."""

from __future__ import annotations

from contracts.experience.partners import (
    Acknowledgement,
    BillingPlan,
    BillingPoint,
    BillingState,
    Period,
    Project,
    ProjectInvoice,
    ProjectInvoicePage,
    ProjectPage,
    ProjectState,
    ProjectSummary,
    RequestState,
    StaffingRequest,
)
from contracts.process import engagements
from contracts.process.engagements import BillingStanding, Engagement, EngagementPage, StaffingDemand


def page(found: EngagementPage) -> ProjectPage:
    """A page of projects, in the order in which they came."""
    items = [
        ProjectSummary(
            project_id=each.project_id,
            name=each.name,
            state=ProjectState(each.state.value),
            value=each.value,
            changed_at=each.changed_at,
        )
        for each in found.items
    ]
    return ProjectPage(items=items, next_cursor=found.next_cursor)


def project(engagement: Engagement) -> Project:
    """One project with what was agreed."""
    summary = engagement.summary
    return Project(
        project_id=summary.project_id,
        name=summary.name,
        state=ProjectState(summary.state.value),
        value=summary.value,
        period=Period(starts_on=engagement.starts_on, ends_on=engagement.ends_on),
        service_line=engagement.service_line,
        delivery_owner=engagement.delivery_owner,
        order_reference=engagement.order_reference,
        changed_at=summary.changed_at,
    )


def request(demand: StaffingDemand) -> StaffingRequest:
    """One request for people."""
    noted = demand.acknowledged
    return StaffingRequest(
        request_id=demand.request_id,
        role=demand.role,
        country=demand.country,
        hours=demand.hours,
        period=Period(starts_on=demand.starts_on, ends_on=demand.ends_on),
        state=RequestState.OPEN if noted is None else RequestState.ACKNOWLEDGED,
        acknowledgement=None if noted is None else Acknowledgement(at=noted.at, by=noted.by),
    )


def billing(standing: BillingStanding) -> BillingPlan:
    """What will be billed."""
    return BillingPlan(
        project_id=standing.project_id,
        state=BillingState.BOOKED if standing.booked else BillingState.PLANNED,
        total=standing.total,
        points=[
            BillingPoint(
                point_id=each.point_id, name=each.name, method=each.method, due_on=each.due_on, amount=each.amount
            )
            for each in standing.points
        ],
    )


def invoices(found: engagements.ProjectInvoicePage) -> ProjectInvoicePage:
    """A page of posted documents; who is billed is the partner's own customer and stays inside."""
    items = [
        ProjectInvoice(
            invoice_id=each.invoice_id,
            number=each.number,
            kind=each.kind,
            posted_on=each.posted_on,
            net=each.net,
            tax=each.tax,
            gross=each.gross,
            corrects=each.corrects,
        )
        for each in found.items
    ]
    return ProjectInvoicePage(items=items, next_cursor=found.next_cursor)
