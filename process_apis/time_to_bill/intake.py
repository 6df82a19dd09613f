"""An entry of time against what was agreed: what is wrong with it, and what of it is priced, taxed, capped. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import ApprovedTime, Source
from contracts.canonical.agreements import AgreementLine, BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.pricing import Price, PriceQuery
from contracts.canonical.terms import RetainerUse
from contracts.canonical.timesheets import TimeEntry
from contracts.canonical.trade.rating import price_of
from process_apis.time_to_bill.config import Config


class Wrong(Struct, frozen=True, kw_only=True):
    """Why an entry cannot be booked: a code of the catalogue, and a sentence."""

    code: str
    detail: str


class Judged(Struct, frozen=True, kw_only=True):
    """An entry as it can be booked: under which line, at which price."""

    time: ApprovedTime
    line: AgreementLine
    price: Price | None


def judged(entry: TimeEntry, agreement: BillingAgreement, *, system: str, config: Config) -> Judged | list[Wrong]:
    """What an entry comes to, or everything that is wrong with it at once."""
    line = line_of(entry.phase_id, agreement)
    wrong = list(_wrong(entry, agreement, config=config))
    if line is None:
        detail = f"No line of the agreement covers the phase {entry.phase_id or 'none'} of entry {entry.entry_id}."
        return [*wrong, Wrong(code="CONTRACT_LINE_MISSING", detail=detail)]
    cost = cost_of(entry, agreement)
    if cost is None:
        detail = f"Nobody says what an hour of {entry.person_id} costs on {entry.worked_on}."
        wrong.append(Wrong(code="COST_RATE_MISSING", detail=detail))
    price = None
    if by_actuals(line, agreement):
        price = price_of(_query(entry, agreement), agreement.price_lists)
        if price.code:
            wrong.append(Wrong(code="BILLING_RATE_MISSING", detail=price.detail))
        if line.tax is None:
            detail = f"Nobody decided how line {line.line_id} is taxed; no default is ever taken."
            wrong.append(Wrong(code="BILLING_TAX_MISSING", detail=detail))
    if wrong or cost is None:
        return wrong
    method = line.method if price is None else BillingMethod.TIME_AND_MATERIALS
    time = _time(entry, agreement, line, system=system, cost=cost, method=method)
    return Judged(time=time if price is None else replace(time, billable_hours=price.hours), line=line, price=price)


def by_actuals(line: AgreementLine, agreement: BillingAgreement) -> bool:
    """Whether work under a line has a price of its own: it is billed by time, or drawn from a retainer."""
    drawn = {term.line_id for term in agreement.retainers if term.use is RetainerUse.DRAWN_DOWN}
    return line.method is BillingMethod.TIME_AND_MATERIALS or line.line_id in drawn


def line_of(phase_id: str | None, agreement: BillingAgreement) -> AgreementLine | None:
    """The line that names a phase, else the one that names none (rule BIL-8)."""
    for line in agreement.lines:
        if phase_id is not None and phase_id in line.phase_ids:
            return line
    return next((line for line in agreement.lines if not line.phase_ids), None)


def cost_of(entry: TimeEntry, agreement: BillingAgreement) -> Money | None:
    """What an hour costs on the day of the work: by the cost lists, else as the system of delivery says (RAT-7)."""
    query = replace(_query(entry, agreement), currency=agreement.entity_currency, hours=Decimal(1))
    price = price_of(query, agreement.cost_lists)
    if price.rate is not None:
        return Money(amount=price.rate, currency=agreement.entity_currency)
    return entry.cost_rate


def _wrong(entry: TimeEntry, agreement: BillingAgreement, *, config: Config) -> Iterator[Wrong]:
    longest = Decimal(str(config.longest_day_h))
    for hours in (entry.hours, entry.billable_hours):
        if not 0 <= hours <= longest:
            detail = f"Entry {entry.entry_id} states {hours} hours for one day; at most {longest} can be worked."
            yield Wrong(code="ENTRY_INVALID", detail=detail)
            break
    ends = agreement.ends_before
    if entry.worked_on < agreement.starts_on or (ends is not None and entry.worked_on >= ends):
        days = f"from {agreement.starts_on}" + ("" if ends is None else f" until before {ends}")
        detail = f"Entry {entry.entry_id} is of {entry.worked_on}; work is billed {days}."
        yield Wrong(code="ENTRY_OUTSIDE_CONTRACT", detail=detail)


def _query(entry: TimeEntry, agreement: BillingAgreement) -> PriceQuery:
    return PriceQuery(
        currency=agreement.currency,
        worked_on=entry.worked_on,
        hours=entry.billable_hours,
        person_id=entry.person_id,
        role=entry.role or None,
        region=entry.region,
        contract_id=agreement.contract_id,
        customer_id=agreement.customer_id,
    )


def _time(
    entry: TimeEntry,
    agreement: BillingAgreement,
    line: AgreementLine,
    *,
    system: str,
    cost: Money,
    method: BillingMethod,
) -> ApprovedTime:
    return ApprovedTime(
        source=Source(system=system, source_id=entry.entry_id, version=entry.version),
        project_id=agreement.project_id,
        contract_line_id=line.line_id,
        customer_id=agreement.customer_id,
        legal_entity_id=agreement.legal_entity_id,
        method=method,
        person_id=entry.person_id,
        role=entry.role,
        worked_on=entry.worked_on,
        hours=entry.hours,
        billable_hours=entry.billable_hours,
        cost_rate=cost,
        task_id=entry.phase_id,
        note=entry.note,
    )
