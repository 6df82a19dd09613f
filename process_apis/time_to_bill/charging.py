"""What terms of an agreement make due by dates, and what the ledger lacks of it: fees, advances, subscriptions. Pure.

A charge is one whole of its price on the ledger, whatever was corrected meanwhile. Where the agreement was amended,
what is unbilled is reversed and stands anew; what is billed is taken back and billed anew by lines of their own, for
the next invoice (rules BIL-4, BIL-6, BIL-7, BIL-13, CHG-2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, ActualKind, Chargeability, Side, Source, TaxDecision
from contracts.canonical.agreements import AgreementLine, AgreementVersion, BillingAgreement
from contracts.canonical.deal import BillingTiming
from contracts.canonical.money import Money
from contracts.canonical.terms import FixedFeeTerm, RetainerTerm, SubscriptionTerm
from contracts.canonical.trade.ledger.lines import Refused, live, named, next_revision, reversal, valued
from contracts.canonical.trade.ledger.periods import AccountingPolicy, EntryDays, accounting_day
from contracts.canonical.trade.subscriptions import prorated, segments
from process_apis.time_to_bill.periods import Period, periods

SYSTEM: Final = "sluice"
TAX_CODE_MISSING: Final = "TAX_CODE_MISSING"
BY_DATE: Final = frozenset({ActualKind.INSTALLMENT, ActualKind.RETAINER, ActualKind.SUBSCRIPTION_PERIOD})
PERIOD: Final = "period"


class Charge(Struct, frozen=True, kw_only=True):
    """One thing that falls due on a day; `key` names it by project, line and period."""

    key: str
    kind: ActualKind
    line_id: str
    due_on: dt.date
    name: str
    amount: Decimal


def key_of(project_id: str, line_id: str, period: object) -> str:
    """The name of a charge: the same period of the same line is the same charge."""
    return f"{project_id}/{line_id}/{period}"


def charges(agreement: BillingAgreement, *, through: dt.date) -> Iterator[Charge]:
    """Everything that falls due up to a day, in order of term."""
    for fee in agreement.fees:
        yield from _installments(agreement, fee, through=through)
    for retainer in agreement.retainers:
        yield from _advances(agreement, retainer, through=through)
    for subscription in agreement.subscriptions:
        yield from _subscribed(agreement, subscription, through=through)


def lacking(
    found: AgreementVersion,
    lines: Sequence[Actual],
    *,
    held: Collection[str],
    through: dt.date,
    closed: Collection[str],
) -> list[Actual]:
    """The lines that the ledger lacks of what fell due up to a day; none, when it lacks nothing.

    Raises:
        Refused: TAX_CODE_MISSING, when a line that is due has no tax decision.

    """
    ours: dict[str, list[Actual]] = {}
    for line in lines:
        if line.source.system == SYSTEM and line.kind in BY_DATE and line.unit == PERIOD:
            ours.setdefault(line.source.source_id, []).append(line)
    horizon = max([through, *(line.work_date for each in ours.values() for line in each)])
    wanted = {charge.key: charge for charge in charges(found.agreement, through=horizon) if charge.amount}
    clerk = _Clerk(found, held=held, closed=closed, through=through)
    appended: list[Actual] = []
    for key, charge in wanted.items():
        if key in ours or charge.due_on <= through:
            appended += clerk.settle(ours.get(key, []), charge)
    for key in sorted(ours.keys() - wanted.keys()):
        appended += clerk.settle(ours[key], None)
    return appended


def advances(term: RetainerTerm, *, through: dt.date) -> list[Period]:
    """The periods of a retainer that began up to a day."""
    return list(
        periods(term.frequency, term.anchor, starts_on=term.starts_on, ends_before=term.ends_before, through=through)
    )


class _Clerk:
    """Brings the lines of one charge to what is agreed now."""

    def __init__(
        self, found: AgreementVersion, *, held: Collection[str], closed: Collection[str], through: dt.date
    ) -> None:
        self._agreement = found.agreement
        self._version = found.version
        self._held = held
        self._closed = closed
        self._through = through

    def settle(self, known: Sequence[Actual], charge: Charge | None) -> list[Actual]:
        """At each price as often as it is agreed: once at that of now, from the day that it is due, and at no other."""
        sales = [line for line in live(known) if line.side is not Side.COST]
        appended = [self._undone(line) for line in sales if self._loose(line) and _is_otherwise(line, charge, sales)]
        sales = [line for line in sales if line.actual_id not in {each.reversal_of for each in appended}]
        for rate in sorted({line.unit_rate for line in sales} - ({charge.amount} if charge is not None else set())):
            at_rate = [line for line in sales if line.unit_rate == rate]
            less = -sum((line.quantity for line in at_rate), Decimal(0))
            if less:
                appended.append(self._taken_back(at_rate[0], less, after=[*known, *appended]))
        if charge is not None and charge.due_on <= self._through:
            less = 1 - sum((line.quantity for line in sales if line.unit_rate == charge.amount), Decimal(0))
            if less:
                appended.append(self._charged(charge, less, after=[*known, *appended]))
        return appended

    def _undone(self, line: Actual) -> Actual:
        return reversal(line, accounting_date=self._day(line.work_date), reason=self._reason, decided_by=SYSTEM)

    def _taken_back(self, billed: Actual, quantity: Decimal, *, after: Sequence[Actual]) -> Actual:
        """What was billed at a price that holds no more, taken back as it was, its tax too (rule MON-7)."""
        fresh = replace(
            billed,
            source=replace(billed.source, version=self._version),
            revision=next_revision(after, billed),
            side=Side.UNBILLED_SALES,
            chargeability=Chargeability.CHARGEABLE,
            quantity=quantity,
            accounting_date=self._day(billed.work_date),
            invoice_line=None,
            adjusts=billed.actual_id,
            reason=self._reason,
            decided_by=SYSTEM,
        )
        return named(valued(fresh))

    def _charged(self, charge: Charge, quantity: Decimal, *, after: Sequence[Actual]) -> Actual:
        line = line_of(self._agreement, charge.line_id)
        fresh = Actual(
            actual_id="",
            kind=charge.kind,
            source=Source(system=SYSTEM, source_id=charge.key, version=self._version),
            revision=next_revision(after, after[0]) if after else 1,
            side=Side.UNBILLED_SALES,
            chargeability=Chargeability.CHARGEABLE,
            project_id=self._agreement.project_id,
            contract_line_id=line.line_id,
            customer_id=self._agreement.customer_id,
            legal_entity_id=self._agreement.legal_entity_id,
            work_date=charge.due_on,
            accounting_date=self._day(charge.due_on),
            worked_period=f"{charge.due_on:%Y-%m}",
            quantity=quantity,
            unit=PERIOD,
            unit_rate=charge.amount,
            amount=Money(amount=Decimal(0), currency=self._agreement.currency),
            rounding=self._agreement.rounding,
            task_id=charge.name,
            tax=tax_of(line),
            reason=self._reason if after else "",
            decided_by=SYSTEM if after else "",
        )
        return named(valued(fresh))

    def _loose(self, line: Actual) -> bool:
        """Whether a line can still be reversed: on no invoice, on no draft, and not written off."""
        return (
            line.side is Side.UNBILLED_SALES
            and line.chargeability is Chargeability.CHARGEABLE
            and line.actual_id not in self._held
        )

    def _day(self, due_on: dt.date) -> dt.date:
        return accounting_day(AccountingPolicy.WORK_DATE, EntryDays(worked_on=due_on), closed=self._closed)

    @property
    def _reason(self) -> str:
        return f"agreement version {self._version}"


def _is_otherwise(line: Actual, charge: Charge | None, sales: Sequence[Actual]) -> bool:
    """Whether a line is not as its charge is agreed now; what takes back a billed one stays as long as that stands."""
    if charge is not None and line.unit_rate == charge.amount:
        said = (line.work_date, line.contract_line_id, line.task_id)
        return said != (charge.due_on, charge.line_id, charge.name)
    left = sum((each.quantity for each in sales if each.unit_rate == line.unit_rate), Decimal(0))
    return left * line.quantity > 0


def line_of(agreement: BillingAgreement, line_id: str) -> AgreementLine:
    """A line of an agreement, which its terms name."""
    return next(line for line in agreement.lines if line.line_id == line_id)


def tax_of(line: AgreementLine) -> TaxDecision:
    """How what falls due under a line is taxed.

    Raises:
        Refused: TAX_CODE_MISSING, when nobody decided.

    """
    if line.tax is None:
        raise Refused(TAX_CODE_MISSING, f"nobody decided how line {line.line_id} is taxed")
    return line.tax


def _installments(agreement: BillingAgreement, term: FixedFeeTerm, *, through: dt.date) -> Iterator[Charge]:
    for part in term.installments:
        if part.due_on <= through:
            yield Charge(
                key=key_of(agreement.project_id, term.line_id, part.installment_id),
                kind=ActualKind.INSTALLMENT,
                line_id=term.line_id,
                due_on=part.due_on,
                name=part.name,
                amount=part.amount,
            )


def _advances(agreement: BillingAgreement, term: RetainerTerm, *, through: dt.date) -> Iterator[Charge]:
    for number, period in enumerate(advances(term, through=through)):
        amount = term.first_amount if number == 0 and term.first_amount is not None else None
        if amount is None:
            amount = prorated(term.amount, period.days, period.of_days, agreement.currency, mode=agreement.rounding)
        yield Charge(
            key=key_of(agreement.project_id, term.line_id, period.starts_on),
            kind=ActualKind.RETAINER,
            line_id=term.line_id,
            due_on=period.starts_on,
            name=period.said,
            amount=amount,
        )


def _subscribed(agreement: BillingAgreement, term: SubscriptionTerm, *, through: dt.date) -> Iterator[Charge]:
    """A charge for each month, or part of it at one price; all of a billed period fall due on one day."""
    billed = list(
        periods(term.frequency, term.anchor, starts_on=term.starts_on, ends_before=term.ends_before, through=through)
    )
    if not billed:
        return
    pieces = segments(
        term.steps,
        agreement.currency,
        starts_on=term.starts_on,
        ends_before=billed[-1].ends_before,
        anchor=term.anchor,
        timing=term.timing,
        mode=agreement.rounding,
    )
    ends = iter(billed)
    period = next(ends)
    for piece in (charge for segment in pieces for charge in segment.charges):
        while piece.starts_on >= period.ends_before:
            period = next(ends)
        due_on = period.starts_on if term.timing is BillingTiming.ADVANCE else period.last_day
        if due_on <= through:
            yield Charge(
                key=key_of(agreement.project_id, term.line_id, piece.starts_on),
                kind=ActualKind.SUBSCRIPTION_PERIOD,
                line_id=term.line_id,
                due_on=due_on,
                name=f"{piece.starts_on} to {piece.ends_before - dt.timedelta(days=1)}",
                amount=piece.amount,
            )
