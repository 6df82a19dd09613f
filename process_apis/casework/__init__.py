"""The governed queue of every process: cases, exceptions with their forms, approvals with their evidence."""

from __future__ import annotations

from contracts.process.casework import Casework
from kit.room import Mount, Room, Tools
from process_apis.casework.clock import EscalationClock
from process_apis.casework.config import Config
from process_apis.casework.governance import governing
from process_apis.casework.service import CaseworkService

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve the casebook of the durable engine, govern the roads of the tier, and let a worker run the clock."""
    rules = governing()
    service = CaseworkService(durable=tools.durable, config=config, entries=rules.entries)
    clock = EscalationClock(durable=tools.durable, clock=tools.clock, every_s=config.escalate_s)
    return Room(
        mounts=(Mount(contract=Casework, service=service, prefix=""),),
        running=(clock.running,),
        governance=rules,
    )
