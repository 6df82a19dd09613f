"""Our nouns as rows of the package, pure: names cut to what they hold, amounts and days as the fields want them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Customer
from contracts.canonical.project import Phase, Project, StaffingRequest
from contracts.canonical.rates import RateCard, RateEntry
from contracts.problem import FieldError, Kind, Problem

Row = dict[str, Any]

IN_PROGRESS: Final = "In Progress"
COMPLETED: Final = "Completed"
READY: Final = "Ready to Staff"
_LONGEST_NAME: Final = 80
_CENT: Final = Decimal("0.01")

CLIENT: Final = (
    "Name", "BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry", "CurrencyIsoCode",
)  # fmt: skip  # a list read as one
PROJECT: Final = (
    "Name", "pse__Account__c", "pse__Stage__c", "pse__Project_Type__c", "pse__Billing_Type__c", "pse__Region__c",
    "pse__Practice__c", "pse__Group__c", "pse__Start_Date__c", "pse__End_Date__c", "pse__Project_Manager__c",
    "pse__Is_Active__c", "pse__Is_Billable__c", "pse__Closed_for_Time_Entry__c", "pse__Rate_Card_Set__c",
    "CurrencyIsoCode",
)  # fmt: skip  # this one too
BUDGET: Final = (
    "Name", "pse__Amount__c", "pse__Type__c", "pse__Status__c", "pse__Approved__c", "pse__Effective_Date__c",
    "pse__Include_In_Financials__c", "CurrencyIsoCode",
)  # fmt: skip  # this one too
_PLAN: Final = ("Name", "Sluice_Order__c", "Sluice_Country__c", "Sluice_Billing_Method__c")
STAGE: Final = (*_PLAN, "pse__Start_Date__c", "pse__End_Date__c", "Sluice_Parent__c", "Sluice_Budget__c")
MILESTONE: Final = (
    *_PLAN, "pse__Milestone_Amount__c", "pse__Target_Date__c", "Sluice_Phase__c", "CurrencyIsoCode",
)  # fmt: skip  # this one too
REQUEST: Final = (
    "pse__Resource_Request_Name__c", "pse__Resource_Role__c", "pse__Region__c", "pse__SOW_Hours__c",
    "pse__Start_Date__c", "pse__End_Date__c",
)  # fmt: skip  # this one too
STANDING: Final = ("pse__Status__c", "pse__Assignment__c")
RATE: Final = (
    "Name", "pse__Role__c", "pse__Region__c", "pse__Suggested_Bill_Rate__c", "pse__Start_Date__c", "pse__End_Date__c",
    "CurrencyIsoCode",
)  # fmt: skip  # this one too


BUDGET_BORN: Final = ("pse__Project__c", "pse__Include_In_Financials__c")
"""Which budget counts is said at its birth only, because it recalculates a project."""
PLAN_BORN: Final = ("pse__Project__c",)
REQUEST_BORN: Final = ("pse__Project__c", "pse__Status__c")
"""Whether a request is open is said at its birth only, for staffing moves it on."""
LINK_BORN: Final = ("pse__Rate_Card_Set__c", "pse__Rate_Card__c")


class Places(Struct, frozen=True, kw_only=True):
    """Ids of what a project stands in: its account, units of the firm, manager and rate card."""

    account_id: str
    region_id: str | None
    practice_id: str
    group_id: str
    manager_id: str | None
    rate_card_id: str | None = None


def named(name: str, *, key: str) -> str:
    """A name, cut to the length that the package's names have; they may not be empty, so the key stands in."""
    name = name.strip() or key
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1].rstrip()}…"


def day(value: dt.date | None) -> str | None:
    """A day as the wire writes it."""
    return None if value is None else value.isoformat()


def client(customer: Customer) -> Row:
    """The account of a customer."""
    address = customer.address
    return {
        "Name": customer.name,
        "BillingStreet": address.street or None,
        "BillingCity": address.city or None,
        "BillingState": address.region or None,
        "BillingPostalCode": address.postal_code or None,
        "BillingCountry": address.country,
        "CurrencyIsoCode": customer.currency,
    }


def project(one: Project, places: Places) -> Row:
    """The project; a manager that the org does not know and a card that is not named are left as they stand."""
    hourly = any(phase.method is BillingMethod.TIME_AND_MATERIALS for phase in one.phases)
    optional = {
        "pse__Region__c": places.region_id,
        "pse__Project_Manager__c": places.manager_id,
        "pse__Rate_Card_Set__c": places.rate_card_id,
    }
    return {
        "Name": named(one.name, key=one.project_id),
        "pse__Account__c": places.account_id,
        "pse__Stage__c": IN_PROGRESS,
        "pse__Project_Type__c": "Customer Project",
        "pse__Billing_Type__c": "Time and Materials" if hourly else "Fixed Price",
        "pse__Practice__c": places.practice_id,
        "pse__Group__c": places.group_id,
        "pse__Start_Date__c": day(one.starts_on),
        "pse__End_Date__c": day(one.ends_on),
        "pse__Is_Active__c": True,
        "pse__Is_Billable__c": True,
        "pse__Closed_for_Time_Entry__c": False,
        "CurrencyIsoCode": one.currency,
        **{name: value for name, value in optional.items() if value is not None},
    }


def budget(one: Project, project_row_id: str) -> Row:
    """The customer's order."""
    return {
        "pse__Project__c": project_row_id,
        "pse__Include_In_Financials__c": True,
        "Name": named(one.name, key=one.project_id),
        "pse__Amount__c": amount("budget", one.budget, one.currency),
        "pse__Type__c": "Customer Purchase Order",
        "pse__Status__c": "Approved",
        "pse__Approved__c": True,
        "pse__Effective_Date__c": day(one.starts_on),
        "CurrencyIsoCode": one.currency,
    }


def stage(phase: Phase, *, project_row_id: str, order: int, parent_id: str | None, currency: str) -> Row:
    """A phase of the project."""
    return {
        **_plan(phase, project_row_id=project_row_id, order=order),
        "pse__Start_Date__c": day(phase.starts_on),
        "pse__End_Date__c": day(phase.ends_on),
        "Sluice_Parent__c": parent_id,
        "Sluice_Budget__c": amount(phase.phase_id, phase.budget, currency),
    }


def milestone(phase: Phase, *, project_row_id: str, order: int, parent_id: str | None, currency: str) -> Row:
    """A payment point, due on its last day."""
    return {
        **_plan(phase, project_row_id=project_row_id, order=order),
        "pse__Milestone_Amount__c": amount(phase.phase_id, phase.budget, currency),
        "pse__Target_Date__c": day(phase.ends_on),
        "Sluice_Phase__c": parent_id,
        "CurrencyIsoCode": currency,
    }


def request(one: StaffingRequest, *, project_row_id: str, region_id: str) -> Row:
    """A resource request."""
    return {
        "pse__Project__c": project_row_id,
        "pse__Status__c": READY,
        "pse__Resource_Request_Name__c": named(f"{one.role} ({one.country})", key=one.request_id),
        "pse__Resource_Role__c": one.role,
        "pse__Region__c": region_id,
        "pse__SOW_Hours__c": one.hours,
        "pse__Start_Date__c": day(one.starts_on),
        "pse__End_Date__c": day(one.ends_on),
    }


def rates(card: RateCard, *, regions: dict[str, str]) -> dict[str, Row]:
    """The dated rates by the part of the key that tells them apart; each ends where the next of its kind begins."""
    kinds: dict[tuple[str, str], list[RateEntry]] = {}
    for entry in sorted(card.entries, key=lambda each: each.effective_from):
        kinds.setdefault((entry.role, entry.country), []).append(entry)
    rows: dict[str, Row] = {}
    for (role, country), entries in kinds.items():
        for place, entry in enumerate(entries):
            after = entries[place + 1].effective_from - dt.timedelta(days=1) if entries[place + 1 :] else None
            key = f"{role}/{country}/{entry.effective_from}"
            rows[key] = {
                "Name": named(f"{role} ({country}) {entry.effective_from}", key=key),
                "pse__Role__c": role,
                "pse__Region__c": regions[country],
                "pse__Suggested_Bill_Rate__c": _cents("hourly_rate", entry.hourly_rate),
                "pse__Start_Date__c": day(entry.effective_from),
                "pse__End_Date__c": day(after),
                "CurrencyIsoCode": card.currency,
            }
    return rows


def amount(pointer: str, money: Money, currency: str) -> Decimal:
    """An amount for a field whose currency is that of its row.

    Raises:
        Problem: invalid, when it is in another currency, or finer than the field.

    """
    if money.currency != currency:
        detail = f"the row is in {currency}, and the amount in {money.currency}"
        raise _refused(pointer, "certinia.currency", detail)
    return _cents(pointer, money.amount)


def levels(phases: Sequence[Phase]) -> list[list[Phase]]:
    """Phases by depth, a parent before its children; a parent that is not among them stands already."""
    here = {phase.phase_id for phase in phases}
    placed: set[str] = set()
    found: list[list[Phase]] = []
    left = list(phases)
    while left:
        level = [p for p in left if p.parent_id is None or p.parent_id not in here or p.parent_id in placed]
        if not level:
            detail = "these phases are parents of each other"
            raise _refused("phases", "certinia.phases_in_circle", detail)
        placed |= {phase.phase_id for phase in level}
        left = [phase for phase in left if phase.phase_id not in placed]
        found.append(level)
    return found


def _plan(phase: Phase, *, project_row_id: str, order: int) -> Row:
    return {
        "pse__Project__c": project_row_id,
        "Name": named(phase.name, key=phase.phase_id),
        "Sluice_Order__c": Decimal(order),
        "Sluice_Country__c": phase.country,
        "Sluice_Billing_Method__c": phase.method.value,
    }


def _cents(pointer: str, value: Decimal) -> Decimal:
    if value != value.quantize(_CENT):
        raise _refused(pointer, "certinia.fraction_of_cent", f"{value} has more decimals than the field")
    return value


def _refused(pointer: str, code: str, detail: str) -> Problem:
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))
