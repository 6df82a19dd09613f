"""Portals: a client's engagements, milestones, bills, disputes and change requests; its account team sees the same."""

from __future__ import annotations

from contracts.experience.portals import Portals
from contracts.process.change_requests import ChangeRequests
from contracts.process.client_billing import ClientBilling
from contracts.process.engagements import Engagements
from experience_apis.portals.config import Config
from experience_apis.portals.pages import client_pages
from experience_apis.portals.service import PortalsService
from kit.room import Mount, Room, Tools

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve what three processes know of the caller's engagements; pages show it."""
    del config  # there is nothing to set
    service = PortalsService(
        engagements=tools.peers.connect(Engagements, "engagements"),
        billing=tools.peers.connect(ClientBilling, "client_billing"),
        changes=tools.peers.connect(ChangeRequests, "change_requests"),
        clock=tools.clock,
    )
    pages = client_pages(service, room=tools.name, clock=tools.clock)
    return Room(mounts=(Mount(contract=Portals, service=service, prefix=""),), pages=(pages,))
