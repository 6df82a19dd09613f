"""Approved hours become lines, a cancelled approval undoes them, and a change is both (BIL-1, BIL-2, BIL-4, TIM-1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, ApprovedTime, CapVerdict, Chargeability, Side, TaxDecision
from contracts.canonical.deal import BillingMethod
from contracts.canonical.documents import ExchangeRecord
from contracts.canonical.money import Money
from contracts.canonical.pricing import RATE_MISSING, Price, Rounding
from contracts.canonical.trade.ledger.lines import (
    ACTUAL_INVOICED,
    ACTUAL_ON_DRAFT,
    INVALID_HOURS,
    Refused,
    live,
    named,
    next_revision,
    of_source,
    reversal,
    valued,
)

_BY_ACTUALS: Final = BillingMethod.TIME_AND_MATERIALS
_SALES: Final = (Chargeability.CHARGEABLE, Chargeability.NON_CHARGEABLE, Chargeability.OVER_CAP)


def approved(
    entry: ApprovedTime,
    *,
    price: Price | None,
    tax: TaxDecision | None,
    accounting_date: dt.date,
    verdict: CapVerdict | None = None,
    exchange: ExchangeRecord | None = None,
    mode: Rounding = Rounding.HALF_UP,
    revision: int = 1,
    adjusts: str | None = None,
) -> list[Actual]:
    """The lines of approved hours: their cost, and what they sell for unless the contract line has its own invoices.

    Cost is of the hours worked. Fewer billable hours leave a non-chargeable rest; more are billed as approved.
    `verdict` is what caps leave of the billable hours.

    Raises:
        Refused: INVALID_HOURS, when hours are negative; RATE_MISSING and TAX_CODE_MISSING, when there is nothing
            to bill with; CAP_EXCEEDED, when a cap refused the entry.

    """
    if entry.hours < 0 or entry.billable_hours < 0:
        raise Refused(INVALID_HOURS, f"{entry.source.source_id} has a negative number of hours")
    cost = named(valued(_line(entry, entry.hours, accounting_date=accounting_date, mode=mode, revision=revision)))
    cost = replace(cost, adjusts=adjusts)
    if entry.method is not _BY_ACTUALS:
        return [cost]
    if price is None or price.rate is None:
        raise Refused(RATE_MISSING, f"there is no rate for {entry.role} on {entry.worked_on}")
    if tax is None:
        raise Refused("TAX_CODE_MISSING", f"nobody decided how {entry.source.source_id} is taxed")
    if verdict is not None and verdict.code:
        raise Refused(verdict.code, f"cap {verdict.refused_by} refuses {entry.billable_hours} hours")
    sold = replace(
        cost,
        side=Side.UNBILLED_SALES,
        unit_rate=price.rate,
        amount=Money(amount=Decimal(0), currency=price.currency),
        price_trace=price.trace,
        tax=tax,
        exchange=exchange,
    )
    parts = zip(_SALES, _quantities(entry, verdict), strict=True)
    return [
        cost,
        *(
            named(valued(replace(sold, chargeability=chargeability, quantity=hours)))
            for chargeability, hours in parts
            if hours
        ),
    ]


def cancelled(
    lines: Sequence[Actual],
    entry: Actual,
    *,
    held: Collection[str],
    accounting_date: dt.date,
    reason: str,
    decided_by: str,
) -> list[Actual]:
    """The reversals of everything that came of the source of a line (rule TIM-1).

    Raises:
        Refused: REASON_MISSING, without a reason and an approver; ACTUAL_ON_DRAFT and ACTUAL_INVOICED, when a
            line is on a draft or was billed, in which case only a corrective invoice helps.

    """
    if not reason or not decided_by:
        raise Refused("REASON_MISSING", "an approval is cancelled for a reason, by somebody")
    standing = live(of_source(lines, entry))
    if any(line.side is Side.BILLED_SALES for line in standing):
        raise Refused(ACTUAL_INVOICED, f"{entry.source.source_id} was invoiced; correct the invoice")
    if any(line.actual_id in held for line in standing):
        raise Refused(ACTUAL_ON_DRAFT, f"{entry.source.source_id} is on a draft; discard it first")
    return [reversal(line, accounting_date=accounting_date, reason=reason, decided_by=decided_by) for line in standing]


def moved(
    lines: Sequence[Actual],
    entry: Actual,
    changed: ApprovedTime,
    *,
    held: Collection[str],
    price: Price | None,
    tax: TaxDecision | None,
    accounting_date: dt.date,
    reason: str,
    decided_by: str,
    verdict: CapVerdict | None = None,
    exchange: ExchangeRecord | None = None,
) -> list[Actual]:
    """A line of the correction journal: other project, day, person or hours, at the price of the new day (TIM-3).

    Raises:
        Refused: as `cancelled` and `approved`; SOURCE_DIFFERS, when the change is of another record.

    """
    if (changed.source.system, changed.source.source_id) != (entry.source.system, entry.source.source_id):
        raise Refused("SOURCE_DIFFERS", f"{changed.source.source_id} is not {entry.source.source_id}")
    undone = cancelled(lines, entry, held=held, accounting_date=accounting_date, reason=reason, decided_by=decided_by)
    fresh = approved(
        changed,
        price=price,
        tax=tax,
        accounting_date=accounting_date,
        verdict=verdict,
        exchange=exchange,
        mode=entry.rounding,
        revision=next_revision(lines, entry),
        adjusts=entry.actual_id,
    )
    return [*undone, *(replace(line, reason=reason, decided_by=decided_by) for line in fresh)]


def _quantities(entry: ApprovedTime, verdict: CapVerdict | None) -> tuple[Decimal, Decimal, Decimal]:
    rest = max(entry.hours - entry.billable_hours, Decimal(0))
    if verdict is None:
        return entry.billable_hours, rest, Decimal(0)
    if verdict.chargeable + verdict.over_cap != entry.billable_hours:
        raise Refused("VERDICT_DIFFERS", "the caps were asked about another number of hours")
    return verdict.chargeable, rest, verdict.over_cap


def _line(entry: ApprovedTime, hours: Decimal, *, accounting_date: dt.date, mode: Rounding, revision: int) -> Actual:
    return Actual(
        actual_id="",
        kind=ActualKind.HOURS,
        source=entry.source,
        revision=revision,
        side=Side.COST,
        chargeability=Chargeability.NON_CHARGEABLE,
        project_id=entry.project_id,
        contract_line_id=entry.contract_line_id,
        customer_id=entry.customer_id,
        legal_entity_id=entry.legal_entity_id,
        work_date=entry.worked_on,
        accounting_date=accounting_date,
        worked_period=f"{entry.worked_on:%Y-%m}",
        quantity=hours,
        unit_rate=entry.cost_rate.amount,
        amount=replace(entry.cost_rate, amount=Decimal(0)),
        rounding=mode,
        person_id=entry.person_id,
        role=entry.role,
        task_id=entry.task_id,
    )
