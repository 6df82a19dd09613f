"""The whole landscape in many processes, faulty wires between them, and a supervisor that starts again what died."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

import tomli_w

from kit.cli.embedded import gateway_section
from kit.cli.estate import Simulated, estate, settings_tree
from kit.cli.landscape import Landscape
from kit.cli.processes import own_settings
from tests.crash.nursery import Child, Nursery, nursery
from tests.crash.schedule import TIER_WIRES, WORKERS
from tests.crash.wire import Wire, wire

ESTATE: Final = "atlantic"
BEAT_S: Final = 0.5
LEASE_S: Final = 4.0
_READY_S: Final = 30.0
_POLL_S: Final = 0.02
_AGAIN_S: Final = 0.3
# How long our rooms wait for their vendors here: long enough for a busy machine, short enough to see a timeout.
_PATIENCE: Final[Mapping[str, dict[str, Any]]] = MappingProxyType(
    {
        "crm-emea": {"deadline_s": 6.0},
        "erp-main": {"deadline_s": 6.0},
        "psa-main": {"limits": {"concurrency": 4, "deadline_s": 6.0}},
    }
)


@dataclass
class Member:
    """One deployable; keeps its port and is started again whenever it ends."""

    name: str
    module: str
    argv: tuple[str, ...]
    folder: Path
    child: Child | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    ended: Counter[int] = field(default_factory=Counter)
    answers: bool = False

    @property
    def log(self) -> Path:
        """What it prints, over all its lives."""
        return self.folder / f"{self.name}.log"

    async def start(self, born: Nursery) -> bool:
        """Start and wait until it answers; False when it ended before."""
        ready = self.folder / f"{self.name}.json"
        ready.unlink(missing_ok=True)
        port = urlsplit(self.facts["url"]).port if self.facts else 0
        argv = (*self.argv, "--port", str(port), "--ready-file", str(ready))
        self.child = await born.fork(self.module, *argv, log=self.log)
        deadline = time.monotonic() + _READY_S
        while not ready.exists():
            if self.child.ended.is_set():
                return False
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not answer:\n{self.log.read_text(encoding='utf-8')[-2000:]}")
            await asyncio.sleep(_POLL_S)
        self.facts = json.loads(ready.read_text(encoding="utf-8"))
        self.answers = True
        return True

    async def keep(self, born: Nursery) -> None:
        """Start it again whenever it ends, for ever."""
        while True:
            assert self.child is not None
            await self.child.ended.wait()
            self.answers = False
            self.ended[self.child.code or 0] += 1
            if not await self.start(born):
                await asyncio.sleep(_AGAIN_S)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it lives."""
        if self.child is not None:
            self.child.send(number)


@dataclass
class Cluster:
    """What a campaign works on. `behind` is where the simulators really answer."""

    landscape: Landscape
    store_url: str
    folder: Path
    behind: dict[str, str]
    wires: dict[str, Wire]
    members: dict[str, Member]

    def deaths(self) -> dict[str, dict[int, int]]:
        """How often each member ended, by exit status; -9 is a kill."""
        return {name: dict(member.ended) for name, member in self.members.items() if member.ended}


@asynccontextmanager
async def cluster(
    folder: Path, *, store_url: str, workers: int = 3, module: str = "kit.cli.main"
) -> AsyncIterator[Cluster]:
    """Raise everything until the block ends. `module` has the `main` that each deployable runs."""
    async with AsyncExitStack() as stack:
        names = (*TIER_WIRES, *(f"to-{connection}" for connection in estate(ESTATE).vendors))
        wires = {name: await stack.enter_async_context(wire(name)) for name in names}
        born = await stack.enter_async_context(nursery(folder / "nursery.log"))
        told = await _outside(folder, born, wires)
        tree = _tree(folder, told, wires, store_url=store_url)
        members = _members(folder, tree, workers=workers, module=module)
        await _migrated(born, folder)
        await asyncio.gather(*(_first(member, born, wires.get(f"to-{name}")) for name, member in members.items()))
        keeping = [asyncio.create_task(member.keep(born)) for member in members.values()]
        try:
            yield Cluster(_landscape(told, members), store_url, folder, told["behind"], wires, members)
        finally:
            for kept in keeping:
                kept.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*keeping)


async def _outside(folder: Path, born: Nursery, wires: Mapping[str, Wire]) -> dict[str, Any]:
    ready = folder / "sandbox.json"
    fronts = {connection: wires[f"to-{connection}"].url for connection in estate(ESTATE).vendors}
    child = await born.fork(
        "tests.crash.simulators", ESTATE, json.dumps(fronts), str(ready), log=folder / "sandbox.log"
    )
    while not ready.exists():
        if child.ended.is_set():
            raise RuntimeError((folder / "sandbox.log").read_text(encoding="utf-8")[-2000:])
        await asyncio.sleep(_POLL_S)
    told: dict[str, Any] = json.loads(ready.read_text(encoding="utf-8"))
    for connection, url in told["behind"].items():
        wires[f"to-{connection}"].target = url
    return told


def _tree(folder: Path, told: dict[str, Any], wires: Mapping[str, Wire], *, store_url: str) -> dict[str, Any]:
    chosen = estate(ESTATE)
    simulated = {
        name: Simulated(name, chosen.vendors[name], found["url"], {**found["config"], **_PATIENCE.get(name, {})}, {})
        for name, found in told["simulated"].items()
    }
    tree = settings_tree(chosen, simulated, store_url=store_url)
    tree["gateway"] = gateway_section(told["url"], told["audience"], folder=folder)
    tree["worker"] = {"beat_s": BEAT_S, "lease_s": LEASE_S, "poll_s": 0.1}
    tree["tiers"] = {name.removeprefix("to-"): wires[name].url for name in TIER_WIRES}
    return tree


def _members(folder: Path, tree: dict[str, Any], *, workers: int, module: str) -> dict[str, Member]:
    members: dict[str, Member] = {}
    for name in (*WORKERS[:workers], "system", "process", "experience", "gateway"):
        deployable = name.partition("-")[0]
        path = folder / f"{name}.toml"
        path.touch(mode=0o600)
        path.write_text(tomli_w.dumps(own_settings(tree, deployable)), encoding="utf-8")
        members[name] = Member(name, module, ("serve", deployable, "--settings", str(path)), folder)
    return members


async def _migrated(born: Nursery, folder: Path) -> None:
    log = folder / "migrate.log"
    child = await born.fork("kit.cli.main", "migrate", "--settings", str(folder / "process.toml"), log=log)
    await child.ended.wait()
    if child.code:
        raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])


async def _first(member: Member, born: Nursery, way: Wire | None) -> None:
    if not await member.start(born):
        raise RuntimeError(f"{member.name} did not start:\n{member.log.read_text(encoding='utf-8')[-2000:]}")
    if way is not None:
        way.target = str(member.facts["url"])


def _landscape(told: dict[str, Any], members: Mapping[str, Member]) -> Landscape:
    return Landscape(
        estate(ESTATE),
        addresses={"identity provider": told["url"], "gateway": members["gateway"].facts["url"]},
        vendors=told["behind"],
        people=told["people"],
        persons={name: {**found["person"], "X-Sandbox-Calm": "1"} for name, found in told["simulated"].items()},
    )
