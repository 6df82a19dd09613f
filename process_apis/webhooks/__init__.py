"""Partners are told what happens to their objects, by Standard Webhooks: signed, repeated, replayed, and never inside.

A worker reads the log of events and puts each that concerns a partner in line, once for each endpoint that wants it;
then it delivers, one message at a time to each endpoint, and repeats by the schedule of the specification. An endpoint
that fails for days is told nothing more, and somebody at the partner platform hears of that.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol, cast

import httpx

from contracts.process.webhooks import Webhooks
from kit.egress import Guard, Sender
from kit.following import Following, Pace
from kit.room import Mount, Room, Tools
from kit.sealing import Sealer
from kit.settings import SettingsError
from kit.store import Store
from process_apis.webhooks.config import Config
from process_apis.webhooks.delivering import Delivering
from process_apis.webhooks.fanout import FanOut
from process_apis.webhooks.lanes import Lanes
from process_apis.webhooks.service import WebhooksService
from process_apis.webhooks.trouble import Alarm, TroubleSteps, trouble_road

__all__ = ["Config", "build"]

_SECTION = "process_apis.webhooks"
_CLUSTER = "KUBERNETES_"  # what every pod finds in its environment begins so
_AGING_S = 3_600.0


class _Stored(Protocol):
    """The durable engine as both kinds of it are made: over a store."""

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        ...


def build(config: Config, tools: Tools) -> Room:
    """Serve endpoints and their log, run the road of those that were disabled, and let a worker tell and deliver.

    Raises:
        SettingsError: no sealing key; a loopback within a cluster; a lease that a slow endpoint would outlast.

    """
    _refuse(config)
    sealer = Sealer(config.sealing_secrets, setting=f"{_SECTION}.sealing_secrets")
    guard = Guard(ports=frozenset(config.ports), loopback=config.loopback)
    clock, tenant = tools.clock, tools.tenant

    def store() -> Store:
        return cast("_Stored", tools.durable()).store

    service = WebhooksService(store=store, clock=clock, tenant=tenant, config=config, sealer=sealer, guard=guard)
    steps = TroubleSteps(store=store, clock=clock, tenant=tenant, sealer=sealer)
    road = trouble_road(steps, version=int(tools.manifest["version"]))
    fanout = FanOut(
        store=store, clock=clock, tenant=tenant, config=config, sealer=sealer, trouble=Alarm(tools.durable, road)
    )
    lanes = Lanes(store=store, clock=clock, chance=tools.random, tenant=tenant, config=config, sealer=sealer)
    return Room(
        mounts=(Mount(contract=Webhooks, service=service, prefix=""),),
        roads=(road,),
        running=_followed(config, tools, fanout, partial(_delivering, config, tools, guard, lanes)),
    )


def _followed(
    config: Config, tools: Tools, fanout: FanOut, delivering: Callable[[], Delivering]
) -> tuple[Callable[[], AbstractAsyncContextManager[None]], ...]:
    if not config.feed:
        return ()
    pace = Pace(poll_s=config.poll_s, most_s=config.poll_most_s)
    following = partial(Following, clock=tools.clock, chance=tools.random)

    def delivered() -> AbstractAsyncContextManager[None]:
        task = delivering()
        return task.running(following(name="webhook delivery", look=task.look, pace=pace))

    aging = Pace(poll_s=_AGING_S, most_s=_AGING_S)
    return (
        following(name="webhook feed", look=fanout.look, pace=pace).running,
        following(name="webhook retention", look=fanout.age_out, pace=aging).running,
        delivered,
    )


def _delivering(config: Config, tools: Tools, guard: Guard, lanes: Lanes) -> Delivering:
    tls = httpx.create_ssl_context(trust_env=False)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.authorities:
        tls.load_verify_locations(config.authorities)
    sender = Sender(guard, tls=tls, deadline_s=config.deadline_s)
    return Delivering(lanes=lanes, guard=guard, sender=sender, clock=tools.clock, most=config.lanes, burst=config.burst)


def _refuse(config: Config) -> None:
    if config.loopback and any(name.startswith(_CLUSTER) for name in os.environ):
        raise SettingsError(f"{_SECTION}.loopback lets outsiders call this machine: for development, not in a cluster")
    if config.lease_s < 2 * config.deadline_s:
        raise SettingsError(f"{_SECTION}.lease_s is at least twice deadline_s, or two workers would tell one endpoint")
