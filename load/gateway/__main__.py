"""`make bench-gateway`: everybody in turn, a table, load/results/gateway-<date>.json; ends within six minutes.

How to read the figures: load/gateway/README.md. Exit 1 when a bar was missed or the work was not done.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from load.gateway.cost import costs
from load.gateway.meter import Window, WorkNotDone, window
from load.gateway.targets import Target, start, stop, targets, upstream
from load.gateway.traffic import GET, POST, answer, write

RESULTS: Final = Path("load/results")
GATEWAY_CORE: Final = 0
LOAD_CORE: Final = (os.cpu_count() or 1) - 1
CALM: Final = 0.3
SCRIPTS: Final = {"get": (GET, "get.lua"), "post": (POST, "post.lua")}
BARS: Final = {
    "cpu_vs_envoy": (1.2, "at most"),
    "rps_vs_best_python": (3.0, "at least"),
    "rps_vs_best_node": (3.0, "at least"),
}


def main() -> int:
    """Measure, print, write, judge."""
    arguments = _arguments()
    if not shutil.which("wrk") or not shutil.which("taskset"):
        print("wrk and taskset are needed: apt-get install wrk util-linux")
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started here is stopped in any case
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-bench-")))
        write(folder)
        stack.enter_context(_listening(folder / "log.sock"))
        tier = upstream()
        wanted = arguments.only.split(",")
        everybody = [tier, *[each for each in targets() if any(part in each.name for part in wanted)]]
        _raise(stack, everybody, folder)
        policies = asyncio.run(costs(folder, f"http://127.0.0.1:{tier.port}"))
        rows = _measured(everybody, folder, rounds=arguments.rounds, seconds=arguments.seconds)
    result = _result(everybody, rows, policies, took_s=time.monotonic() - began)
    _print(result)
    if arguments.only:
        return 0
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"gateway-{dt.datetime.now(dt.UTC):%Y-%m-%d}.json"
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: {file}")
    return 1 if result["missed"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m load.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="windows of each target and kind of request")
    parser.add_argument("--seconds", type=int, default=1, help="length of a window")
    parser.add_argument("--only", default="", help="parts of names, with commas: only these; nothing is written then")
    return parser.parse_args()


def _raise(stack: ExitStack, everybody: list[Target], folder: Path) -> None:
    tier = everybody[0]
    for target in everybody:
        if target.missing:
            continue
        core = LOAD_CORE if target is tier else GATEWAY_CORE
        start(target, folder=folder, upstream_port=tier.port, core=core)
        stack.callback(stop, target)
    for target in everybody:
        if not target.missing:
            target.missing = _wrong(target, (folder / "token").read_text())


def _wrong(target: Target, token: str) -> str:
    """Empty when the target answers as it should; else why not."""
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{target.port}{GET}", headers=headers)
    deadline, fault = time.monotonic() + 40, "no answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=5) as found:  # noqa: S310 - an address of our own making
                return "" if found.read() == answer().encode() else "the answer is not the tier's"
        except OSError as error:
            fault = str(error)
            time.sleep(0.1)
    return f"did not answer: {fault}"


def _measured(
    everybody: list[Target], folder: Path, *, rounds: int, seconds: int
) -> dict[str, dict[str, list[Window]]]:
    rows: dict[str, dict[str, list[Window]]] = {}
    tier = everybody[0]
    for number in range(rounds + 1):
        for target in everybody:
            for kind in SCRIPTS:
                if target.missing:
                    continue
                try:
                    found = _window(target, tier, folder, kind, seconds=seconds)
                except WorkNotDone as fault:
                    target.missing = f"the work was not done: {fault}"
                    continue
                if number:  # the first round warms up
                    rows.setdefault(target.name, {}).setdefault(kind, []).append(found)
    return rows


def _window(target: Target, tier: Target, folder: Path, kind: str, *, seconds: int, connections: int = 32) -> Window:
    path, script = SCRIPTS[kind]
    others = [] if target is tier else [tier.pid]
    return window(
        pid=target.pid,
        others=others,
        url=f"http://127.0.0.1:{target.port}{path}",
        script=folder / script,
        seconds=seconds,
        connections=connections,
        core=LOAD_CORE,
    )


def _row(target: Target, windows: dict[str, list[Window]]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": target.name, "kind": target.kind, "does": target.does, "missing": target.missing}
    for kind, found in windows.items():
        calm = [each for each in found if each.foreign < CALM]
        chosen = calm if len(calm) >= 3 else sorted(found, key=lambda each: each.foreign)[:3]
        cpu = statistics.median(each.cpu_us for each in chosen)
        row[kind] = {
            "cpu_s_per_1000": round(cpu / 1_000, 5),
            "rps_per_core": round(1e6 / cpu) if cpu else None,
            "rps": round(statistics.median(each.rps for each in chosen)),
            "p50_us": round(statistics.median(each.p50_us for each in chosen)),
            "p99_us": round(statistics.median(each.p99_us for each in chosen)),
            "calm_windows": len(calm),
            "windows": [asdict(each) for each in found],
        }
    return row


def _result(
    everybody: list[Target], rows: dict[str, dict[str, list[Window]]], policies: dict[str, Any], *, took_s: float
) -> dict[str, Any]:
    table = [_row(target, rows.get(target.name, {})) for target in everybody]
    ratios = {kind: _ratios(table, kind) for kind in SCRIPTS}
    missed = [
        f"{name} is {ratios['get'][name]}, not {word} {bar}"
        for name, (bar, word) in BARS.items()
        if (found := ratios["get"].get(name)) is not None and (found > bar if word == "at most" else found < bar)
    ]
    foreign = [each.foreign for windows in rows.values() for found in windows.values() for each in found] or [0.0]
    return {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "kernel": platform.release()},
        "foreign_cores": {"median": round(statistics.median(foreign), 2), "most": round(max(foreign), 2)},
        "load": {"connections": 32, "took_s": round(took_s, 1)},
        "ratios": {**ratios["get"], "post": ratios["post"]},
        "missed": missed,
        "policies_us": policies,
        "rows": table,
    }


def _ratios(table: list[dict[str, Any]], kind: str) -> dict[str, float | None]:
    def best(which: str, name: str = "") -> dict[str, Any] | None:
        found = [row for row in table if row["kind"] == which and kind in row and name in row["name"]]
        return min(found, key=lambda row: float(row[kind]["cpu_s_per_1000"])) if found else None

    ours = best("ours")

    def cpu(other: dict[str, Any] | None) -> float | None:
        if ours is None or other is None:
            return None
        return round(ours[kind]["cpu_s_per_1000"] / other[kind]["cpu_s_per_1000"], 2)

    def rps(other: dict[str, Any] | None) -> float | None:
        share = cpu(other)
        return round(1 / share, 2) if share else None

    return {
        "cpu_vs_envoy": cpu(best("c", "Envoy")),
        "cpu_vs_haproxy": cpu(best("c", "HAProxy")),
        "rps_vs_best_python": rps(best("python")),
        "rps_vs_best_node": rps(best("node")),
    }


def _print(result: dict[str, Any]) -> None:
    base = result["rows"][0]
    if "get" not in base:
        print(f"the tier behind all of them did not work: {base['missing']}")
        return
    print(f"{'':26}{'CPU µs':>9}{'req/s/core':>12}{'+p50 µs':>9}{'+p99 µs':>9}   {'POST µs':>8}  calm  what it does")
    for row in result["rows"]:
        if "get" not in row:
            print(f"{row['name']:26} {row['missing']}")
            continue
        get, post = row["get"], row.get("post")
        print(
            f"{row['name']:26}{get['cpu_s_per_1000'] * 1e3:9.1f}{get['rps_per_core'] or 0:12,}"
            f"{get['p50_us'] - base['get']['p50_us']:9,}{get['p99_us'] - base['get']['p99_us']:9,}"
            f"   {post['cpu_s_per_1000'] * 1e3 if post else 0:8.1f}  {get['calm_windows']:>4}  {row['does']}"
        )
        if row["missing"]:
            print(f"{'':26} {row['missing']}")
    print(f"\nforeign CPU in the windows, cores: {result['foreign_cores']}   took {result['load']['took_s']} s")
    print(
        f"ratios: {result['ratios']}\nmissed: {result['missed'] or 'nothing'}\n\npolicy, µs alone{'GET':>16}{'POST':>9}"
    )
    for name, found in result["policies_us"].items():
        print(f"  {name:22}{found['get']:8.2f}{found['post']:9.2f}")


@contextmanager
def _listening(path: Path) -> Iterator[None]:
    """Somebody takes HAProxy's log lines, so that they are really sent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
        sink.bind(str(path))
        over = threading.Event()

        def take() -> None:
            sink.settimeout(0.2)
            while not over.is_set():
                try:
                    sink.recv(8_192)
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


if __name__ == "__main__":
    sys.exit(main())
