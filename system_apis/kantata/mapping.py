"""Kantata's fields from our nouns, and back; pure.

Where the vendor has no field of its own:
- a country travels in the role's name, `Cloud Architect (FR)`, so that rates and seats keep it;
- a rate card set takes no external reference, so its title ends with our key in brackets;
- legal entity, service line and delivery owner stand in the project's description;
- a parent customer stands in the client's notes, for groups know no hierarchy.
Amounts are whole minor units (`*_in_cents`), efforts whole minutes: what does not divide is refused, never rounded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import quantum
from contracts.canonical.party import Address, Customer
from contracts.canonical.project import Phase, Project, StaffingRequest
from contracts.canonical.rates import RateCard, RateEntry
from contracts.problem import FieldError, Kind, Problem
from system_apis.kantata.wire import Row, Story, Workspace

MINUTES: Final = 60


class DatedRates(msgspec.Struct, frozen=True):
    """What every role costs from a date: role name to cents an hour."""

    effective_date: str
    cents: dict[str, int]


def in_cents(amount: Decimal, currency: str) -> int:
    """An amount as whole minor units of its currency.

    Raises:
        Problem: the amount is finer than the minor unit.

    """
    units = amount / quantum(currency)
    if units != units.to_integral_value():
        raise _refused("fraction_of_cent", f"{amount} {currency} is finer than the currency's minor unit")
    return int(units)


def in_minutes(hours: Decimal) -> int:
    """An effort as whole minutes.

    Raises:
        Problem: it is finer than a minute, or nothing at all.

    """
    minutes = hours * MINUTES
    if minutes != minutes.to_integral_value() or minutes <= 0:
        raise _refused("fraction_of_minute", f"{hours} h is not a whole, positive number of minutes")
    return int(minutes)


def role_name(role: str, country: str) -> str:
    """A role as the account names it, with the country it is priced for."""
    return f"{role} ({country})"


def set_title(name: str, rate_card_id: str) -> str:
    """The title under which a rate card set is found again, whatever it is renamed to before the bracket."""
    return f"{name} {set_mark(rate_card_id)}"


def set_mark(rate_card_id: str) -> str:
    """How the title of our set ends."""
    return f"[{rate_card_id}]"


def dated_rates(card: RateCard) -> list[DatedRates]:
    """The card as full price lists, one for each date at which any rate changes, earliest first.

    Raises:
        Problem: the card has no rates, or two rates for one role, country and day.

    """
    if not card.entries:
        raise _refused("rate_card_empty", f"rate card {card.name!r} has no rates")
    _once_each(card.entries)
    dates = sorted({entry.effective_from for entry in card.entries})
    return [DatedRates(day.isoformat(), _held_on(card, day)) for day in dates]


def _held_on(card: RateCard, day: dt.date) -> dict[str, int]:
    held = sorted((entry for entry in card.entries if entry.effective_from <= day), key=lambda e: e.effective_from)
    return {role_name(e.role, e.country): in_cents(e.hourly_rate, card.currency) for e in held}


def _once_each(entries: Iterable[RateEntry]) -> None:
    seen: set[tuple[str, str, dt.date]] = set()
    for entry in entries:
        what = (entry.role, entry.country, entry.effective_from)
        if what in seen:
            raise _refused("rate_twice", f"{role_name(*what[:2])} has two rates from {entry.effective_from}")
        seen.add(what)


def client_body(customer: Customer) -> dict[str, Any]:
    """A client as a company group."""
    return {
        "name": customer.name,
        "company": True,
        "email": customer.email,
        "address": one_line(customer.address),
        "notes": f"Parent: {customer.parent_id}" if customer.parent_id else None,
    }


def one_line(address: Address) -> str:
    """An address as the single field that a group has."""
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    return ", ".join(part for part in (address.street, town, address.region, address.country) if part)


def project_body(project: Project, *, client_id: str, rate_card_id: str | None) -> dict[str, Any]:
    """A project as a workspace, the budget in minor units."""
    return {
        "title": project.name,
        "description": (
            f"Legal entity: {project.legal_entity_id}\n"
            f"Service line: {project.service_line}\n"
            f"Delivery owner: {project.delivery_owner}"
        ),
        "currency": project.currency,
        "price_in_cents": in_cents(project.budget.amount, project.budget.currency),
        "start_date": project.starts_on.isoformat(),
        "due_date": project.ends_on.isoformat(),
        "primary_workspace_group_id": client_id,
        "rate_card_id": rate_card_id,
    }


def sent_project(body: dict[str, Any], project: Project) -> dict[str, Any]:
    """The same with the price as the vendor takes it: in major units; cents are how it answers."""
    priced = {"price": str(project.budget.amount)} if "price_in_cents" in body else {}
    return {name: value for name, value in body.items() if name != "price_in_cents"} | priced


def phase_body(phase: Phase, *, parent_id: str | None) -> dict[str, Any]:
    """A phase as a deliverable, a milestone as a milestone below it."""
    return {
        "title": phase.name,
        "story_type": "milestone" if phase.milestone else "deliverable",
        "parent_id": parent_id,
        "start_date": phase.starts_on.isoformat(),
        "due_date": phase.ends_on.isoformat(),
        "budget_estimate_in_cents": in_cents(phase.budget.amount, phase.budget.currency),
        "fixed_fee": phase.method is not BillingMethod.TIME_AND_MATERIALS,
    }


def levels(phases: Sequence[Phase]) -> list[list[Phase]]:
    """The phases level by level: none comes before its parent.

    Raises:
        Problem: a parent is missing or phases are each other's parents.

    """
    known = {phase.phase_id for phase in phases}
    for phase in phases:
        if phase.parent_id is not None and phase.parent_id not in known:
            raise _refused("phase_parent_unknown", f"phase {phase.phase_id} belongs to no phase of this project")
    waiting = {phase.phase_id: phase for phase in phases}
    placed: list[list[Phase]] = []
    while waiting:
        ready = [phase for phase in waiting.values() if phase.parent_id not in waiting]
        if not ready:
            raise _refused("phase_loop", f"phase {next(iter(waiting))} is above itself")
        for phase in ready:
            del waiting[phase.phase_id]
        placed.append(ready)
    return placed


def stages_sum(stories: Iterable[Story], currency: str) -> str:
    """What the stages of a workspace come to, in major units as the vendor takes a price."""
    cents = sum(story.budget_estimate_in_cents or 0 for story in stories if story.story_type == "deliverable")
    return str(cents * quantum(currency))


def allocation_body(request: StaffingRequest, *, resource_id: str) -> dict[str, Any]:
    """The effort of a request as a soft allocation of an unnamed seat."""
    if request.ends_on < request.starts_on:
        raise _refused("staffing_dates", f"staffing request {request.request_id} ends before it starts")
    return {
        "resource_id": resource_id,
        "start_date": request.starts_on.isoformat(),
        "end_date": request.ends_on.isoformat(),
        "minutes": in_minutes(request.hours),
        "hard": False,
    }


def changes(row: Row, wanted: dict[str, Any]) -> dict[str, Any]:
    """The wanted fields that the row answers otherwise; what the vendor does not answer is left alone."""
    has = msgspec.to_builtins(row)
    return {name: value for name, value in wanted.items() if name in has and has[name] != value}


def revived(workspace: Workspace) -> dict[str, Any]:
    """What brings an archived project back."""
    return {"archived": False} if workspace.archived is True else {}


def _refused(code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, f"kantata.{code}", detail, errors=(FieldError(pointer="", code=code, detail=detail),))
