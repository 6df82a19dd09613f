"""A seeded NetSuite account on a free port, the room opened against it, and the sample firm's story."""

import datetime as dt
import random
import ssl
import tomllib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

import system_apis.netsuite as room
from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money, split
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Phase, Project
from contracts.system.erp import Erp
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.settings import decode
from system_apis.netsuite.simulator import build, develop

RECORDS = "/services/rest/record/v1"
ROOM = Path(room.__file__).parent


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
    """One simulated account: its sandbox, its landscape, and a person's HTTP client."""

    base_url: str
    sandbox: Sandbox
    landscape: dict[str, Any]
    http: httpx.AsyncClient

    async def get(self, path: str, **params: str) -> httpx.Response:
        return await self.http.get(f"{RECORDS}/{path}", params=params)

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.http.post(f"{RECORDS}/{path}", json=body, headers=headers)

    async def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.http.put(f"{RECORDS}/{path}", json=body, headers=headers)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.http.patch(f"{RECORDS}/{path}", json=body)

    async def sql(self, query: str, **params: str) -> httpx.Response:
        path = "/services/rest/query/v1/suiteql"
        return await self.http.post(path, json={"q": query}, params=params, headers={"Prefer": "transient"})

    def seed(self, **document: Any) -> None:
        self.sandbox.seed(document)

    def records(self, kind: str) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = self.sandbox.dump()["records"][kind]
        return held

    def calls(self, method: str, contains: str) -> int:
        return sum(call["method"] == method and contains in call["path"] for call in self.sandbox.calls)


@pytest.fixture
async def vendor() -> AsyncIterator[Vendor]:
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox)) as base_url:
        landscape = develop(base_url)
        sandbox.seed(landscape["seed"])
        headers = landscape["person"]["headers"]
        plain = ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # nothing is encrypted here; the default reads every root of trust
        async with httpx.AsyncClient(base_url=base_url, headers=headers, verify=plain) as http:
            yield Vendor(base_url, sandbox, landscape, http)


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
            name="erp-atlantic",
            manifest=tomllib.loads((ROOM / "vendor.toml").read_text(encoding="utf-8")),
            clock=clock,
            random=chance,
            tenant="sluicegate",
            http=partial(VendorClient, name="erp-atlantic", clock=clock, random=chance),
            peers=None,  # type: ignore[arg-type]  # a system room has nobody below
            durable=None,  # type: ignore[arg-type]  # and no roads
        )
        return room.build(config, tools)

    return opened


@pytest.fixture
async def erp(open_room: Callable[..., Any]) -> AsyncIterator[Erp]:
    opened = open_room()
    yield opened.mounts[0].service
    await opened.close()


@pytest.fixture
def fixture_bytes() -> Callable[[str], bytes]:
    return lambda name: (ROOM / "fixtures" / f"{name}.json").read_bytes()


@pytest.fixture
def group() -> Customer:
    return Customer(
        customer_id="cus-NWG",
        name="Northwind Group plc",
        address=Address(country="GB", street="1 Quay", city="Bristol", postal_code="BS1 4DJ"),
        currency="EUR",
        tax=TaxProfile(tax_code="EXPORT-0", tax_registration="GB123456789"),
    )


@pytest.fixture
def customer() -> Customer:
    return Customer(
        customer_id="cus-NWF",
        name="Northwind France SAS",
        address=Address(country="FR", street="2 Rue du Port", city="Lyon", postal_code="69002"),
        currency="EUR",
        parent_id="cus-NWG",
        tax=TaxProfile(tax_code="EU-RC", tax_registration="FR40303265045"),
        email="ap@northwind.example",
    )


@pytest.fixture
def project() -> Project:
    def phase(name: str, starts: str, ends: str, amount: str, method: BillingMethod, **more: Any) -> Phase:
        return Phase(
            phase_id=more.pop("phase_id"),
            name=name,
            starts_on=dt.date.fromisoformat(starts),
            ends_on=dt.date.fromisoformat(ends),
            country="FR",
            method=method,
            budget=eur(amount),
            **more,
        )

    by_milestone = BillingMethod.MILESTONE
    return Project(
        project_id="prj-006A1",
        name="Northwind managed cloud EMEA",
        customer_id="cus-NWF",
        legal_entity_id="SG-DE",
        service_line="MANAGED-CLOUD",
        delivery_owner="dana.okafor@sluicegate.example",
        starts_on=dt.date(2027, 1, 4),
        ends_on=dt.date(2029, 2, 28),
        currency="EUR",
        budget=eur("1420000.00"),
        phases=[
            phase(
                "Kick-off",
                "2027-01-04",
                "2027-01-04",
                "48000.00",
                by_milestone,
                phase_id="phs-2",
                milestone=True,
                parent_id="phs-1",
            ),
            phase("Onboarding France", "2027-01-04", "2027-02-28", "240000.00", by_milestone, phase_id="phs-1"),
            phase(
                "Managed cloud service",
                "2027-03-01",
                "2029-02-28",
                "1000000.00",
                BillingMethod.SUBSCRIPTION,
                phase_id="phs-3",
            ),
        ],
    )


@pytest.fixture
def schedule() -> BillingSchedule:
    france = split(eur("240000.00"), [Decimal(20), Decimal(50), Decimal(30)])
    germany = split(eur("180000.00"), [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")])
    months = split(eur("1000000.00"), [Decimal(1)] * 24)
    milestones = [
        _line(f"bsl-{n}", BillingMethod.MILESTONE, BillingTrigger.MILESTONE, dt.date(2027, 2, 1), amount)
        for n, amount in enumerate([*france, *germany])
    ]
    fees = [
        _line(f"bsl-m{n}", BillingMethod.SUBSCRIPTION, BillingTrigger.DATE, month(n), amount)
        for n, amount in enumerate(months)
    ]
    return BillingSchedule(
        schedule_id="bsc-006A1",
        project_id="prj-006A1",
        customer_id="cus-NWF",
        legal_entity_id="SG-DE",
        tax_code="EU-RC",
        currency="EUR",
        lines=[*milestones, *fees],
    )


@pytest.fixture
async def standing(erp: Erp, group: Customer, customer: Customer, project: Project) -> Erp:
    """The ERP with the customers and the project of the story in it."""
    await erp.put_customer(customer_id=group.customer_id, legal_entity_id="SG-DE", body=group)
    await erp.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)
    await erp.put_project(project_id=project.project_id, body=project)
    return erp


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def month(number: int) -> dt.date:
    years, months = divmod(2 + number, 12)
    return dt.date(2027 + years, months + 1, 1)


def _line(line_id: str, method: BillingMethod, trigger: BillingTrigger, due_on: dt.date, amount: Money) -> ScheduleLine:
    return ScheduleLine(
        line_id=line_id,
        name=f"Line {line_id}",
        method=method,
        trigger=trigger,
        due_on=due_on,
        amount=amount,
        phase_id="phs-1",
    )


@pytest.fixture
def changed() -> Callable[..., Any]:
    """`changed(noun, field=value)`: the same noun with other values."""
    return msgspec.structs.replace
