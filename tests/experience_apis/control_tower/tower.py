"""The tower's pages over a real casework, served as a tier serves them; people are signed in by the gateway's token."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from litestar import Litestar, Router

from experience_apis.control_tower import Config
from experience_apis.control_tower.pages import tower_pages
from experience_apis.control_tower.service import ControlTowerService
from kit.caller import Caller
from kit.clock import Clock, SystemClock
from kit.serving import serving
from kit.tier.answers import trusted
from kit.trust import Signer, Verifier, new_key_pair
from tests.process_apis.casework.governed import Queue, queue


@dataclass
class Window:
    """A browser that may be anybody's, before the pages."""

    http: httpx.AsyncClient
    signer: Signer

    def of(self, person: Caller) -> dict[str, str]:
        """What the gateway says of a person."""
        return {"authorization": f"Bearer {self.signer.mint(audience='experience', caller=person)}"}

    async def get(self, person: Caller, path: str, **query: str) -> httpx.Response:
        """Read a page."""
        return await self.http.get(f"/control_tower/pages{path}", params=query, headers=self.of(person))

    async def post(self, person: Caller, path: str, **fields: Any) -> httpx.Response:
        """Send a form."""
        return await self.http.post(f"/control_tower/pages{path}", data=fields, headers=self.of(person))


@dataclass
class Tower(Window):
    """The same before a casework that the test knows."""

    at: Queue


@asynccontextmanager
async def looking(service: ControlTowerService, pages_clock: Clock) -> AsyncIterator[Window]:
    """The pages over a service, up until the block ends."""
    private, public = new_key_pair()
    clock = SystemClock()
    pages = tower_pages(service, room="control_tower", config=Config(), clock=pages_clock)
    router = Router(f"/control_tower{pages.prefix}", route_handlers=[pages.router])
    app = Litestar(route_handlers=[router], openapi_config=None, logging_config=None)
    verifier = Verifier(audience="experience", public_keys={"gateway": public}, clock=clock)
    headers = {"x-forwarded-prefix": "/tower"}
    async with (
        serving(trusted(app, verifier, tenant="default")) as url,
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as http,
    ):
        yield Window(http, Signer(issuer="gateway", private_key_pem=private, clock=clock))


@asynccontextmanager
async def tower() -> AsyncIterator[Tower]:
    """Casework and the pages over it, up until the block ends."""
    async with queue() as at, looking(ControlTowerService(at.service), at.clock) as window:
        yield Tower(window.http, window.signer, at)


def text_of(page: httpx.Response) -> str:
    """What a person reads in the middle of a page."""
    main = page.text.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main))).strip()
