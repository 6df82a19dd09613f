"""An environment for tests: a simulator asked without a socket, a person who works in it, and the room opened on it."""

import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from contracts.system.crm import Crm
from kit.cli.story import script
from kit.clock import Clock, ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.settings import decode
from system_apis.dynamics_sales import Config
from system_apis.dynamics_sales import build as build_room
from system_apis.dynamics_sales.simulator import build, develop

ROOM = Path(__file__).parents[3] / "system_apis" / "dynamics_sales"
HOST = "http://org.test"
DATA = "/api/data/v9.2/"
EURO = "/transactioncurrencies(isocurrencycode='EUR')"
CURRENCY = "transactioncurrencyid@odata.bind"


@dataclass
class Cut:
    """A connection that breaks: at calls whose method and address fit, before or after their effect."""

    method: str
    contains: str
    after: bool
    times: int = 1


class Line(httpx.AsyncBaseTransport):
    """The way to the environment, on which connections may break."""

    def __init__(self, app: Any) -> None:
        self._way = httpx.ASGITransport(app)
        self.cuts: list[Cut] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        cut = next((c for c in self.cuts if c.method == request.method and c.contains in request.url.path), None)
        if cut is not None:
            cut.times -= 1
            if cut.times == 0:
                self.cuts.remove(cut)
            if cut.after:
                await self._way.handle_async_request(request)
            raise httpx.ReadError("cut", request=request)
        return await self._way.handle_async_request(request)


@dataclass
class Environment:
    """A simulated environment and a person signed in to it."""

    sandbox: Sandbox
    line: Line
    landscape: dict[str, Any]
    person: httpx.AsyncClient

    async def create(self, plural: str, **values: Any) -> str:
        """Make a row and return its id."""
        response = await self.person.post(DATA + plural, json=values)
        assert 201 == response.status_code, response.text
        key = next(name for name in response.json() if name.endswith("id") and not name.startswith("_"))
        return str(response.json()[key])

    async def change(self, address: str, **values: Any) -> None:
        """Set columns of a row."""
        response = await self.person.patch(DATA + address, json=values, headers={"If-Match": "*"})
        assert 200 == response.status_code, response.text

    async def deal(self, **values: Any) -> str:
        """An open deal of a new customer, without lines."""
        account = await self.create("accounts", name="Northwind", sluice_countrycode="DE", **{CURRENCY: EURO})
        wanted = {"name": "A deal", "estimatedclosedate": "2026-11-20", CURRENCY: EURO}
        return await self.create(
            "opportunities", **(wanted | {"customerid_account@odata.bind": f"/accounts({account})"} | values)
        )

    async def win(self, opportunity_id: str) -> None:
        """Close a deal as won."""
        closing = {"subject": "won", "opportunityid@odata.bind": f"/opportunities({opportunity_id})"}
        response = await self.person.post(DATA + "WinOpportunity", json={"Status": 3, "OpportunityClose": closing})
        assert 204 == response.status_code, response.text

    async def play(self) -> dict[str, str]:
        """Enter the story as its salesperson does; the ids of what was saved, by name."""
        saved: dict[str, str] = {}
        for step in script(ROOM / "fixtures" / "won_deal.json"):
            text = str(httpx.Request("POST", HOST, json=step["body"]).content.decode())
            for name, row_id in saved.items():
                text = text.replace(f"${{{name}.id}}", row_id)
            response = await self.person.request(
                step["method"], step["path"], content=text, headers={"Content-Type": "application/json"}
            )
            assert response.is_success, response.text
            if "save" in step:
                saved[step["save"]] = response.json()[step["id"]]
        return saved

    async def fault(self, method: str, path: str, **more: Any) -> None:
        """Have the next calls that fit fail; `body` and `status` are the vendor's."""
        wanted = {"method": method, "path": path, "kind": "status", "times": 1, **more}
        assert (await self.person.post("/_sandbox/faults", json=wanted)).is_success

    def served(self, path: str, *, method: str = "") -> list[int]:
        """The statuses of the calls below an address, in order."""
        calls = [call for call in self.sandbox.calls if call["path"].startswith(path)]
        return [call["status"] for call in calls if call["method"] == method or not method]

    async def rows(self, plural: str) -> list[dict[str, Any]]:
        """Every row of a table as the environment holds it."""
        state = (await self.person.get("/_sandbox/state")).json()
        rows: list[dict[str, Any]] = state[plural]
        return rows


@asynccontextmanager
async def raised() -> AsyncIterator[Environment]:
    """A seeded environment without a socket."""
    sandbox = Sandbox()
    landscape = develop(HOST)
    line = Line(sandboxed(build(sandbox), sandbox))
    sandbox.seed(landscape["seed"])
    headers = landscape["person"]["headers"]
    async with httpx.AsyncClient(transport=line, base_url=HOST, headers=headers) as person:
        yield Environment(sandbox, line, landscape, person)


@asynccontextmanager
async def opened(environment: Environment, *, clock: Clock | None = None, **settings: Any) -> AsyncIterator[Crm]:
    """The room opened on an environment as the tier would open it, by a clock that waits for nobody."""
    clock = clock or ManualClock(environment.sandbox.now())
    config = decode(Config, {**environment.landscape["config"], **settings}, section="connections.crm")

    def http(**more: Any) -> VendorClient:
        return VendorClient(name="crm-emea", clock=clock, random=random.Random(1), transport=environment.line, **more)

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
