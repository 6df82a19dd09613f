"""Business units a consumer may use in a day, month or year; refuses to forget them, and never gives more than agreed.

The ledger holds what was given out, in SQL. A process takes units from it in leases and deals them out by itself;
what is written down is always at least what was used, so a crash costs the consumer a part of a lease at most, and
never the provider anything. Leases shrink as the quota runs out.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from kit.clock import Clock

Span: TypeAlias = Literal["day", "month", "year"]
_KEPT: Final = 20_000
_AGAIN_S: Final = 10.0
"""An exhausted quota is asked for again after this: another process may have given units back."""


class Quota(NamedTuple):
    """So many units in a span of the calendar in UTC."""

    name: str
    amount: int
    span: Span


class Standing(NamedTuple):
    """How a quota stands for one consumer; `left` is what this process knows of."""

    quota: Quota
    left: int
    resets_in_s: float


class Dealt(NamedTuple):
    """Whether the units were given, and how each quota stands."""

    allowed: bool
    standings: tuple[Standing, ...]
    exhausted: Quota | None = None


class Lease(NamedTuple):
    """Units that were given out, and how many are left in the ledger after that."""

    units: int
    left: int


class Ledger(Protocol):
    """Where it stands how many units were given out."""

    async def lease(self, key: str, span: str, /, *, least: int, wanted: int, amount: int) -> Lease:
        """Give out between `least` and `wanted` units, or none; fewer as they run out."""
        ...

    async def give_back(self, key: str, span: str, /, *, units: int) -> None:
        """Take back units that were not used."""
        ...


class _Purse:
    __slots__ = ("again", "left", "lock", "units", "until")

    def __init__(self, until: datetime, amount: int) -> None:
        self.units = 0
        self.left = amount
        self.again = 0.0
        self.until = until
        self.lock = asyncio.Lock()


class QuotaBook:
    """Deals out units within one process."""

    def __init__(self, ledger: Ledger, *, clock: Clock, lease: float = 0.01) -> None:
        """`lease` is the share of a quota that is taken from the ledger at once."""
        self._ledger = ledger
        self._clock = clock
        self._lease = lease
        self._purses: dict[tuple[str, str], _Purse] = {}

    async def deal(self, consumer: str, quotas: tuple[Quota, ...], *, cost: int) -> Dealt:
        """Use so many units of each quota, or of none."""
        now = self._clock.now()
        taken: list[_Purse] = []
        exhausted = None
        for quota in quotas:
            purse = await self._purse(consumer, quota, now=now, cost=cost)
            if purse.units < cost:
                exhausted = quota
                break
            purse.units -= cost
            taken.append(purse)
        if exhausted is not None:
            for purse in taken:
                purse.units += cost
        standings = tuple(self._standing(consumer, quota, now) for quota in quotas)
        return Dealt(exhausted is None, standings, exhausted)

    async def close(self) -> None:
        """Give back what was leased and not used."""
        purses, self._purses = self._purses, {}
        for (key, span), purse in purses.items():
            if purse.units:
                await self._ledger.give_back(key, span, units=purse.units)

    async def _purse(self, consumer: str, quota: Quota, *, now: datetime, cost: int) -> _Purse:
        span, until = span_of(quota.span, now)
        key = (f"{quota.name}|{consumer}", span)
        purse = self._purses.get(key)
        if purse is None:
            self._sweep(now)
            purse = self._purses[key] = _Purse(until, quota.amount)
        if purse.units >= cost:
            return purse
        async with purse.lock:
            is_due = purse.left + purse.units >= cost or self._clock.monotonic() >= purse.again
            if purse.units < cost and is_due:
                purse.again = self._clock.monotonic() + _AGAIN_S
                wanted = max(cost, int(quota.amount * self._lease))
                missing = cost - purse.units
                lease = await self._ledger.lease(*key, least=missing, wanted=max(wanted, missing), amount=quota.amount)
                purse.units += lease.units
                purse.left = lease.left
        return purse

    def _standing(self, consumer: str, quota: Quota, now: datetime) -> Standing:
        span, until = span_of(quota.span, now)
        purse = self._purses.get((f"{quota.name}|{consumer}", span))
        left = quota.amount if purse is None else purse.units + purse.left
        return Standing(quota, left, (until - now).total_seconds())

    def _sweep(self, now: datetime) -> None:
        if len(self._purses) < _KEPT:
            return
        self._purses = {key: purse for key, purse in self._purses.items() if purse.until > now}


class LocalLedger:
    """In this process: for one process, and only as long as it lives."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], int] = {}

    async def lease(self, key: str, span: str, /, *, least: int, wanted: int, amount: int) -> Lease:
        """Give out units."""
        used = self._given.get((key, span), 0)
        units = fair(least=least, wanted=wanted, left=amount - used)
        self._given[key, span] = used + units
        return Lease(units, amount - used - units)

    async def give_back(self, key: str, span: str, /, *, units: int) -> None:
        """Take back units."""
        self._given[key, span] = max(self._given.get((key, span), 0) - units, 0)


def fair(*, least: int, wanted: int, left: int) -> int:
    """How many units to give out: never more than an eighth of what is left unless it has to be, none if too few."""
    if least > left:
        return 0
    return max(least, min(wanted, left // 8))


def span_of(span: Span, now: datetime) -> tuple[str, datetime]:
    """The day, month or year it is, and when it is over."""
    today = now.astimezone(UTC).date()
    if span == "day":
        return today.isoformat(), _midnight(today + timedelta(days=1))
    if span == "month":
        following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return today.strftime("%Y-%m"), _midnight(following)
    return str(today.year), _midnight(date(today.year + 1, 1, 1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
