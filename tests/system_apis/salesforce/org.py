"""An org for tests: a simulator, its development landscape, a person who works in it, and the room opened on it."""

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
from kit.clock import Clock, SystemClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.settings import decode
from system_apis.salesforce import Config
from system_apis.salesforce import build as build_room
from system_apis.salesforce.simulator import build, develop

ROOM = Path(__file__).parents[3] / "system_apis" / "salesforce"
DATA = "/services/data/v66.0"


@dataclass
class Org:
    """A simulated org and a person signed in to it."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    person: httpx.AsyncClient

    async def create(self, kind: str, **values: Any) -> str:
        """Create a row and return its id."""
        response = await self.person.post(f"{DATA}/sobjects/{kind}", json=values)
        assert 201 == response.status_code, response.text
        return str(response.json()["id"])

    async def change(self, kind: str, row_id: str, **values: Any) -> None:
        """Set fields of a row."""
        response = await self.person.patch(f"{DATA}/sobjects/{kind}/{row_id}", json=values)
        assert 204 == response.status_code, response.text

    async def query(self, text: str, **headers: str) -> httpx.Response:
        """Ask a SOQL question."""
        return await self.person.get(f"{DATA}/query", params={"q": text}, headers=headers)

    async def deal(self, **values: Any) -> str:
        """An open deal of a new customer, without lines."""
        account = await self.create("Account", Name="Northwind", BillingCountryCode="DE", CurrencyIsoCode="EUR")
        wanted = {"Name": "A deal", "StageName": "Prospecting", "CloseDate": "2026-11-20", "AccountId": account}
        return await self.create("Opportunity", **(wanted | values))

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


def fresh() -> tuple[Sandbox, Any, dict[str, Any]]:
    """A seeded simulator that nobody serves yet."""
    sandbox = Sandbox()
    landscape = develop("http://org.test")
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    return sandbox, app, landscape


@asynccontextmanager
async def in_process() -> AsyncIterator[Org]:
    """An org without a socket, for what the simulator itself must do."""
    sandbox, app, landscape = fresh()
    headers = landscape["person"]["headers"]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://org.test", headers=headers) as person:
        yield Org(sandbox, app, landscape, person)


@asynccontextmanager
async def served() -> AsyncIterator[Org]:
    """An org behind a real socket, for what the room must do."""
    sandbox, app, landscape = fresh()
    async with serving(app) as base_url:
        landscape["config"]["base_url"] = base_url
        headers = landscape["person"]["headers"]
        async with httpx.AsyncClient(base_url=base_url, headers=headers) as person:
            yield Org(sandbox, app, landscape, person)


@asynccontextmanager
async def opened(org: Org, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Crm]:
    """The room opened on an org as the tier would open it."""
    clock = clock or SystemClock()
    config = decode(Config, {**org.landscape["config"], **settings}, section="connections.crm")

    def http(**more: Any) -> VendorClient:
        return VendorClient(name="crm-emea", clock=clock, random=random.Random(1), **more)

    tools = Tools(
        name="crm-emea",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=clock,
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
