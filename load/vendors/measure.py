"""One vendor measured: its simulator and our tier as processes, each read in turn, alone and four at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
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
from load.vendors.allowances import lifted
from load.vendors.others import NoClient, Other, other
from load.vendors.reads import Read, Stage, reads_of

AT_ONCE: Final = 4


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
        beside = await asyncio.to_thread(_other, vendor.name, stood, reads, seconds)
        try:
            calls = await _calls_beside(stood, beside)
            for _ in range(rounds):
                await _round(stood, rows, beside, seconds=seconds)
        finally:
            if isinstance(beside, Other):
                beside.stop()
        return {
            "reads": {row["name"]: _told(row) for row in rows},
            "left_out": left_out,
            "lifted": lifted(vendor.name).note,
            **_client(rows, beside, calls=calls),
        }


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


async def _round(stood: Stood, rows: list[dict[str, Any]], beside: Other | NoClient | str, *, seconds: float) -> None:
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


def _other(vendor: str, stood: Stood, reads: list[Read], seconds: float) -> Other | NoClient | str:
    """The client, why there is none, or why the one that there is does not read."""
    asked = next((read for read in reads if read.key), None)
    if asked is None:
        return "no client: nothing is read by a key"
    try:
        return other(vendor, {**stood.told, "key": asked.key, "vendor_id": asked.vendor_id, "seconds": seconds})
    except NoClient as fault:
        return fault


async def _calls_beside(stood: Stood, beside: Other | NoClient | str) -> int:
    """How many calls to the vendor one read takes the client once it is warm."""
    if not isinstance(beside, Other):
        return 0
    before = await _served(stood)
    await asyncio.to_thread(beside.once)
    return await _served(stood) - before


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
        allowed = lifted(vendor.name)
        more = json.dumps(allowed.seed)
        simulated, told = stack.enter_context(_process("vendor", vendor.name, str(folder), more))
        connection = {"vendor": vendor.name, **told["config"], **allowed.settings}
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


def _client(rows: list[dict[str, Any]], beside: Other | NoClient | str, *, calls: int) -> dict[str, Any]:
    """The client's windows, its calls, and its processor for a read over ours: above one, ours is the cheaper."""
    read = next((row for row in rows if row["client"]), None)
    if isinstance(beside, NoClient):
        return {"client": None, "no_client": f"the client failed: {beside}", "client_failed": True}
    if not isinstance(beside, Other) or read is None:
        return {"client": None, "no_client": str(beside), "client_failed": False}
    alone, ours = _median(read["client"]), _median(read["alone"])
    ratio = round(alone["reader_ms"] / ours["reader_ms"], 2)
    told = {"name": beside.name, "read": read["name"], "vendor_calls": calls, "ratio": ratio, "alone": alone}
    return {"client": told, "no_client": "", "client_failed": False}


def _median(windows: list[Window]) -> dict[str, Any]:
    return {
        "per_second": round(median(each.per_second for each in windows), 1),
        "reader_ms": round(median(each.reader_ms for each in windows), 3),
        "vendor_ms": round(median(each.vendor_ms for each in windows), 3),
        "windows": [asdict(each) for each in windows],
    }
