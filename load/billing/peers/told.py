"""What every peer tells: seconds to read and to reckon, processor, memory, and the totals of each document as CSV."""

import csv
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

T = TypeVar("T")
Reckoned: TypeAlias = tuple[list[tuple[str, int, int, int]], int, int]


def told(read: Callable[[Path], T], reckon: Callable[[T], Reckoned], version: str) -> None:
    """Call `read(folder)`, then `reckon(what was read)`: rows of totals, how many lines, how many without a rate."""
    folder, totals = Path(sys.argv[1]), Path(sys.argv[2])
    began, spent = time.perf_counter(), time.process_time()
    tables = read(folder)
    mid, mid_spent = time.perf_counter(), time.process_time()
    rows, lines, unpriced = reckon(tables)
    end, end_spent = time.perf_counter(), time.process_time()
    with totals.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(sorted(rows))
    figures = {
        "version": version,
        "read_s": round(mid - began, 3),
        "read_cpu_s": round(mid_spent - spent, 3),
        "s": round(end - mid, 3),
        "cpu_s": round(end_spent - mid_spent, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "lines": lines,
        "unpriced": unpriced,
    }
    print(json.dumps(figures))
