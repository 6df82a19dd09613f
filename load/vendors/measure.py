"""One vendor measured: its simulator and our tier as processes, each read in turn, alone and four at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from contracts.problem import Problem
from kit.caller import Caller
from kit.clock import SystemClock
from kit.ports import connect
from kit.tier import Manifest
from kit.tier.documents import contract_of
from kit.trust import Signer, new_key_pair
from load.gateway.meter import used_s
from load.vendors.others import Other, other
from load.vendors.reads import Read, Stage, reads_of

AT_ONCE: Final = 4
GENEROUS: Final[dict[str, dict[str, Any]]] = {
    "hubspot": {"limits": {"ten_seconds": 10**9, "daily": 10**9, "search_a_second": 10**9}},
    "dynamics_sales": {"requests_in_300_s": 10**9},
}
"""What a simulator is seeded with besides, so that its allowance does not end the measuring: its vendor's words."""
CHOSEN: Final[dict[str, dict[str, Any]]] = {"hubspot": {"flow": "private_app"}}
"""Settings of a connection, where the allowance is another way in's."""


@dataclass(frozen=True)
class Window:
    """One window: reads, seconds, and what processor each end used for a read, in milliseconds."""

    reads: int
    took_s: float
    reader_ms: float
    vendor_ms: float

    @property
    def per_second(self) -> float:
        """Reads a second."""
        return self.reads / self.took_s


@dataclass(frozen=True)
class Stood:
    """A vendor that stands: process ids of both ends, and what it told of itself."""

    tier_pid: int
    vendor_pid: int
    told: dict[str, Any]
    caller: Callable[[str], Any]
    vendor: Manifest


async def measured(vendor: Manifest, role: str, *, rounds: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Every read of a role, window by window in turn with the client of others; medians and the windows themselves."""
    async with _stood(vendor, folder) as stood:
        stage = Stage(stood.caller(role), vendor, stood.told["url"], stood.told["person"]["headers"])
        try:
            reads = await reads_of(role, stage)
        except Problem as problem:
            return {"missing": str(problem)}
        rows, left_out = await _calls_of(stood, reads)
        key = next((read.key for read in reads if read.key), "")
        beside = _other(vendor.name, stood, key=key, seconds=seconds) if key else "nothing to read by a key"
        try:
            for _ in range(rounds):
                await _round(stood, rows, beside, seconds=seconds)
        finally:
            if isinstance(beside, Other):
                beside.stop()
        return {"reads": {row["name"]: _told(row) for row in rows}, "left_out": left_out, **_client(rows, beside)}


async def _calls_of(stood: Stood, reads: list[Read]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """How many calls to the vendor each read takes once everything is warm; what cannot be read, and why."""
    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    for read in reads:
        try:
            await read.call()
            before = await _served(stood)
            await read.call()
            calls = await _served(stood) - before
        except Problem as problem:
            left_out[read.name] = str(problem)
            continue
        rows.append({"name": read.name, "read": read, "vendor_calls": calls, "alone": [], "at_once": [], "client": []})
    return rows, left_out


async def _round(stood: Stood, rows: list[dict[str, Any]], beside: Other | str, *, seconds: float) -> None:
    for row in rows:
        row["alone"].append(await _window(stood, row["read"], at_once=1, seconds=seconds))
        if isinstance(beside, Other) and row["read"].key:
            row["client"].append(await asyncio.to_thread(_beside, stood, beside))
        row["at_once"].append(await _window(stood, row["read"], at_once=AT_ONCE, seconds=seconds))


async def _window(stood: Stood, read: Read, *, at_once: int, seconds: float) -> Window:
    tier, vendor, began = used_s(stood.tier_pid), used_s(stood.vendor_pid), time.monotonic()

    async def again() -> int:
        done = 0
        while time.monotonic() - began < seconds:
            await read.call()
            done += 1
        return done

    reads = sum(await asyncio.gather(*(again() for _ in range(at_once))))
    took = time.monotonic() - began
    return Window(
        reads=reads,
        took_s=took,
        reader_ms=(used_s(stood.tier_pid) - tier) / reads * 1e3,
        vendor_ms=(used_s(stood.vendor_pid) - vendor) / reads * 1e3,
    )


def _beside(stood: Stood, beside: Other) -> Window:
    vendor = used_s(stood.vendor_pid)
    told = beside.read()
    calls = int(told["calls"])
    return Window(
        reads=calls,
        took_s=told["took_s"],
        reader_ms=told["cpu_s"] / calls * 1e3,
        vendor_ms=(used_s(stood.vendor_pid) - vendor) / calls * 1e3,
    )


def _other(vendor: str, stood: Stood, *, key: str, seconds: float) -> Other | str:
    return other(vendor, {**stood.told, "key": key, "seconds": seconds})


async def _served(stood: Stood) -> int:
    async with httpx.AsyncClient(base_url=stood.told["url"]) as http:
        return len((await http.get("/_sandbox/calls")).json())


@asynccontextmanager
async def _stood(vendor: Manifest, folder: Path) -> AsyncIterator[Stood]:
    private, public = new_key_pair()
    signer = Signer(issuer="worker", private_key_pem=private, clock=SystemClock())

    def authorize(scope: str) -> dict[str, str]:
        caller = Caller(subject="process:bench", scopes=frozenset({scope}))
        return {"Authorization": f"Bearer {signer.mint(audience='system', caller=caller)}"}

    async with AsyncExitStack() as stack:
        more = json.dumps(GENEROUS.get(vendor.name, {}))
        simulated, told = stack.enter_context(_process("vendor", vendor.name, str(folder), more))
        connection = {"vendor": vendor.name, **told["config"], **CHOSEN.get(vendor.name, {})}
        tree = {"trust": {"public_keys": {"worker": public}}, "connections": {"bench": connection}}
        ours, at = stack.enter_context(_process("tier", settings=tree))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=at["url"], timeout=30))

        def caller(role: str) -> Any:
            contract: Any = contract_of("system", role)
            return connect(contract, http, prefix=f"/bench/{role}", authorize=authorize)

        yield Stood(ours.pid, simulated.pid, told, caller, vendor)


@contextmanager
def _process(
    *words: str, settings: dict[str, Any] | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """One end of the wire; it ends as its input is closed."""
    command = [sys.executable, "-m", "load.vendors.stand", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("an end was started without a way to speak to it")
        if settings is not None:
            process.stdin.write(json.dumps(settings) + "\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(words[:2])} did not stand")
        try:
            yield process, json.loads(line)
        finally:
            process.stdin.close()


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {"vendor_calls": row["vendor_calls"], "alone": _median(row["alone"]), "at_once": _median(row["at_once"])}


def _client(rows: list[dict[str, Any]], beside: Other | str) -> dict[str, Any]:
    windows = [window for row in rows for window in row["client"]]
    if not isinstance(beside, Other) or not windows:
        return {"client": None, "no_client": beside if isinstance(beside, str) else "it read nothing"}
    return {"client": {"name": beside.name, "alone": _median(windows)}, "no_client": ""}


def _median(windows: list[Window]) -> dict[str, Any]:
    return {
        "per_second": round(median(each.per_second for each in windows), 1),
        "reader_ms": round(median(each.reader_ms for each in windows), 3),
        "vendor_ms": round(median(each.vendor_ms for each in windows), 3),
        "windows": [asdict(each) for each in windows],
    }


Measure = Callable[..., Awaitable[dict[str, Any]]]
