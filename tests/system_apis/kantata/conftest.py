"""A seeded Kantata on a free port, the room before it, and the nouns of one deal."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.project import Phase, Project, StaffingRequest
from contracts.canonical.rates import RateCard, RateEntry
from contracts.system.psa import Psa, PsaProject, StaffingRequests
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.settings import decode
from kit.tier import manifests
from system_apis.kantata import Config, build
from system_apis.kantata.simulator import build as build_simulator
from system_apis.kantata.simulator import develop


@dataclass(frozen=True)
class Account:
    """The simulated account: its client, its control paths and its rows."""

    http: httpx.AsyncClient
    sandbox: Sandbox
    config: dict[str, Any]
    transport: httpx.AsyncBaseTransport | None = None

    def rows(self, collection: str) -> list[dict[str, Any]]:
        """What the account holds, read behind its back."""
        return list(self.sandbox.dump()[collection].values())

    def fault(self, **fault: Any) -> None:
        """Have the next fitting call fail."""
        from kit.sandbox import Fault
        from kit.sandbox.faults import FaultKind

        self.sandbox.faults.append(Fault(**{**fault, "kind": FaultKind(fault["kind"])}))

    def calls(self, method: str, path: str) -> list[int]:
        """The statuses served to calls of this kind."""
        return [one["status"] for one in self.sandbox.calls if one["method"] == method and path in one["path"]]

    async def make(self, collection: str, singular: str, **attributes: Any) -> dict[str, Any]:
        """Create a row over HTTP and return it."""
        response = await self.http.post(f"/api/v1/{collection}.json", json={singular: attributes})
        assert 201 == response.status_code, response.text
        answer = response.json()
        return cast("dict[str, Any]", answer[collection][answer["results"][0]["id"]])


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    """A development account behind a socket."""
    sandbox = Sandbox(seed=7)
    async with serving(sandboxed(build_simulator(sandbox), sandbox)) as base_url:
        landscape = develop(base_url)
        sandbox.seed(landscape["seed"])
        headers = landscape["person"]["headers"]
        async with httpx.AsyncClient(base_url=base_url, headers=headers) as http:
            yield Account(http, sandbox, landscape["config"])


@pytest.fixture
async def near() -> AsyncIterator[Account]:
    """A development account asked without a socket."""
    sandbox = Sandbox(seed=7)
    transport = httpx.ASGITransport(sandboxed(build_simulator(sandbox), sandbox))
    landscape = develop("http://kantata.test")
    sandbox.seed(landscape["seed"])
    headers = landscape["person"]["headers"]
    async with httpx.AsyncClient(transport=transport, base_url="http://kantata.test", headers=headers) as http:
        yield Account(http, sandbox, landscape["config"], transport)


@pytest.fixture
async def opened(account: Account) -> AsyncIterator[Callable[[], Psa]]:
    """Open another instance of the room on the same account, as after a crash."""
    closing: list[Any] = []

    def open_room() -> Psa:
        clock, chance = ManualClock(), random.Random(1)
        tools = SimpleNamespace(
            name="psa-main",
            manifest=manifests("system")["kantata"].facts,
            clock=clock,
            random=chance,
            http=partial(VendorClient, name="psa-main", clock=clock, random=chance),
        )
        room = build(decode(Config, account.config, section="connections.psa-main"), cast("Tools", tools))
        closing.append(room.close)
        return cast("Psa", room.mounts[0].service)

    yield open_room
    for close in closing:
        await close()


@pytest.fixture
def psa(opened: Callable[[], Psa]) -> Psa:
    """The room on the account."""
    return opened()


@pytest.fixture
def customer() -> Customer:
    """The customer of the deal, daughter of a group."""
    return Customer(
        customer_id="cus-1",
        name="Northwind France SAS",
        address=Address(country="FR", street="1 rue du Port", city="Lille", postal_code="59000"),
        currency="EUR",
        parent_id="cus-0",
        tax=TaxProfile(tax_code=None, tax_registration="FR40303265045"),
        email="ap@northwind.example",
    )


@pytest.fixture
def rate_card() -> RateCard:
    """Five prices, one of which rises in 2028."""
    rates = (
        ("Cloud Architect", "FR", "195.00", "2026-12-01"),
        ("Cloud Architect", "FR", "203.00", "2028-01-01"),
        ("Cloud Architect", "DE", "185.00", "2026-12-01"),
        ("Service Manager", "FR", "150.00", "2026-12-01"),
        ("Service Manager", "DE", "142.50", "2026-12-01"),
        ("Engineer", "DE", "120.00", "2026-12-01"),
    )
    return RateCard(
        name="Northwind 2026",
        currency="EUR",
        entries=[
            RateEntry(role=role, country=country, hourly_rate=Decimal(rate), effective_from=dt.date.fromisoformat(day))
            for role, country, rate, day in rates
        ],
    )


def _phase(phase_id: str, name: str, amount: str, *, parent_id: str | None = None, country: str = "FR") -> Phase:
    return Phase(
        phase_id=phase_id,
        name=name,
        starts_on=dt.date(2027, 1, 4),
        ends_on=dt.date(2027, 2, 28),
        country=country,
        method=BillingMethod.MILESTONE,
        budget=Money(amount=Decimal(amount), currency="EUR"),
        milestone=parent_id is not None,
        parent_id=parent_id,
    )


@pytest.fixture
def project() -> Project:
    """Two onboardings with their milestones, then two years of service."""
    service = Phase(
        phase_id="phs-3",
        name="Managed cloud service",
        starts_on=dt.date(2027, 3, 1),
        ends_on=dt.date(2029, 2, 28),
        country="DE",
        method=BillingMethod.SUBSCRIPTION,
        budget=Money(amount=Decimal("1000000.00"), currency="EUR"),
    )
    return Project(
        project_id="prj-1",
        name="Northwind managed cloud EMEA",
        customer_id="cus-1",
        legal_entity_id="SG-DE",
        service_line="MANAGED-CLOUD",
        delivery_owner="dana.okafor@sluicegate.example",
        starts_on=dt.date(2027, 1, 4),
        ends_on=dt.date(2029, 2, 28),
        currency="EUR",
        budget=Money(amount=Decimal("1420000.00"), currency="EUR"),
        phases=[
            _phase("phs-1", "Onboarding France", "240000.00"),
            _phase("phs-1-1", "Kick-off", "48000.00", parent_id="phs-1"),
            _phase("phs-1-2", "Transition accepted", "120000.00", parent_id="phs-1"),
            _phase("phs-1-3", "Hypercare accepted", "72000.00", parent_id="phs-1"),
            _phase("phs-2", "Onboarding Germany", "180000.00", country="DE"),
            _phase("phs-2-1", "Kick-off", "59994.00", parent_id="phs-2", country="DE"),
            _phase("phs-2-2", "Transition accepted", "59994.00", parent_id="phs-2", country="DE"),
            _phase("phs-2-3", "Hypercare accepted", "60012.00", parent_id="phs-2", country="DE"),
            service,
        ],
    )


@pytest.fixture
def needs() -> StaffingRequests:
    """Four roles in two countries."""
    wanted = (
        ("stf-1", "Cloud Architect", "FR", "320"),
        ("stf-2", "Cloud Architect", "DE", "240"),
        ("stf-3", "Service Manager", "DE", "480"),
        ("stf-4", "Engineer", "DE", "900"),
    )
    return StaffingRequests(
        requests=[
            StaffingRequest(
                request_id=request_id,
                project_id="prj-1",
                role=role,
                country=country,
                hours=Decimal(hours),
                starts_on=dt.date(2027, 1, 4),
                ends_on=dt.date(2027, 2, 28),
            )
            for request_id, role, country, hours in wanted
        ]
    )


@pytest.fixture
def put(psa: Psa, customer: Customer, rate_card: RateCard, project: Project) -> Any:
    """Put client, rate card and project, and return the project's references."""

    async def run(room: Psa = psa, project: Project = project) -> Any:
        client = await room.put_client(customer_id="cus-1", body=customer)
        card = await room.publish_rate_card(rate_card_id="rc-1", body=rate_card)
        body = PsaProject(
            project=project, client_external_id=client.external_id, rate_card_external_id=card.external_id
        )
        return await room.put_project(project_id="prj-1", body=body)

    return run
