"""The figures as tables: stages by size, what a thousand entries cost as sizes grow, and everybody's arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def show(found: Sequence[dict[str, Any]]) -> None:
    """Print the last size, and how it stands to the first."""
    last = found[-1]
    run = last["run"]
    print(
        f"\n{last['entries']:,} entries: {run['documents']:,} invoices of {run['billed_lines']:,} lines in "
        f"{run['s']:.1f} s ({run['cpu_s']:.1f} s CPU), peak {run['peak_mb']:.0f} MB; held back: {run['refused']}"
    )
    print(f"  {'stage':<10}{'s':>9}{'CPU s':>9}{'lines':>12}{'lines/s':>10}")
    for name, stage in run["stages"].items():
        print(f"  {name:<10}{stage['s']:>9.2f}{stage['cpu_s']:>9.2f}{stage['many']:>12,}{stage['a_second'] or 0:>10,}")
    print(f"  {'arithmetic':<10}{'s':>9}{'CPU s':>9}{'read s':>9}{'peak MB':>9}{'ours, CPU':>11}{'our run, CPU':>14}")
    alone = last["arithmetic"]["Sluice"]["cpu_s"]
    for name, told in last["arithmetic"].items():
        print(
            f"  {name:<10}{told['s']:>9.2f}{told['cpu_s']:>9.2f}{told['read_s']:>9.2f}{told['peak_mb']:>9.0f}"
            f"{_times(alone, told['cpu_s']):>11}{_times(run['cpu_s'], told['cpu_s']):>14}"
        )
    if len(found) > 1:
        costs = ", ".join(f"{each['entries']:,}: {_a_thousand(each):.0f} ms" for each in found)
        growth = _a_thousand(last) / _a_thousand(found[0])
        print(f"  CPU of a thousand entries: {costs}; {growth:.2f} times that of the smallest size", flush=True)


def _a_thousand(size: dict[str, Any]) -> float:
    return float(size["run"]["cpu_s"]) * 1e6 / float(size["entries"])


def _times(ours: float, theirs: float) -> str:
    return f"{ours / theirs:.1f} x" if theirs else "-"
