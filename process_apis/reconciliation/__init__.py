"""CRM, PSA, ERP and our own ledger beside each other, to the cent: each break classed, explained, and somebody's work.

A run reads every source page by page, judges each kind of thing as it stands sorted by key, and keeps what breaks.
A break that was explained stays explained as long as nothing about it changes; one that is gone ends by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, cast

from msgspec.structs import replace

from contracts.process.reconciliation import Reconciliation, StartReconciliation
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa
from kit.durable import Cron, Road, Schedule
from kit.durable.schedule import Schedules
from kit.room import Mount, Room, Tools
from kit.store import Store
from process_apis.reconciliation.books import Books
from process_apis.reconciliation.config import Config, Nightly
from process_apis.reconciliation.crm import Accounts, Deals
from process_apis.reconciliation.erp import Documents
from process_apis.reconciliation.erp import Schedules as BillingSchedules
from process_apis.reconciliation.items import BreakSteps, Items, break_road
from process_apis.reconciliation.own import OwnContracts, OwnDocuments, OwnHours
from process_apis.reconciliation.process import run_road
from process_apis.reconciliation.psa import Projects, Time
from process_apis.reconciliation.service import ReconciliationService
from process_apis.reconciliation.source import Source
from process_apis.reconciliation.steps import Steps
from process_apis.reconciliation.terms import FILE, Tolerances, read_tolerances

__all__ = ["Config", "build"]


class _Stored(Protocol):
    """The durable engine as both kinds of it are made: over a store."""

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        ...


def build(config: Config, tools: Tools) -> Room:
    """Connect the systems, and hand back what is served, run and begun by the clock."""
    books = Books(store=lambda: cast("_Stored", tools.durable()).store, clock=tools.clock, tenant=tools.tenant)
    version = int(tools.manifest["version"])
    broken = break_road(BreakSteps(books=books, durable=tools.durable), version=version)
    items = Items(books=books, durable=tools.durable, road=broken)
    steps = Steps(
        books=books,
        sources=_sources(tools, books),
        items=items,
        tolerances=_tolerances(config),
        pages=config.pages_a_step,
        kept=config.kept_runs,
    )
    road = run_road(steps, version=version)
    service = ReconciliationService(books=books, durable=tools.durable, road=road, items=items)
    return Room(
        mounts=(Mount(contract=Reconciliation, service=service, prefix=""),),
        roads=(road, broken),
        running=_scheduled(config, tools, road),
    )


def _sources(tools: Tools, books: Books) -> list[Source]:
    """Our own books first: what others hold is compared with what we know of it."""
    crm, psa, erp = (tools.peers.connect(Crm, "crm"), tools.peers.connect(Psa, "psa"), tools.peers.connect(Erp, "erp"))
    return [
        OwnContracts(books.spine),
        OwnDocuments(books.spine),
        OwnHours(books.spine, system=tools.connections["psa"]),
        Deals(crm, books.spine),
        Accounts(crm, books.spine),
        Projects(psa),
        Time(psa),
        BillingSchedules(erp, books.spine),
        Documents(erp, books.spine),
    ]


def _tolerances(config: Config) -> Tolerances:
    stated = dict(read_tolerances(FILE.read_text(encoding="utf-8")))
    for kind, hours in config.in_flight_h.items():
        stated[kind.value] = replace(stated[kind.value], in_flight_h=hours)
    return stated


def _scheduled(config: Config, tools: Tools, road: Road) -> tuple[Callable[[], AbstractAsyncContextManager[None]], ...]:
    if not config.schedules:
        return ()
    found = [
        Schedule(
            name=f"reconciliation_{each.name}",
            cron=Cron(each.words, each.zone),
            road=road,
            start=_start_of(each),
            catches_up=1,
        )
        for each in config.schedules
    ]
    return (Schedules(tools.durable, found, clock=tools.clock).running,)


def _start_of(nightly: Nightly) -> Callable[[dt.datetime], StartReconciliation]:
    def start(local: dt.datetime) -> StartReconciliation:
        return StartReconciliation(
            run_id=f"{nightly.name}-{local:%Y-%m-%dT%H%M}",
            as_of=local.date(),
            legal_entity_ids=list(nightly.legal_entity_ids),
            kinds=list(nightly.kinds),
        )

    return start
