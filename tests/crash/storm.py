"""Deals the blows of a schedule, counts them, and heals everything afterwards."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import httpx

from tests.crash.cluster import Cluster
from tests.crash.nursery import Child
from tests.crash.recovery import Recovery
from tests.crash.schedule import Blow, Planned
from tests.crash.wire import Trouble

_DOWN_AT_ONCE: Final = 2
_BREATH_S: Final = 10.0
_LOOK_S: Final = 0.05
Restart = Callable[[], Awaitable[None]]


class Storm:
    """One storm over one cluster. `dealt` counts what was done, `met` what traffic really ran into."""

    def __init__(self, cluster: Cluster, *, recovery: Recovery, restart_store: Restart | None) -> None:
        self._cluster = cluster
        self._recovery = recovery
        self._restart_store = restart_store
        self._sleepers: set[asyncio.Task[None]] = set()
        self._stopped: list[Child] = []
        self.dealt: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self._http = httpx.AsyncClient(timeout=30)

    async def blow(self, planned: Iterable[Planned]) -> None:
        """Deal every blow in its turn."""
        acts: dict[Blow, Callable[[Planned], Awaitable[None]]] = {
            Blow.KILL: self._kill,
            Blow.STOP: self._stop,
            Blow.STORE: self._store,
            Blow.LIE: self._lie,
            Blow.NETWORK: self._network,
        }
        for each in planned:
            await asyncio.sleep(each.gap_s)
            await self._somebody_left()
            await acts[each.blow](each)
            self.dealt[each.blow.value] += 1

    async def until_met(self, *, within_s: float) -> None:
        """Go on until traffic ran into every lie, however slow the machine.

        Raises:
            TimeoutError: it did not in time.

        """
        async with asyncio.timeout(within_s):
            for url in self._cluster.behind.values():
                while (await self._http.get(f"{url}/_sandbox/faults")).json():  # noqa: ASYNC110 - another process tells nobody
                    await asyncio.sleep(_LOOK_S)

    async def heal(self) -> None:
        """Wake who sleeps, mend the wires, make the vendors honest."""
        for sleeper in self._sleepers:
            sleeper.cancel()
        await asyncio.gather(*self._sleepers, return_exceptions=True)
        for child in self._stopped:  # a sleeper that was cancelled before it ran has woken nobody
            child.send(signal.SIGCONT)
        for wire in self._cluster.wires.values():
            wire.heal()
            self.met[Blow.NETWORK.value] += wire.met
        for url in self._cluster.behind.values():
            healed: dict[str, Any] = (await self._http.post(f"{url}/_sandbox/heal")).json()
            self.met[Blow.LIE.value] += sum(healed["met"].values())
        await self._http.aclose()

    async def _somebody_left(self) -> None:
        """A busy machine starts slowly; a storm over what is down meets no traffic and proves nothing."""
        deadline = time.monotonic() + _BREATH_S
        while sum(not member.answers for member in self._cluster.members.values()) > _DOWN_AT_ONCE:
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(_LOOK_S)

    async def _kill(self, planned: Planned) -> None:
        member = self._cluster.members[planned.target]
        if not planned.target.startswith("worker"):
            member.send(signal.SIGKILL)
            return
        interruption = await self._recovery.interrupted()
        member.send(signal.SIGKILL)
        interruption.at = dt.datetime.now(dt.UTC)
        self._recovery.interruptions.append(interruption)

    async def _stop(self, planned: Planned) -> None:
        """A pause as of a collector or a hypervisor: the process wakes and does not know."""
        child = self._cluster.members[planned.target].child
        if child is None or child.code is not None:
            return
        child.send(signal.SIGSTOP)
        self._stopped.append(child)

        async def wake() -> None:
            await asyncio.sleep(planned.seconds)
            child.send(signal.SIGCONT)

        sleeper = asyncio.create_task(wake())
        self._sleepers.add(sleeper)
        sleeper.add_done_callback(self._sleepers.discard)

    async def _store(self, planned: Planned) -> None:
        del planned
        assert self._restart_store is not None
        interruption = await self._recovery.interrupted(everybody=True)
        await self._restart_store()
        self._recovery.interruptions.append(interruption)

    async def _lie(self, planned: Planned) -> None:
        answered = await self._http.post(f"{self._cluster.behind[planned.target]}/_sandbox/faults", json=planned.fault)
        answered.raise_for_status()

    async def _network(self, planned: Planned) -> None:
        self._cluster.wires[planned.target].trouble(Trouble(planned.detail), lasts_s=planned.seconds)
