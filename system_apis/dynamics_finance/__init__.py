"""Dynamics 365 Finance answers the ERP role: customers, projects and books of several companies under our keys."""

from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from system_apis.dynamics_finance.client import connect
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.service import FinanceErp

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open the connection to one environment and answer the ERP role for it."""
    client = connect(config, tools)
    service: Erp = FinanceErp(client, config=config, connection=tools.name, manifest=tools.manifest, clock=tools.clock)
    return Room(mounts=(Mount(contract=Erp, service=service, prefix="/erp"),), close=client.close)
