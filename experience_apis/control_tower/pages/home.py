"""The first page: how much waits, where, for whom and since when, what is at stake, how the clocks stand; search."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

from litestar import Response

from experience_apis.control_tower.config import Config
from experience_apis.control_tower.pages.figures import figures, said
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Route, Visit, changes

_SHORTEST: Final = 3
_LONGEST: Final = 200
_LATEST: Final = 5
_LOOK_S: Final = 2.0


class HomePages:
    """The overview, its live stream, and search."""

    def __init__(self, service: ControlTowerService, *, config: Config) -> None:
        self._service = service
        self._config = config

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/", self.home),
            Route("GET", "/live", self.live),
            Route("GET", "/search", self.search),
        ]

    async def home(self, visit: Visit) -> Response[Any]:
        """The whole overview, or for a script the part of it that changes."""
        seen, counts, broken = await asyncio.gather(
            self._service.overview(),
            self._service.exception_counts(),
            self._service.broken_glass(limit=_LATEST),
        )
        found = figures(seen, counts, targets_s=self._config.targets_s, objective=self._config.objective)
        values: dict[str, Any] = {
            "seen": seen,
            "counts": counts,
            "broken": broken.items,
            "figures": found,
            "said": said(found, counts),
            "objective": self._config.objective,
        }
        if visit.is_fragment:
            return visit.fragment("home_body.html", **values)
        return visit.page("home.html", **values)

    async def live(self, visit: Visit) -> Response[Any]:
        """Tells the overview that something has changed."""

        async def look() -> str:
            newest, counts = await asyncio.gather(self._service.cases(limit=1), self._service.exception_counts())
            parts = [f"{each.case_id} {each.changed_at}" for each in newest.items]
            parts += [
                f"{each.code} {each.owner_role} {each.open} {each.overdue} {each.unassigned} {each.escalated}"
                for each in counts.items
            ]
            return hashlib.sha256("\n".join(parts).encode()).hexdigest()

        return visit.stream(changes(look, every_s=_LOOK_S))

    async def search(self, visit: Visit) -> Response[Any]:
        """Cases that carry an id; where there is one and no other, the case itself."""
        wanted = visit.query.get("q", "").strip()[:_LONGEST]
        if len(wanted) < _SHORTEST:
            return visit.page("search.html", wanted=wanted, hits=[], short=bool(wanted))
        hits = (await self._service.find(text=wanted)).items
        if len(hits) == 1 and hits[0].kind != "title":
            return visit.see(f"/cases/{hits[0].case_id}")
        return visit.page("search.html", wanted=wanted, hits=hits, short=False)
