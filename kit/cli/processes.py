"""Each deployable its own process, as in production: started in order, watched, restarted when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import tomli_w

from kit.cli.embedded import gateway_section, new_store
from kit.cli.estate import Estate, Simulated, settings_tree
from kit.cli.landscape import Landscape
from kit.cli.real import prepare

_START_S: Final = 30.0
_STOP_S: Final = 8.0
_POLL_S: Final = 0.02


@dataclass
class Deployed:
    """One running deployable; a restart keeps its port."""

    name: str
    folder: Path
    arguments: list[str]
    process: asyncio.subprocess.Process | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self.facts["url"])

    async def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            RuntimeError: it ended or did not answer in time; the message holds the end of its log.

        """
        ready, log = self.folder / f"{self.name}.json", self.folder / f"{self.name}.log"
        port = urlsplit(self.url).port if self.facts else 0
        ready.unlink(missing_ok=True)
        with log.open("ab") as sink:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *(
                    "-m",
                    "kit.cli.main",
                    "serve",
                    self.name.partition("-")[0],
                    "--port",
                    str(port),
                    "--ready-file",
                    str(ready),
                ),
                *self.arguments,
                stdout=sink,
                stderr=sink,
            )
        deadline = time.monotonic() + _START_S
        while not ready.exists():
            if self.process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")
            await asyncio.sleep(_POLL_S)
        self.facts = json.loads(ready.read_text(encoding="utf-8"))

    async def stop(self) -> None:
        """Ask it to stop; end it when it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_S)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def processes(
    estate: Estate, *, store_url: str = "", latency_ms: float = 0.0, workers: int = 1
) -> AsyncIterator[Landscape]:
    """Raise every deployable as a process of its own until the block ends.

    Several workers are called worker-1, worker-2 and so on; one is called worker.
    """
    began = time.monotonic()
    running: list[Deployed] = []
    watch: asyncio.Task[None] | None = None
    with tempfile.TemporaryDirectory(prefix="sluice-", ignore_cleanup_errors=True) as named:
        folder = Path(named)
        try:
            landscape, tree = await _outside(estate, folder, running, store_url=store_url, latency_ms=latency_ms)
            await _stairs(landscape, tree, folder, running, workers=workers)
            landscape.startup_s = time.monotonic() - began
            watch = asyncio.create_task(_watch(running, landscape))
            yield landscape
        finally:
            if watch is not None:
                watch.cancel()
            for deployed in reversed(running):
                await deployed.stop()


async def _outside(
    estate: Estate, folder: Path, running: list[Deployed], *, store_url: str, latency_ms: float
) -> tuple[Landscape, dict[str, Any]]:
    await prepare(estate)
    sandbox = Deployed("sandbox", folder, ["--estate", estate.name, "--latency-ms", str(latency_ms)])
    await sandbox.start()
    running.append(sandbox)
    told = sandbox.facts
    simulated = {
        name: Simulated(name, estate.vendors[name], found["url"], found["config"], found["person"], found["pid"])
        for name, found in told["simulated"].items()
    }
    tree = settings_tree(estate, simulated, store_url=store_url or new_store(folder))
    tree["gateway"] = gateway_section(told["url"], told["audience"], folder=folder)
    landscape = Landscape(
        estate,
        addresses={"identity provider": told["url"]},
        vendors={name: found.url for name, found in simulated.items()},
        people=told["people"],
        persons={name: found.person for name, found in simulated.items()},
        pids={"sandbox": told["pid"], **{name: found.pid for name, found in simulated.items() if found.pid}},
    )
    return landscape, tree


async def _stairs(
    landscape: Landscape, tree: dict[str, Any], folder: Path, running: list[Deployed], *, workers: int
) -> None:
    several = [f"worker-{number}" for number in range(1, workers + 1)] if workers > 1 else ["worker"]
    for name in ("system", *several, "process", "experience", "gateway"):
        path = folder / f"{name}.toml"
        path.touch(mode=0o600)
        path.write_text(tomli_w.dumps(own_settings(tree, name.partition("-")[0])), encoding="utf-8")
        deployed = Deployed(name, folder, ["--settings", str(path)])
        await deployed.start()
        running.append(deployed)
        landscape.addresses[name] = deployed.url
        landscape.pids[name] = deployed.facts["pid"]
        if name in {"system", "process", "experience"}:
            tree["tiers"][name] = deployed.url


def own_settings(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """The settings of one deployable: everybody's public keys, nobody's private key but its own."""
    private = tree["trust"]["private_keys"]
    kept = {name: private[name]} if name in private else {}
    own = {**tree, "trust": {**tree["trust"], "private_keys": kept}}
    return own if name == "system" else {**own, "connections": {}}


async def _watch(running: list[Deployed], landscape: Landscape) -> None:
    """Start again what died, as an orchestrator would."""
    while True:
        await asyncio.sleep(0.2)
        for deployed in running:
            if deployed.process is not None and deployed.process.returncode is not None:
                code = deployed.process.returncode
                print(f"{deployed.name} ended with {code}; starting it again", file=sys.stderr, flush=True)
                await deployed.start()
                landscape.pids[deployed.name] = deployed.facts["pid"]
