"""Refuses nothing: counts every call that was let in, by consumer, operation, version and deprecated field."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from kit.door.meter import Meter as Counts
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where counts are kept."""

    path: str = ""
    """File of JSON lines that counts are appended to; empty: they end with the process."""
    every_s: float = 60.0
    """Seconds between two appends."""
    rows: int = 50_000
    """Most rows in memory; newcomers beyond are counted together."""


class Meter:
    """Observes; a call that a policy refused is no use of the operation, one that a tier failed is."""

    needs: ClassVar[tuple[str, ...]] = ("operation", "caller")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    @property
    def rests(self) -> bool:
        """It only looks on."""
        return True

    def __call__(self, _request: Request, /) -> Verdict:
        """Nothing to decide."""
        return None

    def ended(self, request: Request, /, *, status: int) -> None:
        """Count."""
        operation = request.operation
        if operation is None or request.caller is None or not (_let_in(request) or status in {200, 304}):
            return
        self._counts.note(
            consumer=request.consumer,
            operation=operation.name,
            version=request.version,
            fields=request.superseded,
        )


def _let_in(request: Request) -> bool:
    return request.refused_by in {"", "forward"}
