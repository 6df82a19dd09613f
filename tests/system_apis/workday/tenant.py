"""A tenant for tests: a simulator, its development landscape, a person who works in it, and the room on it."""

import base64
import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx

from contracts.canonical.workforce import WorkerChange
from contracts.system.hr import Hr
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.sandbox.faults import FaultKind
from kit.settings import decode
from system_apis.workday import Config
from system_apis.workday import build as build_room
from system_apis.workday.simulator import build

ROOM: Final = Path(__file__).parents[3] / "system_apis" / "workday"
NAME: Final = "sluicegate1"
TOKEN: Final = f"/ccx/oauth2/{NAME}/token"
LOG: Final = f"/ccx/service/{NAME}/Human_Resources/v43.0"
STAFFING: Final = f"/ccx/api/staffing/v6/{NAME}/workers"
REPORTS: Final = f"/ccx/service/customreport2/{NAME}/hr.reports"
WORKERS: Final = f"{REPORTS}/Sluice_Workers"
ABSENCES: Final = f"{REPORTS}/Sluice_Absences"
RATES: Final = f"{REPORTS}/Sluice_Cost_Rates"


class Together(ManualClock):
    """Our clock and the vendor's, moved as one, so that waiting takes no time; ours may be off by some seconds."""

    def __init__(self, sandbox: Sandbox, *, ahead_s: float = 0.0) -> None:
        super().__init__(sandbox.now() + dt.timedelta(seconds=ahead_s))
        self._sandbox = sandbox

    def advance(self, seconds: float) -> None:
        """Move both forward."""
        super().advance(seconds)
        self._sandbox.advance(seconds)


@dataclass
class Tenant:
    """A simulated tenant and a person signed in to it."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    person: httpx.AsyncClient
    clock: Together

    async def do(self, task: str, **given: Any) -> dict[str, Any]:
        """Do something at the screen; afterwards two seconds have passed."""
        response = await self.person.post(f"/{NAME}/d/task/{task}", json=given)
        assert 200 == response.status_code, response.text
        self.clock.advance(2)
        told: dict[str, Any] = response.json()
        return told

    async def hire(self, name: str, *, on: str = "2024-01-08", **values: Any) -> str:
        """Hire somebody; the employee number."""
        told = await self.do("hire", on=on, values={"name": name, "weekly_hours": "40", **values})
        return str(told["employee_id"])

    @property
    def integration(self) -> dict[str, str]:
        """Headers of the integration user itself."""
        config = self.landscape["config"]
        pair = base64.b64encode(f"{config['user']}:{config['password']}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def fault(self, path: str, **more: Any) -> None:
        """Have the next call to an address answered otherwise."""
        self.sandbox.faults.append(Fault(kind=FaultKind.STATUS, path=path, **more))

    def served(self, part: str) -> list[int]:
        """The statuses of the calls to addresses with a part in common, in order."""
        return [call["status"] for call in self.sandbox.calls if part in call["path"]]


@asynccontextmanager
async def fresh(landscape: dict[str, Any]) -> AsyncIterator[Tenant]:
    """A tenant seeded with a landscape, asked without a socket."""
    sandbox = Sandbox()
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    headers = landscape["person"]["headers"]
    transport = httpx.ASGITransport(app)
    base_url = landscape["config"]["base_url"]
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers) as person:
        yield Tenant(sandbox, app, landscape, person, Together(sandbox))


@asynccontextmanager
async def opened(tenant: Tenant, **settings: Any) -> AsyncIterator[Hr]:
    """The room opened on a tenant as the tier would open it."""
    config = decode(Config, {**tenant.landscape["config"], **settings}, section="connections.hr")

    def http(**more: Any) -> VendorClient:
        transport = httpx.ASGITransport(tenant.app)
        return VendorClient(name="hr-main", clock=tenant.clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="hr-main",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=tenant.clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    room = build_room(config, tools)
    try:
        yield cast("Hr", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()


async def everything(hr: Hr, cursor: str = "", *, limit: int = 200) -> tuple[list[WorkerChange], str]:
    """All that the feed tells until it rests."""
    found: list[WorkerChange] = []
    for _ in range(1000):
        page = await hr.worker_changes(cursor=cursor, limit=limit)
        found, cursor = found + page.changes, page.cursor
        if not page.changes:
            return found, cursor
    raise AssertionError("the feed does not come to rest")
