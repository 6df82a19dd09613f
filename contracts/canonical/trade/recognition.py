"""Revenue earned: progress with catch-up, expected losses, how a contract stands, roll-forward (REV-2, -3, -7, -8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal, localcontext
from typing import Annotated

from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, cut, to_step


class Measure(Noun, frozen=True, kw_only=True):
    """What was spent and what all of it is estimated to take, in money or in hours.

    `waste` counts for no progress. Uninstalled third-party items count neither as done nor as to be done; what of
    them the customer controls earns its own cost. The denominator is the estimate alone, never plan and usage.
    """

    done: Annotated[Decimal, fact("Spent to date, uninstalled items not included", Record.ERP)]
    estimate: Annotated[Decimal, fact("Estimated total at completion, everything included", Record.SLUICE)]
    waste: Annotated[Decimal, fact("What of it was wasted", Record.SLUICE)] = Decimal(0)
    uninstalled: Annotated[Decimal, fact("Uninstalled items the customer controls", Record.SLUICE)] = Decimal(0)
    uninstalled_estimate: Annotated[Decimal, fact("Uninstalled items in the estimate", Record.SLUICE)] = Decimal(0)


class PercentPolicy(Noun, frozen=True, kw_only=True):
    """To how many decimals of a per cent progress is cut before it is used; not at all unless said (rule REV-2)."""

    places: Annotated[int | None, fact("Decimals of a per cent", Record.SLUICE, example=1)] = None


class Recognised(Noun, frozen=True, kw_only=True):
    """Revenue by progress. `period` may be negative; `overrun` says that more was spent than estimated."""

    progress: Annotated[Decimal, fact("Share that is done, from 0 to 1", Record.SLUICE)]
    cumulative: Annotated[Decimal, fact("Revenue to date", Record.SLUICE)]
    period: Annotated[Decimal, fact("Revenue to date less what was recognised before", Record.SLUICE)]
    overrun: Annotated[bool, fact("Whether the estimate must be looked at", Record.SLUICE)]
    policy: PercentPolicy


class Standing(Noun, frozen=True, kw_only=True):
    """How one contract is shown at a date: one of the three at most is not zero (rule REV-7)."""

    receivable: Decimal = Decimal(0)
    contract_asset: Decimal = Decimal(0)
    contract_liability: Decimal = Decimal(0)


class RollForward(Noun, frozen=True, kw_only=True):
    """What one period moved, of one contract, entity and currency. Balances are liability less asset (rule REV-8)."""

    period: Annotated[str, fact("Period", Record.ERP, example="2026-06")]
    opening: Decimal
    billed: Decimal = Decimal(0)
    recognised: Decimal = Decimal(0)
    modified: Decimal = Decimal(0)
    exchange: Decimal = Decimal(0)
    closing: Decimal


def progress_of(measure: Measure, *, policy: PercentPolicy | None = None) -> Decimal:
    """The share that is done, from 0 to 1 (rule REV-2).

    Raises:
        ValueError: nothing is estimated besides uninstalled items, so that there is no share of it.

    """
    whole = measure.estimate - measure.uninstalled_estimate
    if whole <= 0:
        raise ValueError("progress is a share of an estimate, and there is none")
    with localcontext(Context(prec=PRECISION)):
        share = min(Decimal(1), max(Decimal(0), (measure.done - measure.waste) / whole))
    if policy is None or policy.places is None:
        return share
    return to_step(share, Decimal(1).scaleb(-policy.places - 2))


def by_progress(
    price: Decimal,
    measure: Measure,
    currency: Currency,
    *,
    before: Decimal = Decimal(0),
    policy: PercentPolicy | None = None,
    mode: Rounding = Rounding.HALF_UP,
) -> Recognised:
    """Revenue to date by progress, and the period's as what is missing or too much: cumulative catch-up (REV-2).

    Items that are not installed earn what they cost and no margin; the rest of the price follows progress.

    Raises:
        ValueError: there is no estimate to be a share of.

    """
    share = progress_of(measure, policy=policy)
    with localcontext(Context(prec=PRECISION)):
        earned = share * (price - measure.uninstalled_estimate) + measure.uninstalled
    cumulative = cut(earned, currency, mode=mode)
    return Recognised(
        progress=share,
        cumulative=cumulative,
        period=cumulative - before,
        overrun=measure.done - measure.waste > measure.estimate - measure.uninstalled_estimate,
        policy=policy or PercentPolicy(),
    )


def expected_loss(price: Decimal, estimated_cost: Decimal) -> Decimal:
    """What a contract will lose in all; it is recognised at once and whole (rule REV-3). Zero when it loses nothing."""
    return max(Decimal(0), estimated_cost - price)


def loss_provision(price: Decimal, estimated_cost: Decimal, *, recognised: Decimal, cost: Decimal) -> Decimal:
    """What must be provided so that result to date less provision is the whole loss; never negative (rule REV-3)."""
    loss = expected_loss(price, estimated_cost)
    return max(Decimal(0), loss + (recognised - cost)) if loss else Decimal(0)


def standing(*, recognised: Decimal, billed: Decimal, only_time_must_pass: bool) -> Standing:
    """One contract's net position: receivable or contract asset when more is earned than billed, else a liability.

    `billed` includes what is due without being billed yet.
    """
    net = recognised - billed
    if net < 0:
        return Standing(contract_liability=-net)
    return Standing(receivable=net) if only_time_must_pass else Standing(contract_asset=net)


def balance(shown: Standing) -> Decimal:
    """A standing as one figure: liability less asset."""
    return shown.contract_liability - shown.contract_asset - shown.receivable


def unrolled(periods: Sequence[RollForward]) -> list[str]:
    """Every identity that a roll-forward breaks, in words: each period's own sum, and each opening (rule REV-8)."""
    found = []
    for number, each in enumerate(periods):
        moved = each.opening + each.billed - each.recognised + each.modified + each.exchange
        if moved != each.closing:
            found.append(f"{each.period} closes at {each.closing}, its movements at {moved}")
        if number and each.opening != periods[number - 1].closing:
            before = periods[number - 1]
            found.append(f"{each.period} opens at {each.opening}, {before.period} closed at {before.closing}")
    return found
