"""The partner API in its newest shape; older shapes are the gateway's business."""

from __future__ import annotations

from contracts.experience.partners import Partners
from contracts.process.engagements import Engagements
from contracts.process.webhooks import Webhooks
from experience_apis.partners.config import Config
from experience_apis.partners.pages import partner_pages
from experience_apis.partners.service import PartnersService
from kit.room import Mount, Room, Tools

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve the caller's engagements in the words of partners, and what they are told of them; pages show it."""
    del config  # there is nothing to set
    service = PartnersService(
        tools.peers.connect(Engagements, "engagements"), tools.peers.connect(Webhooks, "webhooks")
    )
    pages = partner_pages(service, room=tools.name, clock=tools.clock)
    return Room(mounts=(Mount(contract=Partners, service=service, prefix=""),), pages=(pages,))
