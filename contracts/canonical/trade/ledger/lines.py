"""What every act on the ledger is made of: a line with its name, its reversal, and which lines still count (TIM-2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from contracts.canonical.actuals import Actual, Chargeability, InvoiceLineReference, LineState, Side
from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from contracts.canonical.trade.exchange import converted
from contracts.canonical.trade.rounding import line_net

ACTUAL_INVOICED: Final = "ACTUAL_INVOICED"
ACTUAL_ON_DRAFT: Final = "ACTUAL_ON_DRAFT"
ACTUAL_UNKNOWN: Final = "ACTUAL_UNKNOWN"
INVALID_HOURS: Final = "INVALID_HOURS"


class Refused(ValueError):
    """A rule of the ledger refuses an act; `code` names the rule, and nothing was done."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Balance(Noun, frozen=True, kw_only=True):
    """What became of approved quantities; all but `non_chargeable` sum to what was approved as chargeable."""

    wip: Decimal
    billed: Decimal
    over_cap: Decimal
    written_off: Decimal
    non_chargeable: Decimal

    @property
    def chargeable(self) -> Decimal:
        """Unbilled, billed, above a cap or written off: what was approved as chargeable and not waived since."""
        return self.wip + self.billed + self.over_cap + self.written_off


def named(line: Actual) -> Actual:
    """The line under the name that its source, customer, revision, side and purpose give it.

    The same act done twice makes the same name, so that a store which keeps names unique appends it once.
    """
    parts = (line.source.system, line.source.source_id, line.customer_id, str(line.revision))
    name = "/".join((*parts, line.side.value, line.chargeability.value))
    return replace(line, actual_id=name)


def valued(line: Actual) -> Actual:
    """The line with its amount computed from quantity and rate, and converted when it has rates (MON-3, MON-6)."""
    net = line_net(line.quantity, line.unit_rate, line.amount.currency, mode=line.rounding)
    amount = Money(amount=net, currency=line.amount.currency)
    if line.exchange is None:
        return replace(line, amount=amount)
    there = Money(amount=converted(net, line.exchange, mode=line.rounding), currency=line.exchange.to_currency)
    return replace(line, amount=amount, entity_amount=there)


def derived(
    line: Actual,
    *,
    quantity: Decimal,
    revision: int,
    accounting_date: dt.date,
    side: Side | None = None,
    chargeability: Chargeability | None = None,
    unit_rate: Decimal | None = None,
    invoice_line: InvoiceLineReference | UnsetType | None = UNSET,
    reason: str = "",
    decided_by: str = "",
) -> Actual:
    """A new line that stands for another; what is not said stays as it was."""
    return named(
        valued(
            replace(
                line,
                quantity=quantity,
                revision=revision,
                accounting_date=accounting_date,
                side=line.side if side is None else side,
                chargeability=line.chargeability if chargeability is None else chargeability,
                unit_rate=line.unit_rate if unit_rate is None else unit_rate,
                invoice_line=line.invoice_line if isinstance(invoice_line, UnsetType) else invoice_line,
                adjusts=line.actual_id,
                reversal_of=None,
                state=LineState.OPEN,
                reason=reason,
                decided_by=decided_by,
            )
        )
    )


def reversal(
    line: Actual,
    *,
    accounting_date: dt.date,
    reason: str,
    decided_by: str = "",
    invoice_line: InvoiceLineReference | None = None,
) -> Actual:
    """What undoes a line: quantity and amounts negated as they stand; rate, tax, rates of exchange kept (TIM-2, MON-7).

    Raises:
        Refused: UNADJUSTABLE, when the line is itself a reversal or was reversed before.

    """
    if line.state is not LineState.OPEN or line.reversal_of is not None:
        raise Refused("UNADJUSTABLE", f"{line.actual_id} is {line.state.value} and cannot be reversed")
    there = line.entity_amount
    return replace(
        line,
        actual_id=f"{line.actual_id}/reversal",
        quantity=-line.quantity,
        amount=replace(line.amount, amount=-line.amount.amount),
        entity_amount=None if there is None else replace(there, amount=-there.amount),
        accounting_date=accounting_date,
        reversal_of=line.actual_id,
        state=LineState.UNADJUSTABLE,
        invoice_line=line.invoice_line if invoice_line is None else invoice_line,
        reason=reason,
        decided_by=decided_by,
    )


def standing(lines: Iterable[Actual]) -> list[Actual]:
    """The lines with the state that the others give them: adjusted when one of them reverses it."""
    everything = list(lines)
    undone = {line.reversal_of for line in everything if line.reversal_of is not None}
    return [
        replace(line, state=LineState.ADJUSTED) if line.actual_id in undone and line.state is LineState.OPEN else line
        for line in everything
    ]


def live(lines: Iterable[Actual], *, side: Side | None = None) -> list[Actual]:
    """The lines that still count: neither reversed nor a reversal."""
    return [line for line in standing(lines) if line.state is LineState.OPEN and side in {None, line.side}]


def of_source(lines: Iterable[Actual], line: Actual) -> list[Actual]:
    """All lines that come from the record of one, whatever its version."""
    key = (line.source.system, line.source.source_id)
    return [each for each in lines if (each.source.system, each.source.source_id) == key]


def next_revision(lines: Iterable[Actual], line: Actual) -> int:
    """The number that the next act on the source of a line takes."""
    return 1 + max((each.revision for each in of_source(lines, line)), default=0)


def found(lines: Iterable[Actual], actual_id: str) -> Actual:
    """A line that still counts, by its id.

    Raises:
        Refused: UNADJUSTABLE, when it is reversed or a reversal; ACTUAL_UNKNOWN, when there is none.

    """
    return found_in(by_id(lines), actual_id)


def by_id(lines: Iterable[Actual]) -> dict[str, Actual]:
    """The lines by their ids, each with its state: for who looks for many of them."""
    return {line.actual_id: line for line in standing(lines)}


def found_in(lines: Mapping[str, Actual], actual_id: str) -> Actual:
    """As `found`, among lines by their ids.

    Raises:
        Refused: as `found`.

    """
    line = lines.get(actual_id)
    if line is None:
        raise Refused(ACTUAL_UNKNOWN, f"there is no line {actual_id}")
    if line.state is not LineState.OPEN:
        raise Refused("UNADJUSTABLE", f"{actual_id} is {line.state.value}")
    return line


def balance(lines: Iterable[Actual]) -> Balance:
    """The quantities of the sales side by what became of them; a reversal takes its original out."""
    sums: dict[tuple[Side, Chargeability], Decimal] = {}
    for line in lines:
        key = (line.side, line.chargeability)
        sums[key] = sums.get(key, Decimal(0)) + line.quantity

    def of(chargeability: Chargeability, *sides: Side) -> Decimal:
        return sum((sums.get((side, chargeability), Decimal(0)) for side in sides), Decimal(0))

    both = (Side.UNBILLED_SALES, Side.BILLED_SALES)
    return Balance(
        wip=of(Chargeability.CHARGEABLE, Side.UNBILLED_SALES),
        billed=of(Chargeability.CHARGEABLE, Side.BILLED_SALES),
        over_cap=of(Chargeability.OVER_CAP, *both),
        written_off=of(Chargeability.WRITTEN_OFF, *both),
        non_chargeable=of(Chargeability.NON_CHARGEABLE, *both),
    )
