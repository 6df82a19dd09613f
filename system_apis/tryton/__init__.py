"""Tryton as the ERP: customers, projects, billing schedules and documents in a real system's books."""

from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from system_apis.tryton.client import connect
from system_apis.tryton.config import Config
from system_apis.tryton.service import TrytonErp

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open the connection to one database and answer the ERP role for it."""
    client = connect(config, tools)
    service: Erp = TrytonErp(client, config=config, tools=tools)
    return Room(mounts=(Mount(contract=Erp, service=service, prefix="/erp"),), close=client.close)
