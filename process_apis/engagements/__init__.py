"""What won deals have become, for who delivers them and for who is billed: asks, joins, decides nothing else.

The case tells whose an engagement is and where it stands, the CRM what was agreed, the ERP what is booked.
Somebody from outside the firm sees the engagements of their own customers; all others do not exist for them.
"""

from __future__ import annotations

from contracts.process.engagements import Engagements
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from process_apis.engagements.cases import StoredCases
from process_apis.engagements.config import Config
from process_apis.engagements.service import EngagementsService

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve engagements over the store of the durable engine and two systems."""
    service = EngagementsService(
        cases=StoredCases(lambda: tools.durable().store, clock=tools.clock, tenant=tools.tenant),
        crm=tools.peers.connect(Crm, "crm"),
        erp=tools.peers.connect(Erp, "erp"),
        config=config,
    )
    return Room(mounts=(Mount(contract=Engagements, service=service, prefix=""),))
