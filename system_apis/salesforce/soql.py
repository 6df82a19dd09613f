"""The questions we ask, with every value bound: nothing of a caller reaches a query unescaped."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from system_apis.salesforce import wire

_ID: Final = re.compile(r"[A-Za-z0-9]{15,18}")
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def checked_id(value: str, *, noun: str) -> str:
    """The id, if it can be one.

    Raises:
        Problem: not_found; what cannot be an id names nothing.

    """
    if _ID.fullmatch(value) is None:
        raise Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has this id")
    return value


def literal(value: str | dt.datetime) -> str:
    """A value as SOQL writes it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"'{value.translate(_ESCAPES)}'"


def bound(text: str, **values: str | dt.datetime) -> str:
    """The text with each `{name}` replaced by its value as a literal."""
    return text.format(**{name: literal(value) for name, value in values.items()})


def deal(opportunity_id: str) -> tuple[str, str, str, str, str]:
    """The five questions that together read a deal: itself, lines, milestones, rates, staffing."""
    mine = bound("Opportunity__c = {id}", id=opportunity_id)
    its_lines = bound("OpportunityId = {id}", id=opportunity_id)
    return (
        _select(wire.Opportunity, "Opportunity", where=_one(opportunity_id)),
        _select(wire.Line, "OpportunityLineItem", where=its_lines, order="ServiceDate, Id"),
        _select(wire.Milestone, "Deal_Milestone__c", where=mine, order="Due_Date__c, Id"),
        _select(wire.Rate, "Rate_Entry__c", where=mine, order="Id"),
        _select(wire.Need, "Staffing_Need__c", where=mine, order="Id"),
    )


def account(account_id: str) -> str:
    """One customer."""
    return _select(wire.Account, "Account", where=_one(account_id))


def delivery(opportunity_id: str) -> str:
    """What was written back on a deal."""
    return _select(wire.Delivery, "Opportunity", where=_one(opportunity_id))


def billing(opportunity_id: str) -> str:
    """What was written back on a deal about its bills."""
    return _select(wire.Billing, "Opportunity", where=_one(opportunity_id))


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
    question = _select(wire.Change, "Opportunity", where=" AND ".join(conditions), order="SystemModstamp, Id")
    return f"{question} LIMIT {limit:d}"


def _one(record_id: str) -> str:
    return bound("Id = {id}", id=record_id)


def _select(kind: type[Struct], source: str, *, where: str, order: str = "") -> str:
    parts = ["SELECT", wire.columns(kind), "FROM", source]
    parts += ["WHERE", where] if where else []
    parts += ["ORDER BY", order] if order else []
    return " ".join(parts)
