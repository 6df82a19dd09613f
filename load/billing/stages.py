"""Time and processor by stage, peak memory, and what one run found; a run that does not tie reports nothing."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


class NotTied(Exception):
    """The books of a run do not agree; the message says where."""


@dataclass
class Stages:
    """Seconds, and seconds of processor, that each stage took in all, and how many things went through it."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """The block belongs to a stage."""
        began, spent = time.perf_counter(), time.process_time()
        yield
        found = self.taken.setdefault(name, [0.0, 0.0, 0.0])
        found[0] += time.perf_counter() - began
        found[1] += time.process_time() - spent

    def count(self, name: str, number: int) -> None:
        self.taken.setdefault(name, [0.0, 0.0, 0.0])[2] += number

    def told(self) -> dict[str, dict[str, Any]]:
        return {
            name: {
                "s": round(seconds, 3),
                "cpu_s": round(cpu, 3),
                "many": int(many),
                "a_second": round(many / seconds) if seconds else None,
            }
            for name, (seconds, cpu, many) in self.taken.items()
        }


def peak_mb() -> float:
    """The most memory that this process ever had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
