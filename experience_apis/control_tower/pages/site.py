"""Which pages the tower has and where; each handler stands in the file of its subject."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from experience_apis.control_tower.pages.home import HomePages
from experience_apis.control_tower.service import ControlTowerService
from kit.clock import Clock
from kit.room import Pages
from kit.web import Link, Site

PREFIX: Final = "/pages"
_LINKS: Final = (Link("/", "Overview", "h"),)


def tower_pages(service: ControlTowerService, *, room: str, clock: Clock) -> Pages:
    """The pages of a room, over the same service that answers its contract."""
    site = Site(
        title="Control tower",
        folder=Path(__file__).parent,
        mounted=f"/{room}{PREFIX}",
        clock=clock,
        links=_LINKS,
    )
    return Pages(router=site.router([*HomePages(service).routes()]), prefix=PREFIX)
