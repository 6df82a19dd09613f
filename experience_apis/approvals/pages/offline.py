"""The script that keeps the queue readable without a network; it may look after all of these pages and no others."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from kit.web import Route, Visit
from kit.web.assets import Asset
from kit.web.headers import SECURITY

WORKER: Final = "worker.js"


class OfflinePages:
    """What a browser runs besides a page."""

    def __init__(self, script: Asset) -> None:
        self._script = script

    def routes(self) -> list[Route]:
        """Where it is: not among the files, whose folder would be all it may look after."""
        return [Route("GET", f"/{WORKER}", self.worker)]

    async def worker(self, visit: Visit) -> Response[Any]:
        """The script, asked for anew each time, so that an old one never outlives a new page."""
        headers = {**SECURITY, "cache-control": "no-cache", "service-worker-allowed": visit.at("/")}
        return Response(self._script.body, media_type="text/javascript", headers=headers)
