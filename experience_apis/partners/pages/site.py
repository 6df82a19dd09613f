"""Which pages the partner console has and where; each handler stands in the file of its subject."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from contracts.canonical.webhooks import EventType
from experience_apis.partners.pages.deliveries import DeliveryPages
from experience_apis.partners.pages.endpoint import EndpointPages
from experience_apis.partners.pages.endpoints import EndpointsPages
from experience_apis.partners.pages.looks import LOOKS
from experience_apis.partners.pages.projects import ProjectPages
from experience_apis.partners.service import PartnersService
from kit.clock import Clock
from kit.room import Pages
from kit.web import Link, Site

PREFIX: Final = "/pages"
_LINKS: Final = (Link("/", "Projects", "h"), Link("/webhooks", "Webhooks", "w"))
_SENTENCES: Final = MappingProxyType(
    {
        "noted": "Noted in your name; the delivery owner sees it.",
        "changed": "The endpoint is changed.",
        "paused": "Paused. Messages wait in line until it is told again.",
        "resumed": "It is told again.",
        "pinged": "A ping is in line.",
        "removed": "The endpoint is removed, with its secrets and its log.",
        "replayed": "It goes out again, under its own id.",
        "replayed_many": "They go out again, oldest first, each under its own id.",
        "replayed_none": "Nothing happened in that time that would go out again.",
    }
)


def partner_pages(service: PartnersService, *, room: str, clock: Clock) -> Pages:
    """The pages of a room, over the same service that answers its contract."""
    site = Site(
        title="Partner console",
        folder=Path(__file__).parent,
        mounted=f"/{room}{PREFIX}",
        clock=clock,
        links=_LINKS,
        sentences=_SENTENCES,
        values={"looks": LOOKS, "event_types": [each.value for each in EventType]},
    )
    subjects = (ProjectPages(service), EndpointsPages(service), EndpointPages(service), DeliveryPages(service))
    return Pages(router=site.router([route for each in subjects for route in each.routes()]), prefix=PREFIX)
