"""Refuses a deprecated version for short announced whiles before its end: 503, so that nobody is surprised by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.door.calendar import on
from kit.door.lifecycle import Line
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether rehearsals are held at all."""

    held: bool = True
    """False calls off every brownout, for a day on which one more outage would be one too many."""


class Brownout:
    """Rehearses the end of a version."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "version")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, lines: Mapping[str, Line], clock: Clock) -> None:
        self._clock = clock
        self._stretches = {
            (line.product, version.name): version
            for line in lines.values()
            for version in line.versions.values()
            if version.brownout and config.held
        }

    @property
    def rests(self) -> bool:
        """Whether no version is rehearsed."""
        return not self._stretches

    def __call__(self, request: Request, /) -> Verdict:
        """Look at the calendar of the version."""
        if not self._stretches or not request.version:
            return None
        version = self._stretches.get((request.matched.product, request.version))
        if version is None:
            return None
        now = self._clock.now()
        stretch = on(version.brownout, now)
        if stretch is None:
            return None
        ends = f", and ends for good on {version.sunset_on.isoformat()}" if version.sunset_on else ""
        return Problem(
            Kind.UNAVAILABLE,
            "brownout.rehearsal",
            f"version {version.name} rests until {stretch.ends_at.isoformat()}{ends}",
            hint=f"move to {version.successor}" if version.successor else "move to a newer version",
            retry_after_s=(stretch.ends_at - now).total_seconds(),
            context={"version": version.name, "successor": version.successor},
        )
