"""Systems and people around a room of master data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.canonical.field import Record
from contracts.canonical.master import Change, Kind, Submitted, Suspect
from contracts.canonical.party import Customer, Hierarchy, LegalEntity
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from contracts.process.master_data import DecideChange, Propose, Submit, Verdict
from contracts.system.erp import LegalEntities
from kit.caller import Caller, calling, current_caller
from kit.clock import ManualClock
from kit.events import EventLog, Place
from kit.store import Store
from process_apis.master_data.config import Config
from process_apis.master_data.matrix import FILE, read_matrix
from process_apis.master_data.reading import Readings
from process_apis.master_data.service import MasterDataService

CONFIG = Config(
    systems={"crm-1": Record.CRM, "erp-1": Record.ERP, "erp-2": Record.ERP, "psa-1": Record.PSA},
    speaks={"crm": ("crm-1",), "erp": ("erp-1", "erp-2"), "psa": ("psa-1",)},
)
CLIENTS = {"crm-1": "crm", "erp-1": "erp", "erp-2": "erp", "psa-1": "psa"}
FELIX = Caller(subject="felix.finance", roles=frozenset({"finance"}))
OLIVIA = Caller(subject="olivia.ops", roles=frozenset({"operations"}))
MATRIX = read_matrix(FILE.read_text(encoding="utf-8"))


def client(connection: str, **more: Any) -> Caller:
    """Whoever speaks for a connection."""
    name = CLIENTS[connection]
    return Caller(subject=name, client_id=name, **more)


@dataclass
class Crm:
    """Remembers in whose name it was asked."""

    customers: dict[str, Customer] = field(default_factory=dict)
    callers: list[Caller] = field(default_factory=list)

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        self.callers.append(current_caller())
        if account_id not in self.customers:
            raise Problem(Sort.NOT_FOUND, "account_not_found")
        return Hierarchy(customers=[self.customers[account_id]])


@dataclass
class Erp:
    """The firm's own companies."""

    entities: list[LegalEntity] = field(default_factory=list)

    async def legal_entities(self) -> LegalEntities:
        return LegalEntities(items=self.entities)


@dataclass
class World:
    """What a test holds in its hands."""

    service: MasterDataService
    store: Store
    clock: ManualClock
    crm: Crm
    erp: Erp
    keys: int = 0

    def key(self) -> str:
        """A fresh idempotency key."""
        self.keys += 1
        return f"k{self.keys}"

    async def customer(self, our_id: str, connection: str = "crm-1", **fields: Any) -> Submitted:
        """A customer as a system tells of it, a second later than what was told before."""
        self.clock.advance(1)
        given = {name.replace("__", "."): value for name, value in fields.items()}
        body = Submit(connection=connection, changed_at=self.clock.now(), fields=given)
        with calling(client(connection)):
            return await self.service.submit(noun=Kind.CUSTOMER, our_id=our_id, body=body)

    async def propose(self, our_id: str, path: str, old: Any, new: Any, **more: Any) -> Change:
        """A change of one field of a customer."""
        self.clock.advance(1)
        connection = more.get("connection", "crm-1")
        body = Propose(
            connection=connection,
            noun=more.get("noun", Kind.CUSTOMER),
            our_id=our_id,
            field=path,
            old=old,
            new=new,
            changed_at=more.get("at", self.clock.now()),
        )
        with calling(more.get("caller", client(connection))):
            return await self.service.propose(body=body, idempotency_key=more.get("key", self.key()))

    async def decide(self, change: Change, *, approve: bool = True, by: Caller = FELIX, etag: str = "") -> Change:
        """Decide on what is pending."""
        body = DecideChange(approve=approve)
        with calling(by):
            return await self.service.decide(
                change_id=change.change_id, body=body, if_match=etag or change.etag, idempotency_key=self.key()
            )

    async def judge(self, suspect: Suspect, survivor: str | None, *, by: Caller = OLIVIA) -> Suspect:
        """Say that two are one, or with no survivor that they are not."""
        body = Verdict(same=survivor is not None, survivor_id=survivor)
        with calling(by):
            return await self.service.judge(
                suspect_id=suspect.suspect_id, body=body, if_match=suspect.etag, idempotency_key=self.key()
            )

    async def suspects(self) -> list[Suspect]:
        """What is open."""
        return (await self.service.suspects()).items

    async def values(self, our_id: str) -> dict[str, Any]:
        """What is agreed of a customer."""
        record = await self.service.record(noun=Kind.CUSTOMER, our_id=our_id)
        return {each.field: each.value for each in record.fields}

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What stands in the outbox."""
        events = await EventLog(self.store).after(Place(), limit=500)
        return [(each.event.type, msgspec.to_builtins(each.event.data)) for each in events]


def world(store: Store) -> World:
    """A room that stands on a store."""
    clock, crm, erp = ManualClock(), Crm(), Erp()
    systems: Any = {"crm": crm, "erp": erp}
    readings = Readings(crm_name="crm-1", erp_name="erp-1", clock=clock, matrix=MATRIX, **systems)
    service = MasterDataService(
        store=lambda: store, clock=clock, tenant="t", matrix=MATRIX, config=CONFIG, readings=readings
    )
    return World(service, store, clock, crm, erp)
