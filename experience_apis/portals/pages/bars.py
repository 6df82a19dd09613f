"""Consumption as bars that the server draws: each is told in words too, and hours stand in where no money is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.process.client_billing import CapAccount, LineAccount, ProjectAccount
from experience_apis.portals.health import BUDGET_AMBER_PERCENT, BUDGET_RED_PERCENT, used_percent
from kit.web.locales import Local

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its name, its pieces as (what, how much, class) and what it shows in one sentence."""

    name: str
    about: str
    pieces: Sequence[tuple[str, float, str]]
    hours: Decimal = _NOTHING
    method: str = ""


def line_bars(account: ProjectAccount, local: Local) -> list[Bar]:
    """One bar a line of the contract: billed, worked and not yet billed, and what is left of a fixed or capped sum."""
    return [_line(each, local) for each in account.lines]


def cap_bars(account: ProjectAccount, local: Local) -> list[Bar]:
    """One bar a cap; amber from where its engagement is amber."""
    return [_cap(each, local) for each in account.caps]


def _line(line: LineAccount, local: Local) -> Bar:
    parts = [
        ("billed", line.billed, "good"),
        ("not yet billed", line.unbilled, "warn"),
        ("left", line.remaining, "quiet"),
    ]
    told = [f"{local.money(money)} {name}" for name, money, _ in parts if money is not None]
    pieces = [
        (f"{local.money(money)} {name}", float(money.amount), look) for name, money, look in parts if money is not None
    ]
    hours = f"{local.number(line.hours)} hours charged"
    return Bar(
        name=line.name,
        about=", ".join(told) or hours,
        pieces=pieces,
        hours=line.hours,
        method=line.method.value,
    )


def _cap(cap: CapAccount, local: Local) -> Bar:
    percent = used_percent(cap)
    if percent is None:
        return Bar(name=cap.cap_id, about="its amounts are not shown to your role", pieces=[])
    look = "bad" if percent >= BUDGET_RED_PERCENT else "warn" if percent >= BUDGET_AMBER_PERCENT else "accent"
    if cap.limit_hours is not None and cap.used_hours is not None:
        spent = f"{local.number(cap.used_hours)} of {local.number(cap.limit_hours)} hours"
    else:
        spent = f"{local.money(cap.used)} of {local.money(cap.limit)}"
    about = f"{local.number(int(percent))} % used: {spent}"
    left = max(_NOTHING, 100 - percent)
    return Bar(name=cap.cap_id, about=about, pieces=[("used", float(percent), look), ("left", float(left), "quiet")])
