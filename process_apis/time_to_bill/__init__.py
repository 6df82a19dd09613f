"""From approved time to a posted invoice, its corrections, and word of it to delivery and sales.

Approved time is met by a feed and booked on the ledger at the price of its day; what cannot be booked waits for
whoever can solve it. An invoice is drafted over lines that are ready, compared with the ERP's own draft to the cent,
decided on, posted there, and then billed on the ledger line by line.
Where the estate has a tax engine, it is asked before that and told after it.
A correction credits exactly the lines it names and bills what they come to in the end.
Clients accept milestones, read their bills and dispute them under a contract of their own, `client_billing`.
A run counts a legal entity's month, is signed off, and begins one case an invoice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypedDict, cast

from contracts.process.client_billing import ClientBilling
from contracts.process.time_to_bill import TimeToBill
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa
from contracts.system.tax import Tax
from kit.durable import Road
from kit.durable.owned import OwnedCases
from kit.following import Following, Pace
from kit.room import Mount, Room, Tools
from kit.store import Store
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.client_disputes import ClientDisputes
from process_apis.time_to_bill.client_milestones import ClientMilestones
from process_apis.time_to_bill.client_service import ClientBillingService
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.correcting import CorrectionSteps, correction_road
from process_apis.time_to_bill.disputing import ObjectionSteps, decline_road, dispute_road
from process_apis.time_to_bill.expense_taking import ExpenseTaking, expense_road
from process_apis.time_to_bill.feeds import Feeds
from process_apis.time_to_bill.process import road
from process_apis.time_to_bill.reopening import ReopeningSteps, reopening_road
from process_apis.time_to_bill.running import RunSteps, report_road, run_road
from process_apis.time_to_bill.service import Roads, TimeToBillService
from process_apis.time_to_bill.steps import Steps
from process_apis.time_to_bill.taking import Taking, intake_road
from process_apis.time_to_bill.writing_off import WriteOffSteps, write_off_road

__all__ = ["Config", "build"]


class _Stored(Protocol):
    """The durable engine as both kinds of it are made: over a store."""

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        ...


class _Systems(TypedDict):
    """Whom the steps speak to; a firm may have no tax engine."""

    crm: Crm
    erp: Erp
    psa: Psa
    psa_name: str
    tax: Tax | None


def build(config: Config, tools: Tools) -> Room:
    """Connect the systems, and hand back what is served, run and followed."""
    crm = tools.peers.connect(Crm, "crm")
    erp, psa = tools.peers.connect(Erp, "erp"), tools.peers.connect(Psa, "psa")
    accounts = Accounts(store=lambda: cast("_Stored", tools.durable()).store, clock=tools.clock, tenant=tools.tenant)
    tax = tools.peers.connect(Tax, "tax") if "tax" in tools.connections else None
    systems: _Systems = {"crm": crm, "erp": erp, "psa": psa, "psa_name": tools.connections["psa"], "tax": tax}
    roads = _roads(config, tools, accounts, systems)
    feeds = Feeds(
        accounts=accounts,
        psa=psa,
        erp=erp,
        names=(tools.connections["psa"], tools.connections["erp"]),
        durable=tools.durable,
        roads=(roads.intake, roads.report),
        page=config.page,
    )
    service = TimeToBillService(accounts=accounts, durable=tools.durable, roads=roads, crm=crm, erp=erp, config=config)
    clients = _for_clients(config, tools, service, accounts=accounts, roads=roads, erp=erp)
    return Room(
        mounts=(
            Mount(contract=TimeToBill, service=service, prefix=""),
            Mount(contract=ClientBilling, service=clients, prefix="", name="client_billing"),
        ),
        roads=roads.all,
        running=_followed(config, tools, feeds) if config.feed else (),
    )


def _for_clients(
    config: Config, tools: Tools, billing: TimeToBillService, *, accounts: Accounts, roads: Roads, erp: Erp
) -> ClientBillingService:
    def cases(road: Road) -> OwnedCases:
        return OwnedCases(accounts.store, tenant=tools.tenant, process=road.process)

    milestones = ClientMilestones(
        accounts=accounts, durable=tools.durable, road=roads.decline, declines=cases(roads.decline), config=config
    )
    disputes = ClientDisputes(
        accounts=accounts, durable=tools.durable, road=roads.dispute, cases=cases(roads.dispute), config=config
    )
    return ClientBillingService(
        accounts=accounts, billing=billing, erp=erp, milestones=milestones, disputes=disputes, config=config
    )


def _roads(config: Config, tools: Tools, accounts: Accounts, systems: _Systems) -> Roads:
    version = int(tools.manifest["version"])
    steps = Steps(accounts=accounts, config=config, **systems)
    correcting = CorrectionSteps(accounts=accounts, config=config, **systems)
    invoice = road(steps, version=version)
    runs = RunSteps(accounts=accounts, durable=tools.durable, invoices=invoice, config=config)
    objections = ObjectionSteps()
    return Roads(
        intake=intake_road(Taking(accounts=accounts, config=config), version=version),
        expenses=expense_road(ExpenseTaking(accounts=accounts, config=config), version=version),
        invoice=invoice,
        correction=correction_road(correcting, version=version),
        write_off=write_off_road(WriteOffSteps(accounts=accounts, config=config), version=version),
        reopening=reopening_road(
            ReopeningSteps(accounts=accounts, durable=tools.durable, config=config), version=version
        ),
        run=run_road(runs, version=version),
        dispute=dispute_road(objections, version=version),
        decline=decline_road(objections, version=version),
        report=report_road(steps, version=version),
    )


def _followed(
    config: Config, tools: Tools, feeds: Feeds
) -> tuple[Callable[[], AbstractAsyncContextManager[None]], ...]:
    pace = Pace(poll_s=config.poll_s, most_s=config.poll_most_s)
    looks = {"time feed": feeds.look_at_time, "document feed": feeds.look_at_documents}
    return tuple(
        Following(name=name, look=look, pace=pace, clock=tools.clock, chance=tools.random).running
        for name, look in looks.items()
    )
