"""An account for tests: a simulator, its development landscape, documents to tax, and the room on it."""

import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

import httpx

from contracts.canonical.party import Address
from contracts.canonical.taxation import Commitment, TaxDocumentKind, TaxedItem, TaxRequest, TaxVoiding
from contracts.system.tax import Tax
from kit.clock import ManualClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Fault, Sandbox, sandboxed
from kit.sandbox.faults import FaultKind
from kit.settings import decode
from system_apis.avalara import Config
from system_apis.avalara import build as build_room
from system_apis.avalara.simulator import build, develop

ROOM: Final = Path(__file__).parents[3] / "system_apis" / "avalara"
DAY: Final = dt.date(2026, 7, 15)
HAMBURG: Final = Address(country="DE", street="Kehrwieder 9", city="Hamburg", postal_code="20457")
BROADWAY: Final = Address(country="US", street="1440 Broadway", city="New York", region="NY", postal_code="10001")
SALE: Final = TaxRequest(
    kind=TaxDocumentKind.SALE,
    legal_entity_id="SG-DE",
    customer_id="cus-1",
    issued_on=DAY,
    currency="EUR",
    sold_from=HAMBURG,
    sold_to=HAMBURG,
    lines=[TaxedItem(line_id="l-1", net=Decimal("100.00"), service_code="SP140000")],
)
COMMITMENT: Final = Commitment(legal_entity_id="SG-DE")
VOIDING: Final = TaxVoiding(legal_entity_id="SG-DE")
CREATE, ADJUST, DOCUMENTS = "/transactions/create", "/transactions/createoradjust", "/companies/SGDE/transactions"


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
    """A simulated account, spoken to without a socket."""

    sandbox: Sandbox
    app: Any
    landscape: dict[str, Any]
    http: httpx.AsyncClient
    clock: Together

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Call the account's API as a program of somebody else would."""
        return await self.http.request(method, f"/api/v2{path}", headers=self.landscape["person"]["headers"], **more)

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        """Have the next calls of a kind fail."""
        self.sandbox.faults.append(Fault(method=method, contains=path, kind=FaultKind(kind), **more))

    def served(self, part: str, method: str = "") -> list[int]:
        """The statuses of the calls to addresses with a part in common, in order."""
        return [
            call["status"] for call in self.sandbox.calls if part in call["path"] and method in {"", call["method"]}
        ]

    def documents(self) -> list[tuple[str, str, int]]:
        """Code, state and version of every document of the account; that none is untied is held, too."""
        state = self.sandbox.dump()
        assert [] == state["untied"]
        return [(each["code"], each["status"], each["version"]) for each in state["documents"]]


def model(code: str = "A1", amount: float = 100, **more: Any) -> dict[str, Any]:
    """A sale in the vendor's words."""
    here = {"line1": "1440 Broadway", "city": "New York", "region": "NY", "postalCode": "10001", "country": "US"}
    line = {"number": "1", "amount": amount, "quantity": 1, "taxCode": "P0000000"}
    said = {"code": code, "companyCode": "SGUS", "customerCode": "c", "date": "2026-07-15", "type": "SalesInvoice"}
    return {**said, "currencyCode": "USD", "addresses": {"singleLocation": here}, "lines": [line], **more}


@asynccontextmanager
async def fresh(base_url: str = "http://account.test") -> AsyncIterator[Account]:
    """A seeded account, asked without a socket."""
    sandbox = Sandbox()
    landscape = develop(base_url)
    app = sandboxed(build(sandbox), sandbox)
    sandbox.seed(landscape["seed"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as http:
        yield Account(sandbox, app, landscape, http, Together(sandbox))


@asynccontextmanager
async def opened(account: Account, **settings: Any) -> AsyncIterator[Tax]:
    """The room opened on an account as the tier would open it."""

    def http(**more: Any) -> VendorClient:
        transport = httpx.ASGITransport(account.app)
        return VendorClient(name="tax", clock=account.clock, random=random.Random(1), transport=transport, **more)

    tools = Tools(
        name="tax-main",
        manifest=tomllib.loads((ROOM / "vendor.toml").read_text()),
        clock=account.clock,
        random=random.Random(1),
        tenant="firm",
        http=http,
        peers=cast("Any", None),
        durable=cast("Any", None),
    )
    config = decode(Config, {**account.landscape["config"], **settings}, section="connections.tax")
    room = build_room(config, tools)
    try:
        yield cast("Tax", room.mounts[0].service)
    finally:
        if room.close:
            await room.close()
