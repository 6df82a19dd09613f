"""Which pages the tower has and where; each handler stands in the file of its subject."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Final

from experience_apis.control_tower.config import Config
from experience_apis.control_tower.pages.cases import CasePages
from experience_apis.control_tower.pages.exception import ExceptionPages
from experience_apis.control_tower.pages.home import HomePages
from experience_apis.control_tower.pages.inbox import InboxPages
from experience_apis.control_tower.pages.looks import CASE_LOOKS, SEVERITY_LOOKS, STEP_LOOKS
from experience_apis.control_tower.pages.reconciled import ReconciledPages
from experience_apis.control_tower.pages.together import TogetherPages
from experience_apis.control_tower.service import ControlTowerService
from experience_apis.control_tower.views import HIDDEN
from kit.clock import Clock
from kit.room import Pages
from kit.web import Link, Site

PREFIX: Final = "/pages"
_LINKS: Final = (
    Link("/", "Overview", "h"),
    Link("/exceptions", "Exceptions", "e"),
    Link("/cases", "Cases", "c"),
    Link("/breaks", "Reconciliation", "b"),
)
_SENTENCES: Final = MappingProxyType(
    {
        "fixed": "The answer was taken. The case goes on at the step that met the problem.",
        "proposed": "The answer is proposed. It counts once another person has confirmed it.",
        "confirmed": "Confirmed. The case goes on at the step that met the problem.",
        "sent_back": "Sent back. The exception waits for another answer.",
        "withdrawn": "Withdrawn. The step is tried again as things stand now.",
        "assigned": "Assigned.",
        "released": "Given back to its role.",
        "said": "Said.",
        "closed": "Closed. The next run looks again.",
    }
)


def tower_pages(service: ControlTowerService, *, room: str, config: Config, clock: Clock) -> Pages:
    """The pages of a room, over the same service that answers its contract."""
    site = Site(
        title="Control tower",
        folder=Path(__file__).parent,
        mounted=f"/{room}{PREFIX}",
        clock=clock,
        links=_LINKS,
        search="/search",
        sentences=_SENTENCES,
        values={
            "hidden": HIDDEN,
            "case_looks": CASE_LOOKS,
            "step_looks": STEP_LOOKS,
            "severity_looks": SEVERITY_LOOKS,
        },
    )
    subjects = (
        HomePages(service, config=config),
        CasePages(service),
        InboxPages(service),
        TogetherPages(service),
        ExceptionPages(service),
        ReconciledPages(service),
    )
    return Pages(router=site.router([route for each in subjects for route in each.routes()]), prefix=PREFIX)
