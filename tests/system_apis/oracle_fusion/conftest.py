"""A seeded Fusion pod on a free port, the room opened against it, and books that must balance after every test."""

import datetime as dt
import random
import ssl
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

import system_apis.oracle_fusion as room
from contracts.system.erp import Erp
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.sandbox.faults import FaultKind
from kit.serving import serving
from kit.settings import decode
from system_apis.oracle_fusion.simulator import build, develop
from tests.system_apis.oracle_fusion.story import CUSTOMER, PROJECT

ROOM = Path(room.__file__).parent
FSCM = "/fscmRestApi/resources/11.13.18.05"


class SandboxClock:
    """The simulator's own time, or so many seconds ahead of it; sleeping advances both."""

    def __init__(self, sandbox: Sandbox, *, ahead_s: float) -> None:
        self._sandbox = sandbox
        self._ahead = dt.timedelta(seconds=ahead_s)
        self._start = sandbox.now()

    def now(self) -> dt.datetime:
        return self._sandbox.now() + self._ahead

    def monotonic(self) -> float:
        return (self._sandbox.now() - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self._sandbox.advance(seconds)


@dataclass
class Vendor:
    """One simulated pod: its sandbox, its landscape, and a person's HTTP client."""

    base_url: str
    sandbox: Sandbox
    landscape: dict[str, Any]
    http: httpx.AsyncClient

    def seed(self, **document: Any) -> None:
        self.sandbox.seed(document)

    def set_up(self, **values: Any) -> None:
        self.sandbox.seed({"setup": values})

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self.http.get(f"{FSCM}/{path}", params=params)

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.http.request(method, f"{FSCM}/{path}", json=body, headers=headers)

    def rows(self, table: str) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = self.sandbox.dump()["tables"].get(table, [])
        return held

    def calls(self, method: str, contains: str) -> int:
        return sum(call["method"] == method and contains in call["path"] for call in self.sandbox.calls)

    def fail(self, kind: FaultKind, method: str, contains: str, **more: Any) -> None:
        self.sandbox.faults.append(Fault(kind=kind, method=method, contains=contains, **more))

    async def pay(self, document_id: str, amount: str | None = None) -> None:
        body = {"document": document_id, **({"amount": amount} if amount else {})}
        answer = await self.http.post("/ui/receipts", json=body)
        assert 200 == answer.status_code, answer.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served() -> AsyncIterator[tuple[str, Sandbox, dict[str, Any]]]:
    """One server for the tests of a file; to start and to stop it takes longer than most of them."""
    sandbox = Sandbox(seed=7)
    async with serving(sandboxed(build(sandbox), sandbox)) as base_url:
        yield base_url, sandbox, develop(base_url)


@pytest_asyncio.fixture(loop_scope="module")
async def vendor(served: tuple[str, Sandbox, dict[str, Any]]) -> AsyncIterator[Vendor]:
    """A fresh pod on that server."""
    base_url, sandbox, landscape = served
    sandbox.reset()
    sandbox.seed(landscape["seed"])
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is encrypted here; the default reads every root of trust
    headers = landscape["person"]["headers"]
    async with httpx.AsyncClient(base_url=base_url, headers=headers, verify=plain) as http:
        yield Vendor(base_url, sandbox, landscape, http)
    assert [] == sandbox.dump()["faults"], "the books do not balance"


@pytest.fixture
def settings(vendor: Vendor) -> dict[str, Any]:
    """The settings of the connection; a test may change them before it asks for `erp`."""
    return dict(vendor.landscape["config"])


@pytest.fixture
def open_room(vendor: Vendor, settings: dict[str, Any]) -> Callable[..., Any]:
    def opened(*, ahead_s: float = 0.0) -> Any:
        config = decode(room.Config, settings, section="connections.erp")
        chance, clock = random.Random(7), SandboxClock(vendor.sandbox, ahead_s=ahead_s)
        tools = Tools(
            name="erp-main",
            manifest=tomllib.loads((ROOM / "vendor.toml").read_text(encoding="utf-8")),
            clock=clock,
            random=chance,
            tenant="sluicegate",
            http=partial(VendorClient, name="erp-main", clock=clock, random=chance),
            peers=None,  # type: ignore[arg-type]  # a system room has nobody below
            durable=None,  # type: ignore[arg-type]  # and no roads
        )
        return room.build(config, tools)

    return opened


@pytest_asyncio.fixture(loop_scope="module")
async def erp(open_room: Callable[..., Any]) -> AsyncIterator[Erp]:
    opened = open_room()
    yield opened.mounts[0].service
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def standing(erp: Erp) -> Erp:
    """The ERP with a customer and a project of one phase in it."""
    await erp.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    return erp
