"""From a won deal to a staffed, billable project in every system.

Sales closes a deal as won; the feed meets it and starts one case for it.
The deal is judged whole: every problem goes to the person who can solve it, all at once.
A sale across a border waits for the tax role to decide.
Then the customer and its parents stand in the ERP, the project in ERP and PSA with its rates and its people asked for,
and the billing schedule sums to the contract, to the cent.
Sales reads on the opportunity that delivery is ready. Cancelled or refused, everything is taken back, last first.
A deal that is open again or lost later is taken back by a road of its own: undone, credited, or asked about.
"""

from __future__ import annotations

from typing import Protocol, cast

from contracts.process.quote_to_project import QuoteToProject
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from contracts.system.psa import Psa
from kit.room import Mount, Room, Tools
from kit.store import Store
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.feed import DealFeed
from process_apis.quote_to_project.intake import StoredIntake
from process_apis.quote_to_project.process import road
from process_apis.quote_to_project.reversal import reversal_road
from process_apis.quote_to_project.service import QuoteToProjectService
from process_apis.quote_to_project.steps import Steps
from process_apis.quote_to_project.undoing import Undoing

__all__ = ["Config", "build"]


class _Stored(Protocol):
    """The durable engine as both kinds of it are made: over a store."""

    @property
    def store(self) -> Store:
        """Where its truth is kept."""
        ...


def build(config: Config, tools: Tools) -> Room:
    """Connect the systems, and hand back what is served, run and followed."""
    crm = tools.peers.connect(Crm, "crm")
    erp, psa = tools.peers.connect(Erp, "erp"), tools.peers.connect(Psa, "psa")
    version = int(tools.manifest["version"])
    way = road(Steps(crm=crm, erp=erp, psa=psa, config=config), version=version)
    back = reversal_road(Undoing(crm=crm, erp=erp, psa=psa, config=config), version=version)
    feed = DealFeed(
        crm=crm,
        connection=tools.connections["crm"],
        durable=tools.durable,
        intake=StoredIntake(lambda: cast("_Stored", tools.durable()).store, clock=tools.clock),
        road=way,
        back=back,
        config=config,
        clock=tools.clock,
        chance=tools.random,
        tenant=tools.tenant,
    )
    service = QuoteToProjectService(durable=tools.durable, road=way, back=back)
    return Room(
        mounts=(Mount(contract=QuoteToProject, service=service, prefix=""),),
        roads=(way, back),
        running=(feed.following.running,) if config.feed else (),
    )
