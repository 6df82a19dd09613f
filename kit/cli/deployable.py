"""One deployable as an application: the same code in one process or in many."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from importlib import import_module
from typing import Any

from kit import settings as plain
from kit.audit.keeping import keeping
from kit.clock import SystemClock
from kit.durable import UNGOVERNED, Allowance, Durable, DurableSettings, Governance, open_durable
from kit.tier import Settings, open_tier
from kit.tier.documents import committed
from kit.tier.manifest import TIERS, room
from kit.trust import Signer

WORKER = "worker"


def application(
    deployable: str, settings: Settings, *, rooms: frozenset[str] = frozenset(), embedded: bool = False
) -> Any:
    """The ASGI application of a deployable. `embedded` lets the process tier run its cases itself.

    Raises:
        SettingsError: a setting is missing, unknown or wrong; the message names it.

    """
    if deployable == "gateway":
        return _gateway(settings)
    if deployable in {"process", WORKER}:
        works = embedded or deployable == WORKER
        opener = partial(_durable, settings, works=works)
        tier = open_tier("process", settings, deployable=deployable, rooms=rooms, open_durable=opener, works=works)
        return tier.app
    return open_tier(deployable, settings, rooms=rooms).app


def _durable(settings: Settings, roads: tuple[Any, ...], governance: Governance | None, *, works: bool) -> Any:
    chosen = DurableSettings(
        url=settings.store.url.reveal(),
        tenant=settings.tenant,
        worker=works,
        beat_s=settings.worker.beat_s,
        lease_s=settings.worker.lease_s,
        poll_s=settings.worker.poll_s,
        allowances=_allowances(settings),
    )
    opened = open_durable(chosen, roads=roads, clock=SystemClock(), governance=governance or UNGOVERNED)
    return _kept(settings, opened) if works else opened


@asynccontextmanager
async def _kept(settings: Settings, opening: AbstractAsyncContextManager[Durable]) -> AsyncIterator[Durable]:
    """The engine of a worker, which keeps the audit chain of its store."""
    async with opening as durable:
        chance = random.Random()
        async with keeping(
            settings.audit, store=durable.store, tenant=settings.tenant, clock=SystemClock(), chance=chance
        ):
            yield durable


def _allowances(settings: Settings) -> dict[str, Allowance]:
    """What each connection may be asked for: as the settings say, or as its vendor's manifest does."""
    found = {
        name: Allowance(concurrency=int(room("system", str(given["vendor"]), key=name).facts.get("concurrency", 0)))
        for name, given in settings.connections.items()
        if "vendor" in given
    }
    for name, given in settings.worker.limits.items():
        found[name] = plain.decode(Allowance, given, section=f"worker.limits.{name}")
    return found


def _gateway(settings: Settings) -> Any:
    door = import_module("gateway")
    clock = SystemClock()
    given = {"upstreams": {tier: settings.address(tier) for tier in TIERS}, **settings.gateway}
    config = plain.decode(door.Config, given, section="gateway")
    signer = Signer(issuer="gateway", private_key_pem=settings.private_key("gateway"), clock=clock)
    return door.build(config, signer=signer, clock=clock, documents=committed())
