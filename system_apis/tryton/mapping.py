"""Canonical nouns to Tryton's records and back; pure. A value Tryton would bend is refused here, or told otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from contracts.canonical.billing import BillingSchedule, ScheduleLine, ScheduleReceipt
from contracts.canonical.money import Money, rounded
from contracts.canonical.party import Customer, LegalEntity
from contracts.canonical.project import Phase, Project
from contracts.problem import FieldError, Kind, Problem
from system_apis.tryton import wire
from system_apis.tryton.wire import Number

LONGEST: Final = 1000
"""Lines of a schedule. Tryton quotes a sale of a thousand in about seven seconds, one of five thousand in a minute."""
_EU: Final = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())  # noqa: SIM905 - a list of codes reads best as one line
_BILLED: Final = frozenset({"posted", "paid"})


def refused(code: str, pointer: str, detail: str) -> Problem:
    """A problem with one field of what was sent, found before anything was written."""
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def agree(asked: str, said: str, *, pointer: str) -> None:
    """Refuse a body that is about something else than the address."""
    if asked != said:
        raise refused("key_differs", pointer, f"the body is about '{said}', the address about '{asked}'")


def legal_entity(company: wire.Company) -> LegalEntity | None:
    """One company; None when finance has not agreed a code and a country for it."""
    party = company.party
    countries = [each.country.code for each in party.addresses if each.country and each.country.code]
    if party.code is None or not countries:
        return None
    return LegalEntity(
        legal_entity_id=party.code, name=party.name, country=countries[0], currency=company.currency.code
    )


def party_values(
    customer: Customer, standing: wire.Party | None, *, country: int, tax_rule: int | None
) -> dict[str, Any]:
    """A customer as Tryton writes it; what stands is brought up to date rather than doubled."""
    address = customer.address
    street = "\n".join(part for part in (address.street, address.region) if part)
    where = {
        "street": street or None,
        "city": address.city or None,
        "postal_code": address.postal_code or None,
        "country": country,
    }
    number = _registration(customer.tax.tax_registration)
    mail = None if customer.email is None else {"type": "email", "value": customer.email}
    held = standing or wire.Party(id=0, code=customer.customer_id)
    mails = [each for each in held.contact_mechanisms if each.type == "email"]
    return {
        "name": customer.name,
        "code": customer.customer_id,
        "active": True,
        "customer_tax_rule": tax_rule,
        "addresses": _one(held.addresses, where),
        "identifiers": _one(held.identifiers, number),
        "contact_mechanisms": _one(mails, mail),
    }


def _registration(number: str | None) -> dict[str, Any] | None:
    """European numbers are told as such, so that Tryton checks them; all others are kept as they are."""
    if number is None:
        return None
    return {"type": "eu_vat" if number[:2] in _EU else None, "code": number}


def _one(held: Sequence[wire.Record], values: dict[str, Any] | None) -> list[list[Any]]:
    """Make the first of the held records like this, or make one; nothing to say takes the first away."""
    if values is None:
        return [["delete", [held[0].id]]] if held else []
    return [["write", [held[0].id], values]] if held else [["create", [values]]]


def project_values(project: Project, *, company: int, party: int, status: int) -> dict[str, Any]:
    """A project. Tryton's has neither dates nor a budget: they stand in its comment, for people."""
    told = {
        "Sold to": project.customer_id if project.bill_to_id else "",
        "Service line": project.service_line,
        "Delivery owner": project.delivery_owner,
        "Runs": f"{project.starts_on} to {project.ends_on}",
        "Contract value": f"{project.budget.amount} {project.budget.currency}",
    }
    return {
        "number": project.project_id,
        "name": project.name,
        "type": "project",
        "company": company,
        "party": party,
        "status": status,
        "progress": None,
        "comment": comment(told),
    }


def task_levels(project_id: str, phases: Sequence[Phase], *, standing: Mapping[str, int]) -> list[list[Phase]]:
    """The phases level by level, parents first; a parent may be in the plan or stand already.

    Raises:
        Problem: a phase names a parent that is nowhere, two bear one id, or the parents go in a circle.

    """
    waiting = {phase.phase_id: phase for phase in phases}
    if len(waiting) != len(phases):
        raise refused("phase_ids_repeat", "/phases", "two phases bear the same id")
    for index, phase in enumerate(phases):
        if (
            phase.parent_id
            and phase.parent_id not in waiting
            and task_number(project_id, phase.parent_id) not in standing
        ):
            raise refused(
                "phase_parent_unknown", f"/phases/{index}/parent_id", f"there is no phase '{phase.parent_id}'"
            )
    levels = []
    while waiting:
        ready = [phase for phase in waiting.values() if phase.parent_id not in waiting]
        if not ready:
            raise refused("phases_circular", "/phases", "the parents of the phases go in a circle")
        for phase in ready:
            del waiting[phase.phase_id]
        levels.append(ready)
    return levels


def task_number(project_id: str, phase_id: str) -> str:
    """The number of a task: phase ids are unique within their project only."""
    return f"{project_id}__{phase_id}"


def task_values(project_id: str, phase: Phase, *, company: int, parent: int, status: int) -> dict[str, Any]:
    """A task for a phase, or for a milestone within it; one that was closed is open again."""
    told = {
        "Kind": "milestone" if phase.milestone else "stage",
        "Country": phase.country,
        "Billed by": phase.method.value,
        "Runs": f"{phase.starts_on} to {phase.ends_on}",
        "Budget": f"{phase.budget.amount} {phase.budget.currency}",
    }
    return {
        "number": task_number(project_id, phase.phase_id),
        "name": phase.name,
        "type": "task",
        "company": company,
        "parent": parent,
        "status": status,
        "progress": None,
        "comment": comment(told),
    }


def comment(told: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in told.items() if value)


def check_schedule(schedule: BillingSchedule) -> None:
    """Refuse what cannot be one sale."""
    if not schedule.lines:
        raise refused("schedule_empty", "/lines", "a schedule needs at least one line")
    if len({line.line_id for line in schedule.lines}) != len(schedule.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    if len(schedule.lines) > LONGEST:
        detail = f"Tryton keeps {LONGEST} lines in one schedule, and this one has {len(schedule.lines)}"
        raise Problem(Kind.UNSUPPORTED, "schedule_too_long", detail, hint="split the schedule")
    for index, line in enumerate(schedule.lines):
        _exact(line.amount, schedule.currency, pointer=f"/lines/{index}/amount")


def sale_values(
    schedule: BillingSchedule, *, company: int, party: wire.Party, currency: int, tax: int
) -> dict[str, Any]:
    """A billing schedule as one sale, all lines or none. It is invoiced by hand, never by itself."""
    evidence = schedule.evidence
    told = (
        {}
        if evidence is None
        else {
            "Statement of work": evidence.statement_of_work,
            "SHA-256": evidence.sha256,
            "Signed on": str(evidence.signed_on or ""),
            "Payment terms": evidence.payment_terms,
        }
    )
    address = party.addresses[0].id if party.addresses else None
    return {
        "reference": schedule.schedule_id,
        "description": f"Billing schedule of {schedule.project_id}",
        "company": company,
        "party": party.id,
        "invoice_address": address,
        "shipment_address": address,
        "currency": currency,
        "invoice_method": "manual",
        "comment": comment(told),
        "lines": [["create", [_sale_line(line, index, tax=tax) for index, line in enumerate(schedule.lines)]]],
    }


def _sale_line(line: ScheduleLine, index: int, *, tax: int) -> dict[str, Any]:
    cap = "" if line.cap is None else f"{line.cap.amount.amount} {line.cap.amount.currency} {line.cap.behaviour or ''}"
    told = {
        "Line": line.line_id,
        "Phase": line.phase_id,
        "Due": f"{line.due_on} by {line.trigger.value}",
        "Billed by": line.method.value,
        "Revenue": "" if line.revenue_rule is None else line.revenue_rule.value,
        "Cap": cap,
    }
    return {
        "type": "line",
        "sequence": index,
        "description": line.name,
        "quantity": 1.0,
        "unit_price": Number(line.amount.amount),
        "note": comment(told),
        "taxes": [["add", [tax]]],
    }


def receipt(sale: wire.Sale) -> ScheduleReceipt:
    """What Tryton's own books say of a schedule."""
    currency = sale.currency.code
    billed = sum((each.untaxed_amount.decimal for each in sale.invoices if each.state in _BILLED), Decimal(0))
    return ScheduleReceipt(
        schedule_id=sale.reference,
        external_id=str(sale.id),
        lines=len(sale.lines),
        total=Money(amount=rounded(sale.untaxed_amount.decimal, currency), currency=currency),
        billed=Money(amount=rounded(billed, currency), currency=currency),
    )


def _exact(money: Money, currency: str, *, pointer: str) -> Decimal:
    """An amount Tryton will not round, in the one currency of its record."""
    if money.currency != currency:
        raise refused("currency_differs", pointer, f"{money.currency} where the record is in {currency}")
    if rounded(money.amount, currency) != money.amount:
        raise refused("amount_too_fine", pointer, f"{money.amount} is finer than the minor unit of {currency}")
    return money.amount
