"""What won deals have become, for who delivers them and for who is billed: asks and joins; changes are asked for here.

The case tells whose an engagement is and where it stands, the CRM what was agreed, the ERP what is booked.
Somebody from outside the firm sees the engagements of their own customers; all others do not exist for them.
"""

from __future__ import annotations

from contracts.process.change_requests import ChangeRequests
from contracts.process.engagements import Engagements
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.durable.owned import OwnedCases
from kit.room import Mount, Room, Tools
from process_apis.engagements.cases import StoredCases
from process_apis.engagements.change_service import ChangeRequestsService
from process_apis.engagements.changing import PROCESS, ChangeSteps, change_road
from process_apis.engagements.config import Config
from process_apis.engagements.invoices import StoredInvoices
from process_apis.engagements.service import EngagementsService

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve engagements over the store of the durable engine and two systems, and change requests over the engine."""
    cases = StoredCases(lambda: tools.durable().store, clock=tools.clock, tenant=tools.tenant)
    service = EngagementsService(
        cases=cases,
        invoices=StoredInvoices(lambda: tools.durable().store, tenant=tools.tenant),
        crm=tools.peers.connect(Crm, "crm"),
        erp=tools.peers.connect(Erp, "erp"),
        config=config,
    )
    road = change_road(ChangeSteps(), version=int(tools.manifest["version"]))
    requests = OwnedCases(lambda: tools.durable().store, tenant=tools.tenant, process=PROCESS)
    changes = ChangeRequestsService(cases=cases, requests=requests, durable=tools.durable, road=road, config=config)
    return Room(
        mounts=(
            Mount(contract=Engagements, service=service, prefix=""),
            Mount(contract=ChangeRequests, service=changes, prefix="", name="change_requests"),
        ),
        roads=(road,),
    )
