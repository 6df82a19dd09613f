"""The questions we ask of an org that sells."""

from __future__ import annotations

import datetime as dt

from kit.force.soql import bound, select
from system_apis.salesforce import wire


def deal(opportunity_id: str) -> tuple[str, str, str, str, str]:
    """The five questions that together read a deal: itself, lines, milestones, rates, staffing."""
    mine = bound("Opportunity__c = {id}", id=opportunity_id)
    its_lines = bound("OpportunityId = {id}", id=opportunity_id)
    return (
        select(wire.Opportunity, "Opportunity", where=_one(opportunity_id)),
        select(wire.Line, "OpportunityLineItem", where=its_lines, order="ServiceDate, Id"),
        select(wire.Milestone, "Deal_Milestone__c", where=mine, order="Due_Date__c, Id"),
        select(wire.Rate, "Rate_Entry__c", where=mine, order="Id"),
        select(wire.Need, "Staffing_Need__c", where=mine, order="Id"),
    )


def account(account_id: str) -> str:
    """One customer."""
    return select(wire.Account, "Account", where=_one(account_id))


def delivery(opportunity_id: str) -> str:
    """What was written back on a deal."""
    return select(wire.Delivery, "Opportunity", where=_one(opportunity_id))


def billing(opportunity_id: str) -> str:
    """What was written back on a deal about its bills."""
    return select(wire.Billing, "Opportunity", where=_one(opportunity_id))


def changes(*, since: dt.datetime | None, after: str, until: dt.datetime | None, limit: int) -> str:
    """Deals changed since a moment, or at that moment with a greater id than `after`."""
    conditions: list[str] = []
    if since is not None and after:
        later = "(SystemModstamp > {since} OR (SystemModstamp = {since} AND Id > {after}))"
        conditions.append(bound(later, since=since, after=after))
    elif since is not None:
        conditions.append(bound("SystemModstamp >= {since}", since=since))
    if until is not None:
        conditions.append(bound("SystemModstamp <= {until}", until=until))
    where = " AND ".join(conditions)
    return select(wire.Change, "Opportunity", where=where, order="SystemModstamp, Id", limit=limit)


def _one(record_id: str) -> str:
    return bound("Id = {id}", id=record_id)
