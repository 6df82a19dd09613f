"""Reads what processes have used and what wrk has seen; refuses a window in which a request failed."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")
_UNITS: Final = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


class WorkNotDone(Exception):
    """Requests failed, or there were none; the message says what wrk said."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """One window. `foreign` is CPU that neither the target nor the bench used, in cores."""

    cpu_us: float
    rps: float
    p50_us: float
    p99_us: float
    foreign: float


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def used_s(pid: int) -> float:
    """CPU-seconds a process and its descendants have used."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def busy_s() -> float:
    """CPU-seconds this machine has been busy."""
    user, nice, system, _, _, irq, soft, steal, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    return (user + nice + system + irq + soft + steal) / _TICK


def memory_mb(pid: int) -> float:
    """Memory of a tree, shared pages shared out."""
    total = 0
    for one in tree(pid):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
        total += int(found.group(1)) if found else 0
    return total / 1024


def window(*, pid: int, others: list[int], url: str, script: Path, seconds: int, connections: int, core: int) -> Window:
    """Load a target for a while.

    Raises:
        WorkNotDone: not every answer was good.

    """
    pin = ["taskset", "-c", str(core)]
    command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    began, mine, busy, rest = time.monotonic(), used_s(pid), busy_s(), sum(map(used_s, others))
    wrk_before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took, cpu = time.monotonic() - began, used_s(pid) - mine
    wrk_after = os.times()
    load = wrk_after.children_user + wrk_after.children_system - wrk_before.children_user - wrk_before.children_system
    foreign = busy_s() - busy - cpu - (sum(map(used_s, others)) - rest) - load
    return _read(done.stdout + done.stderr, cpu=cpu, foreign=max(0.0, foreign) / took)


def _read(text: str, *, cpu: float, foreign: float) -> Window:
    requests = re.search(r"(\d+) requests in", text)
    rps = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if not requests or not rps or not int(requests.group(1)) or "Non-2xx" in text or "Socket errors" in text:
        raise WorkNotDone(text.strip().replace("\n", " | ")[-400:])
    return Window(
        cpu_us=cpu / int(requests.group(1)) * 1e6,
        rps=float(rps.group(1)),
        p50_us=_latency(text, "50%"),
        p99_us=_latency(text, "99%"),
        foreign=foreign,
    )


def _latency(text: str, name: str) -> float:
    found = re.search(rf"{name}\s+([\d.]+)(us|ms|s|m)\b", text)
    return float(found.group(1)) * _UNITS[found.group(2)] if found else float("nan")
