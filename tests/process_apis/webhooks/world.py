"""A room of webhooks over a store, partners who call it, and receivers on this machine."""

from __future__ import annotations

import datetime as dt
import random
import ssl
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from contracts.canonical.webhooks import Delivery, EndpointMade, EventType
from contracts.events.billing import InvoicePosted
from contracts.events.deal import ProjectProvisioned
from contracts.events.envelope import CloudEvent
from contracts.events.webhooks import EndpointDisabled
from contracts.process.webhooks import AddEndpoint
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.egress import Guard, Resolve, Sender, resolve
from kit.events import append
from kit.sealing import Sealer
from kit.settings import Secret
from kit.store import Store
from kit.store.tables import CASE_FACT, CASE_FILE
from process_apis.webhooks.config import Config
from process_apis.webhooks.delivering import Delivering
from process_apis.webhooks.fanout import FanOut
from process_apis.webhooks.lanes import Lanes
from process_apis.webhooks.service import WebhooksService

NOW: Final = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
KEY: Final = "c2x1aWNlLXRlc3RzLXNlYWwtbm90aGluZy1yZWFsISE="
CONFIG: Final = Config(
    customers={"acme": ("cus-1", "cus-2"), "rival": ("cus-9",)},
    sealing_secrets=Secret(KEY),
    loopback=True,
    deadline_s=2.0,
    replay_most=5,
    endpoints_most=3,
)
ACME: Final = Caller(subject="acme", client_id="acme", roles=frozenset({"partner"}))
RIVAL: Final = Caller(subject="rival", client_id="rival", roles=frozenset({"partner"}))
STRANGER: Final = Caller(subject="stranger", client_id="stranger")
PAULA: Final = Caller(subject="paula.platform", roles=frozenset({"platform"}))
ALL: Final = list(EventType)


def posted(number: int, customer: str = "cus-1") -> InvoicePosted:
    """An invoice that stands in the books."""
    money = Money(amount=Decimal("1190.00"), currency="EUR")
    return InvoicePosted(
        invoice_id=f"inv-{number}",
        number=f"2026-{number:05}",
        project_id="prj-1",
        customer_id=customer,
        legal_entity_id="SG-DE",
        net=money,
        gross=money,
        posted_on=NOW.date(),
    )


def provisioned(case_id: str = "case-1") -> ProjectProvisioned:
    """A project that stands in every system."""
    return ProjectProvisioned(
        case_id=case_id,
        opportunity_id="006A",
        project_id="prj-1",
        erp_customer_id="e1",
        erp_project_id="e2",
        psa_project_id="p1",
        contract_value=Money(amount=Decimal(5), currency="EUR"),
        project_ids=["prj-1", "prj-1-2"],
    )


@dataclass
class World:
    """What a test holds in its hands."""

    store: Store
    clock: ManualClock
    service: WebhooksService
    fanout: FanOut
    delivering: Delivering
    disabled: list[EndpointDisabled] = field(default_factory=list)
    keys: int = 0

    def key(self) -> str:
        """A fresh idempotency key."""
        self.keys += 1
        return f"k{self.keys}"

    async def endpoint(self, url: str, *, by: Caller = ACME, types: list[EventType] | None = None) -> EndpointMade:
        """An endpoint of a partner."""
        with calling(by):
            body = AddEndpoint(url=url, event_types=types or ALL, description="ours")
            return await self.service.add_endpoint(body=body, idempotency_key=self.key())

    async def happened(self, *facts: Noun, at: dt.datetime | None = None, tenant: str = "t") -> None:
        """Facts in the log, a minute apart, each under an id of its own."""
        for fact in facts:
            self.clock.advance(60)
            event = CloudEvent(
                id=self.key(),
                source="/processes/x",
                type=fact.TYPE,  # type: ignore[attr-defined] # every event names its type
                subject="s",
                time=at or self.clock.now(),
                data=msgspec.to_builtins(fact),
                tenant=tenant,
            )
            async with self.store.write() as connection:
                await append(connection, event)

    async def case(self, case_id: str, *, customer: str, project: str, tenant: str = "t") -> None:
        """A case that knows whose a project is."""
        now = self.clock.now()
        row = {"case_id": case_id, "tenant": tenant, "process": "quote_to_project", "business_key": case_id}
        more = {"version": 1, "revision": 1, "state": "completed", "opened_at": now, "changed_at": now}
        async with self.store.write() as connection:
            await connection.execute(sa.insert(CASE_FILE).values(**row, **more))
            for name, value in {"customer_id": customer, "project_id": project}.items():
                await connection.execute(sa.insert(CASE_FACT).values(case_id=case_id, name=name, value=value))

    async def deliver(self) -> None:
        """Read the log, and deliver what is due now."""
        await self.fanout.look()
        await self.delivering.look()
        await self.delivering.settled()

    async def log(self, endpoint_id: str, *, by: Caller = ACME, **asked: Any) -> list[Delivery]:
        """What was and will be delivered, oldest first."""
        with calling(by):
            page = await self.service.deliveries(endpoint_id=endpoint_id, **{"limit": 200, **asked})
        return page.items[::-1]


def world(
    store: Store,
    *,
    config: Config = CONFIG,
    names: Resolve = resolve,
    tls: ssl.SSLContext | None = None,
    clock: ManualClock | None = None,
    seed: int = 1,
) -> World:
    """A room that stands on a store; another over the same store and clock is another worker."""
    clock = clock or ManualClock(NOW)
    told: list[EndpointDisabled] = []

    async def trouble(fact: EndpointDisabled) -> None:
        told.append(fact)

    sealer = Sealer(config.sealing_secrets, setting="s")
    guard = Guard(ports=frozenset(config.ports), loopback=config.loopback, resolve=names)
    common: dict[str, Any] = {"store": lambda: store, "clock": clock, "tenant": "t", "config": config}
    lanes = Lanes(chance=random.Random(seed), sealer=sealer, **common)
    sender = Sender(guard, tls=tls or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), deadline_s=config.deadline_s)
    return World(
        store=store,
        clock=clock,
        service=WebhooksService(sealer=sealer, guard=guard, **common),
        fanout=FanOut(sealer=sealer, trouble=trouble, **common),
        delivering=Delivering(lanes=lanes, guard=guard, sender=sender, clock=clock, most=8, burst=50),
        disabled=told,
    )
