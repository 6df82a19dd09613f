"""One vendor measured: each read in turn, alone and four at once, and beside it who reads the same without a tier."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from contracts.problem import Problem
from kit.tier import Manifest
from load.gateway.meter import used_s
from load.vendors.allowances import lifted
from load.vendors.ends import Stood, stood
from load.vendors.others import NoClient, Other, other, room_alone
from load.vendors.reads import Read, Stage, reads_of

AT_ONCE: Final = 4
_SHORTER: Final = 0.6


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


@dataclass
class Row:
    """A read with the calls to the vendor that it takes once everything is warm, and its windows by who read."""

    read: Read
    vendor_calls: int
    windows: dict[str, list[Window]] = field(default_factory=dict)


@dataclass
class Beside:
    """Who reads the same without a tier around: the room alone, and the client of others or why there is none."""

    room: Other | None
    client: Other | NoClient | str
    client_calls: int = 0

    @property
    def readers(self) -> dict[str, Other]:
        """Those who can read, by the name of their windows."""
        named = {"room": self.room, "client": self.client}
        return {name: reader for name, reader in named.items() if isinstance(reader, Other)}

    def stop(self) -> None:
        """End them."""
        for reader in self.readers.values():
            reader.stop()


async def measured(vendor: Manifest, role: str, *, rounds: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Every read of a role, window by window in turn with whoever reads the same; medians and the windows themselves.

    Raises:
        Problem: what has to be there could not be entered.
        NoClient: the room alone, or a client that had begun, does not read.

    """
    async with stood(vendor, folder) as ends:
        stage = Stage(ends.caller(role), vendor, ends.told["url"], ends.told["person"]["headers"])
        rows, left_out = await _calls_of(ends, await reads_of(role, stage))
        beside = await _beside(vendor.name, role, ends, [row.read for row in rows], seconds=seconds)
        try:
            if isinstance(beside.client, Other):
                before = await ends.served()
                await asyncio.to_thread(beside.client.once)
                beside.client_calls = await ends.served() - before
            for _ in range(rounds):
                for row in rows:
                    await _round(ends, row, beside, seconds=seconds)
        finally:
            await asyncio.to_thread(beside.stop)
    return {
        "reads": {row.read.name: _told(row) for row in rows},
        "left_out": left_out,
        "lifted": lifted(vendor.name).note,
        **_client(rows, beside),
    }


async def _calls_of(ends: Stood, reads: list[Read]) -> tuple[list[Row], dict[str, str]]:
    """How many calls to the vendor each read takes; what cannot be read, and why."""
    rows: list[Row] = []
    left_out: dict[str, str] = {}
    for read in reads:
        try:
            await read.call()
            before = await ends.served()
            await read.call()
            rows.append(Row(read, await ends.served() - before))
        except Problem as problem:
            left_out[read.name] = str(problem)
    return rows, left_out


async def _beside(vendor: str, role: str, ends: Stood, reads: list[Read], *, seconds: float) -> Beside:
    """The room alone and the client, once both have read: or why there is no client, or why it does not read."""
    read = next((each for each in reads if each.key), None)
    if read is None:
        return Beside(None, "no client: nothing is read by a key")
    given = {"role": role, "read": read.name, "asked": read.asked, "settings": ends.settings, "seconds": seconds}
    told = {**ends.told, "key": read.key, "vendor_id": read.vendor_id, "seconds": seconds}
    room, client = await asyncio.gather(
        asyncio.to_thread(room_alone, given), asyncio.to_thread(other, vendor, told), return_exceptions=True
    )
    if isinstance(room, BaseException):
        if isinstance(client, Other):
            await asyncio.to_thread(client.stop)
        raise room
    if isinstance(client, BaseException) and not isinstance(client, NoClient):
        await asyncio.to_thread(room.stop)
        raise client
    return Beside(room, client)


async def _round(ends: Stood, row: Row, beside: Beside, *, seconds: float) -> None:
    """A window of each reader; a read that nobody else does has shorter ones."""
    seconds = seconds if row.read.key else seconds * _SHORTER
    row.windows.setdefault("alone", []).append(await _window(ends, row.read, at_once=1, seconds=seconds))
    if row.read.key:
        for name, reader in beside.readers.items():
            row.windows.setdefault(name, []).append(await asyncio.to_thread(_window_of, ends, reader))
    row.windows.setdefault("at_once", []).append(await _window(ends, row.read, at_once=AT_ONCE, seconds=seconds))


async def _window(ends: Stood, read: Read, *, at_once: int, seconds: float) -> Window:
    tier, vendor, began = used_s(ends.tier_pid), used_s(ends.vendor_pid), time.monotonic()

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
        reader_ms=(used_s(ends.tier_pid) - tier) / reads * 1e3,
        vendor_ms=(used_s(ends.vendor_pid) - vendor) / reads * 1e3,
    )


def _window_of(ends: Stood, reader: Other) -> Window:
    vendor = used_s(ends.vendor_pid)
    told = reader.read()
    calls = int(told["calls"])
    return Window(
        reads=calls,
        took_s=told["took_s"],
        reader_ms=told["cpu_s"] / calls * 1e3,
        vendor_ms=(used_s(ends.vendor_pid) - vendor) / calls * 1e3,
    )


def _told(row: Row) -> dict[str, Any]:
    medians = {name: _median(windows) for name, windows in row.windows.items() if name != "client"}
    return {"vendor_calls": row.vendor_calls, "room": None, **medians}


def _client(rows: list[Row], beside: Beside) -> dict[str, Any]:
    """The client's windows and calls, and its processor for a read over the room's and the tier's."""
    client = beside.client
    row = next((each for each in rows if "client" in each.windows), None)
    if not isinstance(client, Other) or row is None:
        failed = isinstance(client, NoClient)
        return {
            "client": None,
            "no_client": f"{'the client failed: ' if failed else ''}{client}",
            "client_failed": failed,
        }
    theirs, tier, room = (_median(row.windows[name]) for name in ("client", "alone", "room"))
    told = {
        "name": client.name,
        "read": row.read.name,
        "vendor_calls": beside.client_calls,
        "over_room": round(theirs["reader_ms"] / room["reader_ms"], 2),
        "over_tier": round(theirs["reader_ms"] / tier["reader_ms"], 2),
        "alone": theirs,
    }
    return {"client": told, "no_client": "", "client_failed": False}


def _median(windows: list[Window]) -> dict[str, Any]:
    return {
        "per_second": round(median(each.per_second for each in windows), 1),
        "reader_ms": round(median(each.reader_ms for each in windows), 3),
        "vendor_ms": round(median(each.vendor_ms for each in windows), 3),
        "windows": [asdict(each) for each in windows],
    }
