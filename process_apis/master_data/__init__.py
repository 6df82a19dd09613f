"""Master data: one agreed value of each field and one id of each thing, whoever holds copies.

Who owns what is data. A system proposes; rules take, refuse or hold it; people decide where rules end.
Records that may be one are held until somebody says, and where systems drift apart it is listed with the way back.
"""

from __future__ import annotations

from contracts.process.master_data import MasterData
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from process_apis.master_data.config import Config
from process_apis.master_data.matrix import FILE, read_matrix
from process_apis.master_data.reading import Readings
from process_apis.master_data.service import MasterDataService

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Serve master data over the store of the durable engine and two systems that can be read."""
    matrix = read_matrix(FILE.read_text(encoding="utf-8"))
    readings = Readings(
        crm=tools.peers.connect(Crm, "crm"),
        crm_name=tools.connections["crm"],
        erp=tools.peers.connect(Erp, "erp"),
        erp_name=tools.connections["erp"],
        clock=tools.clock,
        matrix=matrix,
    )
    service = MasterDataService(
        store=lambda: tools.durable().store,
        clock=tools.clock,
        tenant=tools.tenant,
        matrix=matrix,
        config=config,
        readings=readings,
    )
    return Room(mounts=(Mount(contract=MasterData, service=service, prefix=""),))
