"""Stretches of time that are announced beforehand; refuses one that ends before it begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

Moment = Annotated[dt.datetime, Meta(tz=True)]


class Stretch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From a moment on, until just before another."""

    starts_at: Moment
    """The first moment."""
    ends_at: Moment
    """The first moment after it."""

    def __post_init__(self) -> None:
        """Refuse a stretch that is none.

        Raises:
            ValueError: it ends before it begins.

        """
        if self.ends_at <= self.starts_at:
            raise ValueError(f"{self.starts_at.isoformat()} to {self.ends_at.isoformat()} is no stretch of time")

    def covers(self, now: dt.datetime) -> bool:
        """Whether it is on."""
        return self.starts_at <= now < self.ends_at


def on(stretches: Iterable[Stretch], now: dt.datetime) -> Stretch | None:
    """The stretch that is on, and of several the one that ends last."""
    return max((each for each in stretches if each.covers(now)), key=lambda each: each.ends_at, default=None)
