"""Canonical nouns to NetSuite's records and back; pure. A value NetSuite would bend is refused here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, ScheduleLine, ScheduleReceipt
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money, rounded
from contracts.canonical.party import Address, Customer, LegalEntity
from contracts.canonical.project import Phase, Project
from contracts.problem import FieldError, Kind, Problem
from system_apis.netsuite.wire import (
    AddressBook,
    AddressLine,
    Chosen,
    CustomerWrite,
    JobWrite,
    LineClosing,
    LineClosings,
    Named,
    Order,
    OrderClosing,
    OrderItemsWrite,
    OrderLineWrite,
    OrderWrite,
    PostalAddress,
    TaskWrite,
    TaxRegistration,
    TaxRegistrations,
)

_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_FIXED_START: Final = "FIXEDSTART"
_BILLING_TYPES: Final = {BillingMethod.TIME_AND_MATERIALS: "TM", BillingMethod.MILESTONE: "FBM"}
_INTERVAL: Final = "FBI"


def key(value: str, *, pointer: str) -> str:
    """An id of ours as an external id of theirs.

    Raises:
        Problem: it has a character NetSuite gives another meaning (`|` separates the choices of a list).

    """
    if _KEY.fullmatch(value) is None:
        raise refused("external_id_unusable", pointer, f"'{value}' may hold letters, digits, - and _ only")
    return value


def refused(code: str, pointer: str, detail: str) -> Problem:
    """A problem with one field of what was sent, found before anything was asked of NetSuite."""
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def customer_write(customer: Customer, *, legal_entity_id: str | None, currency_id: str) -> CustomerWrite:
    """A customer as NetSuite writes it; `legal_entity_id` is None when the primary subsidiary stands already."""
    tax = customer.tax
    country = customer.address.country
    if country is None:
        raise refused("country_missing", "/address/country", f"{customer.name} has no country")
    home = Chosen(id=country)
    numbers = [TaxRegistration(nexus_country=home, tax_registration_number=tax.tax_registration or "")]
    return CustomerWrite(
        entity_id=key(customer.customer_id, pointer="/customer_id"),
        company_name=customer.name,
        is_person=False,
        is_inactive=False,
        currency=Chosen(id=currency_id),
        address_book=AddressBook(items=[_address(customer.address, customer.name, country=country)]),
        tax_registration=TaxRegistrations(items=numbers if tax.tax_registration else []),
        subsidiary=_named(legal_entity_id, pointer="legal_entity_id"),
        parent=_named(customer.parent_id, pointer="/parent_id"),
        email=customer.email,
        tax_item=_named(tax.tax_code, pointer="/tax/tax_code"),
    )


def job_write(project: Project, *, currency_id: str, status_id: str) -> JobWrite:
    """A project as NetSuite writes it: under whoever is billed, for an order must have the customer of its project."""
    methods = {phase.method for phase in project.phases}
    billing = _BILLING_TYPES.get(next(iter(methods)), _INTERVAL) if len(methods) == 1 else _INTERVAL
    return JobWrite(
        entity_id=key(project.project_id, pointer="/project_id"),
        company_name=project.name,
        parent=Named(
            external_id=key(project.billed_id, pointer="/bill_to_id" if project.bill_to_id else "/customer_id")
        ),
        subsidiary=Named(external_id=key(project.legal_entity_id, pointer="/legal_entity_id")),
        currency=Chosen(id=currency_id),
        entity_status=Chosen(id=status_id),
        job_billing_type=Chosen(id=billing),
        start_date=project.starts_on,
        projected_end_date=project.ends_on,
        service_line=project.service_line,
        delivery_owner=project.delivery_owner,
        budget=_exact(project.budget, project.currency, pointer="/budget"),
        sold_to=project.customer_id if project.bill_to_id else None,
    )


def task_levels(project_id: str, phases: Sequence[Phase], *, currency: str) -> list[list[tuple[str, TaskWrite]]]:
    """A task for each phase with its key, level by level: parents before children.

    Raises:
        Problem: a phase names a parent that is not in the plan, or the parents go in a circle.

    """
    known = {phase.phase_id for phase in phases}
    waiting = {phase.phase_id: (index, phase) for index, phase in enumerate(phases)}
    if len(waiting) != len(phases):
        raise refused("phase_ids_repeat", "/phases", "two phases bear the same id")
    levels = []
    while waiting:
        ready = [one for one in waiting.values() if one[1].parent_id not in waiting]
        if not ready:
            raise refused("phases_circular", "/phases", "the parents of the phases go in a circle")
        for _, phase in ready:
            del waiting[phase.phase_id]
        tasks = [_task(project_id, phase, index, known=known, currency=currency) for index, phase in ready]
        levels.append(
            [(task_key(project_id, phase.phase_id), task) for (_, phase), task in zip(ready, tasks, strict=True)]
        )
    return levels


def task_key(project_id: str, phase_id: str) -> str:
    """The external id of a task: phase ids are unique within their project only."""
    return f"{key(project_id, pointer='/project_id')}__{key(phase_id, pointer='/phases')}"


def order_write(schedule: BillingSchedule, *, currency_id: str, service_item: str) -> OrderWrite:
    """A billing schedule as one sales order, so that all its lines are saved or none."""
    if not schedule.lines:
        raise refused("schedule_empty", "/lines", "a schedule needs at least one line")
    if len({line.line_id for line in schedule.lines}) != len(schedule.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    items = [_line(schedule, line, index, service_item) for index, line in enumerate(schedule.lines)]
    evidence = schedule.evidence
    return OrderWrite(
        entity=Named(external_id=key(schedule.customer_id, pointer="/customer_id")),
        job=Named(external_id=key(schedule.project_id, pointer="/project_id")),
        subsidiary=Named(external_id=key(schedule.legal_entity_id, pointer="/legal_entity_id")),
        currency=Chosen(id=currency_id),
        memo=f"Billing schedule {key(schedule.schedule_id, pointer='/schedule_id')}",
        item=OrderItemsWrite(items=items),
        other_ref_num=None if evidence is None else evidence.statement_of_work or None,
        document_hash=None if evidence is None else evidence.sha256 or None,
        signed_on=None if evidence is None else evidence.signed_on,
        payment_terms=None if evidence is None else evidence.payment_terms or None,
    )


def receipt(order: Order, *, schedule_id: str, currency: str) -> ScheduleReceipt:
    """What NetSuite holds: its open and billed lines, summed."""
    lines = [line for line in order.item.items if not (line.is_closed and line.quantity_billed == 0)]
    total = sum((line.amount for line in lines), Decimal(0))
    invoiced = sum((line.amount for line in lines if line.quantity_billed != 0), Decimal(0))
    return ScheduleReceipt(
        schedule_id=schedule_id,
        external_id=order.id,
        lines=len(lines),
        total=Money(amount=rounded(total, currency), currency=currency),
        billed=Money(amount=rounded(invoiced, currency), currency=currency),
    )


def voided(order: Order) -> bool:
    """Whether an order was closed before anything of it was billed."""
    return all(line.is_closed for line in order.item.items) and not billed(order)


def billed(order: Order) -> bool:
    """Whether anything of an order was invoiced."""
    return any(line.quantity_billed != 0 for line in order.item.items)


def order_closing(order: Order) -> OrderClosing:
    """The change that closes every line that is neither closed nor billed."""
    still = [line for line in order.item.items if not line.is_closed and line.quantity_billed == 0]
    closings = [LineClosing(line=line.line, is_closed=True) for line in still]
    return OrderClosing(item=LineClosings(items=closings))


def legal_entity(row: Mapping[str, str]) -> LegalEntity:
    """One subsidiary as SuiteQL tells it."""
    return LegalEntity(
        legal_entity_id=row["externalid"], name=row["name"], country=row["country"], currency=row["currency"]
    )


def _address(address: Address, name: str, *, country: str) -> AddressLine:
    return AddressLine(
        default_billing=True,
        address_book_address=PostalAddress(
            country=Chosen(id=country),
            addressee=name,
            addr1=address.street or None,
            city=address.city or None,
            state=address.region or None,
            zip=address.postal_code or None,
        ),
    )


def _task(project_id: str, phase: Phase, index: int, *, known: AbstractSet[str], currency: str) -> TaskWrite:
    pointer = f"/phases/{index}"
    if phase.parent_id is not None and phase.parent_id not in known:
        raise refused("phase_parent_unknown", f"{pointer}/parent_id", f"there is no phase '{phase.parent_id}'")
    parent = None if phase.parent_id is None else task_key(project_id, phase.parent_id)
    return TaskWrite(
        project=Named(external_id=key(project_id, pointer="/project_id")),
        title=phase.name,
        constraint_type=Chosen(id=_FIXED_START),
        start_date=phase.starts_on,
        ends_on=phase.ends_on,
        milestone=phase.milestone,
        method=phase.method.value,
        budget=_exact(phase.budget, currency, pointer=f"{pointer}/budget"),
        parent=None if parent is None else Named(external_id=parent),
    )


def _line(schedule: BillingSchedule, line: ScheduleLine, index: int, service_item: str) -> OrderLineWrite:
    amount = _exact(line.amount, schedule.currency, pointer=f"/lines/{index}/amount")
    return OrderLineWrite(
        item=Named(external_id=service_item),
        quantity=Decimal(1),
        rate=amount,
        amount=amount,
        description=line.name,
        tax_code=Named(external_id=key(schedule.tax_code, pointer="/tax_code")),
        line_id=line.line_id,
        due_on=line.due_on,
        trigger=line.trigger.value,
        method=line.method.value,
        phase_id=line.phase_id,
        revenue_rule=None if line.revenue_rule is None else line.revenue_rule.value,
        cap=None if line.cap is None else _exact(line.cap.amount, schedule.currency, pointer=f"/lines/{index}/cap"),
        cap_behaviour=None if line.cap is None or line.cap.behaviour is None else line.cap.behaviour.value,
    )


def _exact(money: Money, currency: str, *, pointer: str) -> Decimal:
    """An amount NetSuite will not round, in the one currency of its record."""
    if money.currency != currency:
        raise refused("currency_differs", pointer, f"{money.currency} where the record is in {currency}")
    if rounded(money.amount, currency) != money.amount:
        raise refused("amount_too_fine", pointer, f"{money.amount} is finer than the minor unit of {currency}")
    return money.amount


def _named(value: str | None, *, pointer: str) -> Named | None:
    return None if value is None else Named(external_id=key(value, pointer=pointer))
