"""Oracle Fusion Cloud as the ERP: parties, projects, contracts with billing events, receivables under our keys."""

from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from system_apis.oracle_fusion.client import connect
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.service import FusionErp

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open the connection to one pod and answer the ERP role for it."""
    client = connect(config, tools)
    service: Erp = FusionErp(client, config=config, connection=tools.name, manifest=tools.manifest, clock=tools.clock)
    return Room(mounts=(Mount(contract=Erp, service=service, prefix="/erp"),), close=client.close)
