"""The first page: how much waits, where, for whom and since when."""

from __future__ import annotations

from typing import Any

from litestar import Response

from experience_apis.control_tower.service import ControlTowerService
from kit.web import Route, Visit


class HomePages:
    """The overview."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/", self.home)]

    async def home(self, visit: Visit) -> Response[Any]:
        """The whole overview."""
        counts = await self._service.exception_counts()
        return visit.page("home.html", counts=counts)
