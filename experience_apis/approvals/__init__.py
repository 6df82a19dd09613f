"""Approvals for people on the move: the queue, the card, the decision."""

from __future__ import annotations

from contracts.experience.approvals import Approvals
from contracts.process.casework import Casework
from experience_apis.approvals.config import Config
from experience_apis.approvals.pages import approval_pages
from experience_apis.approvals.service import ApprovalsService
from kit.room import Mount, Room, Tools

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve the caller's approvals as casework knows them."""
    del config  # there is nothing to set
    service = ApprovalsService(tools.peers.connect(Casework, "casework"))
    pages = approval_pages(service, room=tools.name, clock=tools.clock)
    return Room(mounts=(Mount(contract=Approvals, service=service, prefix=""),), pages=(pages,))
