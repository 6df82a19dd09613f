"""The governed queue of every process: cases, exceptions with their forms, approvals with their evidence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from contracts.process.casework import Casework
from kit.durable import Road
from kit.room import Mount, Room, Tools
from process_apis.casework.channel import MailChannel
from process_apis.casework.clock import EscalationClock
from process_apis.casework.config import Config
from process_apis.casework.digest import DigestSteps, digest_road, mornings
from process_apis.casework.governance import governing
from process_apis.casework.service import CaseworkService

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve the casebook of the durable engine, govern the roads of the tier, and let a worker run the clock."""
    rules = governing()
    service = CaseworkService(durable=tools.durable, config=config, entries=rules.entries)
    clock = EscalationClock(durable=tools.durable, clock=tools.clock, every_s=config.escalate_s)
    digests = _digests(config, tools)
    return Room(
        mounts=(Mount(contract=Casework, service=service, prefix=""),),
        roads=digests.roads,
        running=(clock.running, *digests.running),
        governance=rules,
    )


class _Digests(NamedTuple):
    """What mails in the morning add to the room."""

    roads: tuple[Road, ...] = ()
    running: tuple[Callable[[], AbstractAsyncContextManager[None]], ...] = ()


def _digests(config: Config, tools: Tools) -> _Digests:
    wanted = config.digests
    if wanted is None:
        return _Digests()
    steps = DigestSteps(
        durable=tools.durable, channel=MailChannel(wanted.mail), clock=tools.clock, pages=wanted.pages.rstrip("/")
    )
    road = digest_road(steps, version=int(tools.manifest["version"]))
    return _Digests((road,), (mornings(wanted, road, durable=tools.durable, clock=tools.clock),))
