"""A store with cases in it, a CRM and an ERP that answer from memory, and the service over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.deal import Opportunity
from contracts.canonical.money import Money
from contracts.problem import Kind, Problem
from kit.caller import Caller, current_caller
from kit.clock import ManualClock
from kit.durable.memory import MemoryDurable
from kit.durable.owned import OwnedCases
from kit.store import Store
from kit.store.tables import CASE_FACT, CASE_FILE
from process_apis.engagements.cases import StoredCases
from process_apis.engagements.change_service import ChangeRequestsService
from process_apis.engagements.changing import PROCESS, ChangeSteps, change_road
from process_apis.engagements.config import Config
from process_apis.engagements.invoices import StoredInvoices
from process_apis.engagements.service import EngagementsService

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
ACME = Caller(subject="acme", client_id="acme", roles=frozenset({"partner"}), scopes=frozenset({"engagements:*"}))
RIVAL = Caller(subject="rival", client_id="rival", roles=frozenset({"partner"}))
STRANGER = Caller(subject="stranger", client_id="stranger")
OLIVIA = Caller(subject="olivia.ops", roles=frozenset({"operations"}))
CONFIG = Config(customers={"acme": ("cus-1", "cus-2"), "rival": ("cus-9",)})


def deal(opportunity_id: str = "d1", **changed: Any) -> Opportunity:
    """A deal with a milestone line and a subscription, and two needs for people."""
    amount = {"amount": "300.00", "currency": "EUR"}
    stage = {"country": "DE", "starts_on": "2027-01-04", "ends_on": "2027-02-28"}
    points = [{"name": "Start", "percent": "33.33", "due_on": "2027-01-10"}, {"name": "End", "percent": "66.67"}]
    points[1]["due_on"] = "2027-02-20"
    lines: list[dict[str, Any]] = [
        {"line_id": "l1", "name": "Onboarding", "method": "milestone", "milestones": points, **stage},
        {"line_id": "l2", "name": "Service", "method": "subscription", **stage, "ends_on": "2028-02-28"},
    ]
    lines[0]["amount"] = {"amount": "100.00", "currency": "EUR"}
    lines[1]["amount"] = {"amount": "200.00", "currency": "EUR"}
    need = {"role": "Engineer", "country": "DE", "hours": "80", "starts_on": "2027-01-04", "ends_on": "2027-02-28"}
    customer = {"customer_id": "cus-1", "name": "C", "address": {"country": "DE"}, "currency": "EUR"}
    given = {
        "opportunity_id": opportunity_id,
        "name": "A deal",
        "won": True,
        "closed_on": "2026-11-19",
        "amount": amount,
        "customer": {**customer, "tax": {"tax_code": "DE-S-19"}},
        "lines": lines,
        "staffing": [need, {**need, "role": "Architect"}],
        "service_line": "MANAGED-CLOUD",
        "delivery_owner": "dana@firm.example",
        "statement_of_work": "SOW-1",
    }
    return msgspec.convert({**given, **changed}, Opportunity, strict=False)


@dataclass
class Crm:
    """Remembers in whose name it was asked."""

    deals: dict[str, Opportunity] = field(default_factory=dict)
    callers: list[Caller] = field(default_factory=list)

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        self.callers.append(current_caller())
        return self.deals[opportunity_id]


@dataclass
class Erp:
    """Holds one schedule, or none."""

    receipt: ScheduleReceipt | None = None

    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        if self.receipt is None or self.receipt.schedule_id != schedule_id:
            raise Problem(Kind.NOT_FOUND, "schedule_not_found")
        return self.receipt


@dataclass
class World:
    """What a test holds in its hands."""

    service: EngagementsService
    store: Store
    crm: Crm
    erp: Erp
    clock: ManualClock
    durable: MemoryDurable
    changes: ChangeRequestsService

    async def case(self, deal_id: str, *, customer: str = "cus-1", state: str = "completed", **more: Any) -> None:
        """A case of a deal, changed a minute after the one before."""
        revision = more.pop("revision", 1)
        tenant = more.pop("tenant", "t")
        case_id = f"quote_to_project--{tenant}--{deal_id}--r{revision}"
        self.clock.advance(60)
        row = {
            "case_id": case_id,
            "tenant": tenant,
            "process": "quote_to_project",
            "version": 1,
            "business_key": deal_id,
            "revision": revision,
            "title": f"Deal {deal_id}",
            "state": state,
            "opened_at": NOW,
            "changed_at": self.clock.now(),
        }
        facts = {
            "opportunity_id": deal_id,
            "customer_id": customer,
            "project_id": f"prj-{deal_id}",
            "contract_total": "300.00",
            "currency": "EUR",
            "billing_schedule_id": f"bsc-{deal_id}",
            **more,
        }
        async with self.store.write() as connection:
            await connection.execute(sa.insert(CASE_FILE).values(**row))
            for name, value in facts.items():
                if value:
                    await connection.execute(sa.insert(CASE_FACT).values(case_id=case_id, name=name, value=value))
        self.crm.deals[deal_id] = deal(deal_id)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """An empty world."""
    clock, crm, erp = ManualClock(NOW), Crm(), Erp()
    road = change_road(ChangeSteps(), version=1)
    async with MemoryDurable.opened([road], clock=clock, tenant="t") as durable:
        store = durable.store
        systems: Any = {"crm": crm, "erp": erp, "invoices": StoredInvoices(lambda: store, tenant="t")}
        cases = StoredCases(lambda: store, clock=clock, tenant="t")
        requests = OwnedCases(lambda: store, tenant="t", process=PROCESS)
        changes = ChangeRequestsService(
            cases=cases, requests=requests, durable=lambda: durable, road=road, config=CONFIG
        )
        service = EngagementsService(cases=cases, config=CONFIG, **systems)
        yield World(service, store, crm, erp, clock, durable, changes)


def receipt(deal_id: str, total: str = "300.00") -> ScheduleReceipt:
    """A schedule as the ERP holds it."""
    money = Money(amount=Decimal(total), currency="EUR")
    return ScheduleReceipt(schedule_id=f"bsc-{deal_id}", external_id="1", lines=15, total=money)
