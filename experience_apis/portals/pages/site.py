"""Which pages the client portal has and where; each handler stands in the file of its subject."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

from experience_apis.portals.access import OPERATIONS
from experience_apis.portals.pages.changes import ChangePages
from experience_apis.portals.pages.disputes import DisputePages
from experience_apis.portals.pages.engagement import EngagementPages
from experience_apis.portals.pages.home import HomePages
from experience_apis.portals.pages.invoices import InvoicePages
from experience_apis.portals.pages.looks import LOOKS
from experience_apis.portals.pages.milestone import MilestonePages
from experience_apis.portals.pages.payments import PaymentPages
from experience_apis.portals.service import PortalsService
from kit.clock import Clock
from kit.room import Pages
from kit.web import Link, Site

PREFIX: Final = "/pages"
_LINKS: Final = (
    Link("/", "Engagements", "h"),
    Link("/invoices", "Invoices", "i", OPERATIONS["invoices"]),
    Link("/payments", "Payments", "p", OPERATIONS["payments"]),
    Link("/disputes", "Disputes", "d", OPERATIONS["disputes"]),
)
_SENTENCES: Final = MappingProxyType(
    {
        "accepted": "Accepted in your name. It is billed as agreed.",
        "declined": "Declined. Delivery has to answer; the answer appears here.",
        "asked": "The change request was sent. Delivery decides on it.",
        "change_withdrawn": "The change request is withdrawn.",
        "disputed": "The dispute was raised. Finance has to answer; the answer appears here.",
        "dispute_withdrawn": "The dispute is withdrawn.",
    }
)


def client_pages(service: PortalsService, *, room: str, clock: Clock) -> Pages:
    """The pages of a room, over the same service that answers its contract."""
    site = Site(
        title="Client portal",
        folder=Path(__file__).parent,
        mounted=f"/{room}{PREFIX}",
        clock=clock,
        links=_LINKS,
        sentences=_SENTENCES,
        values={"looks": LOOKS, "example": Decimal("12500.00")},
    )
    subjects = (
        HomePages(service),
        EngagementPages(service),
        MilestonePages(service),
        ChangePages(service),
        InvoicePages(service),
        PaymentPages(service),
        DisputePages(service),
    )
    return Pages(router=site.router([route for each in subjects for route in each.routes()]), prefix=PREFIX)
