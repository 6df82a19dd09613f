"""An account for tests: a simulator, its development landscape, a person who works in it, and the room on it."""

import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec

from contracts.system.crm import Crm
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.settings import decode
from system_apis.hubspot import Config
from system_apis.hubspot import build as build_room
from system_apis.hubspot.simulator import build, develop

ROOM = Path(__file__).parents[3] / "system_apis" / "hubspot"
V3 = "/crm/v3/objects"
DATED = "/crm/objects/2026-03"
LINKS = "/crm/v4/associations"


class Together(ManualClock):
    """Our clock and the vendor's, moved as one, so that waiting takes no time."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.now())
        self._sandbox = sandbox

    def advance(self, seconds: float) -> None:
        """Move both forward."""
        super().advance(seconds)
        self._sandbox.advance(seconds)


@dataclass
class Account:
    """A simulated account and a person signed in to it."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    person: httpx.AsyncClient
    clock: Together

    async def create(self, kind: str, *links: tuple[str, int], **values: str) -> str:
        """Create a row with its associations, each an id and one of the vendor's types or of the firm's own."""
        types = [
            (row_id, "USER_DEFINED" if 100 < number < 200 else "HUBSPOT_DEFINED", number) for row_id, number in links
        ]
        associations = [
            {"to": {"id": row_id}, "types": [{"associationCategory": category, "associationTypeId": number}]}
            for row_id, category, number in types
        ]
        body = {"properties": values, "associations": associations}
        response = await self.person.post(f"{DATED}/{kind}", json=body)
        assert 201 == response.status_code, response.text
        return str(response.json()["id"])

    async def change(self, kind: str, row_id: str, **values: str) -> None:
        """Set properties of a row."""
        response = await self.person.patch(f"{DATED}/{kind}/{row_id}", json={"properties": values})
        assert 200 == response.status_code, response.text

    async def deal(self, **values: str) -> str:
        """An open deal of nobody, without lines."""
        return await self.create("deals", **({"dealname": "A deal", "closedate": "2026-11-20"} | values))

    async def search(self, kind: str = "deals", **body: Any) -> httpx.Response:
        """Ask the index."""
        return await self.person.post(f"{V3}/{kind}/search", json=body)

    async def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        """Have the next call of a kind fail."""
        fault = {"method": method, "path": path, "kind": kind, "times": 1, **more}
        assert (await self.person.post("/_sandbox/faults", json=fault)).is_success

    def served(self, part: str) -> list[int]:
        """The statuses of the calls to addresses with a part in common, in order."""
        return [call["status"] for call in self.sandbox.calls if part in call["path"]]

    async def play(self) -> dict[str, str]:
        """Enter the story as its salesperson does; the ids of what was saved by name."""
        saved: dict[str, str] = {}
        for step in msgspec.json.decode((ROOM / "fixtures" / "won_deal.json").read_bytes()):
            text = msgspec.json.encode(step).decode()
            for name, row_id in saved.items():
                text = text.replace(f"${{{name}.id}}", row_id)
            ready = msgspec.json.decode(text)
            response = await self.person.request(ready["method"], ready["path"], json=ready["body"])
            assert response.is_success, response.text
            if "save" in ready:
                saved[ready["save"]] = response.json()["id"]
        return saved


@asynccontextmanager
async def fresh(base_url: str = "http://account.test") -> AsyncIterator[Account]:
    """A seeded account, asked without a socket."""
    sandbox = Sandbox()
    landscape = develop(base_url)
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    headers = landscape["person"]["headers"]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers) as person:
        yield Account(sandbox, app, landscape, person, Together(sandbox))


@asynccontextmanager
async def opened(account: Account, *, sockets: bool = False, **settings: Any) -> AsyncIterator[Crm]:
    """The room opened on an account as the tier would open it."""
    config = decode(Config, {**account.landscape["config"], **settings}, section="connections.crm")

    def http(**more: Any) -> VendorClient:
        transport = None if sockets else httpx.ASGITransport(account.app)
        return VendorClient(name="crm-us", clock=account.clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="crm-us",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=account.clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build_room(config, tools)
    try:
        yield cast("Crm", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()
