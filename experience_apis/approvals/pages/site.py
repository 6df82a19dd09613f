"""Which pages approvers have and where; each handler stands in the file of its subject."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from experience_apis.approvals.pages import shown
from experience_apis.approvals.pages.card import CardPages
from experience_apis.approvals.pages.lending import LendingPages
from experience_apis.approvals.pages.offline import WORKER, OfflinePages
from experience_apis.approvals.pages.queue import QueuePages
from experience_apis.approvals.pages.together import TogetherPages
from experience_apis.approvals.service import ApprovalsService
from kit.clock import Clock
from kit.room import Pages
from kit.web import Link, Site

PREFIX: Final = "/pages"
_LINKS: Final = (Link("/", "To decide", "h"), Link("/delegations", "Delegations", "d"))
_SENTENCES: Final = {
    "approved": "Approved. The case goes on.",
    "supported": "Your approval is recorded. Others still have to decide.",
    "rejected": "Rejected, with your reason.",
    "taken_back": "Taken back. Nothing was done; it waits for a decision again.",
    "asked": "Asked. Nobody can approve until it is answered.",
    "answered": "Answered. It can be decided again.",
    "commented": "Your comment is kept with it.",
    "assigned": "Handed over.",
    "delegated": "The delegation is made.",
    "revoked": "The delegation has ended.",
}


def approval_pages(service: ApprovalsService, *, room: str, clock: Clock) -> Pages:
    """The pages of a room, over the same service that answers its contract."""
    site = Site(
        title="Approvals",
        folder=Path(__file__).parent,
        mounted=f"/{room}{PREFIX}",
        clock=clock,
        links=_LINKS,
        sentences=_SENTENCES,
        values={"urgency": shown.urgency, "marked": shown.marked, "told_step": shown.step_of},
    )
    groups = (
        QueuePages(service),
        TogetherPages(service),
        CardPages(service),
        LendingPages(service),
        OfflinePages(site.own[WORKER]),
    )
    return Pages(router=site.router([route for group in groups for route in group.routes()]), prefix=PREFIX)
