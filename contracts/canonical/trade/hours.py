"""Rounded time, as a policy on what was entered; the raw duration is kept beside it (rule MON-9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum
from typing import Annotated, Final

from contracts.canonical.field import Noun, Record, fact
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.rounding import PRECISION, line_net


class TimeSpan(StrEnum):
    """What is added up before it is rounded; of one person and project in every case."""

    ENTRY = "entry"
    DAY = "day"
    MONTH = "month"
    INVOICE = "invoice"


class TimeMode(StrEnum):
    """Which way time is rounded; a reversal's the same way as what it reverses."""

    UP = "up"
    NEAREST = "nearest"
    DOWN = "down"


class TimePolicy(Noun, frozen=True, kw_only=True):
    """How time is rounded: to which increment, which way, over what, and the least that counts once there is any."""

    increment: Annotated[Decimal, fact("What rounded time is a multiple of", Record.CRM, unit="hours", example="0.25")]
    mode: TimeMode = TimeMode.NEAREST
    span: TimeSpan = TimeSpan.MONTH
    minimum: Annotated[Decimal, fact("Least that counts", Record.CRM, unit="hours")] = Decimal(0)


class TimeEntry(Noun, frozen=True, kw_only=True):
    """Hours as entered."""

    entry_id: str
    person_id: str
    project_id: str
    worked_on: dt.date
    hours: Annotated[Decimal, fact("As entered", Record.PSA, unit="hours")]


class RoundedTime(Noun, frozen=True, kw_only=True):
    """What was added up, raw and rounded, and what it comes to at a rate."""

    person_id: str
    project_id: str
    span: Annotated[str, fact("Entry, day or month that was added up; empty for an invoice", Record.SLUICE)]
    entry_ids: list[str]
    raw_hours: Annotated[Decimal, fact("As entered", Record.PSA, unit="hours")]
    hours: Annotated[Decimal, fact("As rounded", Record.SLUICE, unit="hours")]

    def amount(self, rate: Decimal, currency: Currency, *, mode: Rounding = Rounding.HALF_UP) -> Decimal:
        """The rounded hours at a rate, cut to minor units; the hours are never rounded after the amount."""
        return line_net(self.hours, rate, currency, mode=mode)


_MODES: Final = {TimeMode.UP: ROUND_CEILING, TimeMode.NEAREST: ROUND_HALF_UP, TimeMode.DOWN: ROUND_FLOOR}


def rounded_hours(raw: Decimal, policy: TimePolicy) -> Decimal:
    """One duration by a policy; of a negative one the magnitude is rounded, so that a reversal is exact.

    Raises:
        ValueError: the increment is not positive, or the minimum is negative.

    """
    if policy.increment <= 0 or policy.minimum < 0:
        raise ValueError(f"time cannot be rounded to {policy.increment} with a minimum of {policy.minimum}")
    with localcontext(Context(prec=PRECISION)):
        size = abs(raw)
        steps = (size / policy.increment).quantize(Decimal(1), rounding=_MODES[policy.mode])
        size = max(steps * policy.increment, policy.minimum) if size else size
    return -size if raw < 0 else size


def added_up(entries: Sequence[TimeEntry], policy: TimePolicy) -> list[RoundedTime]:
    """Entries added up by person, project and span, then rounded; sorted by these, whatever the order given."""
    found: dict[tuple[str, str, str], list[TimeEntry]] = {}
    for entry in sorted(entries, key=lambda each: (each.worked_on, each.entry_id)):
        found.setdefault((entry.person_id, entry.project_id, _span(entry, policy.span)), []).append(entry)
    done = []
    for (person, project, span), together in sorted(found.items()):
        raw = sum((entry.hours for entry in together), Decimal(0))
        done.append(
            RoundedTime(
                person_id=person,
                project_id=project,
                span=span,
                entry_ids=[entry.entry_id for entry in together],
                raw_hours=raw,
                hours=rounded_hours(raw, policy),
            )
        )
    return done


def _span(entry: TimeEntry, span: TimeSpan) -> str:
    if span is TimeSpan.ENTRY:
        return entry.entry_id
    if span is TimeSpan.DAY:
        return entry.worked_on.isoformat()
    return entry.worked_on.strftime("%Y-%m") if span is TimeSpan.MONTH else ""
