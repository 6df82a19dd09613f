"""NetSuite as the ERP: customers, projects and billing schedules under our own keys."""

from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from system_apis.netsuite.client import connect
from system_apis.netsuite.config import Config
from system_apis.netsuite.service import NetSuiteErp

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open the connection to one account and answer the ERP role for it."""
    client = connect(config, tools)
    service: Erp = NetSuiteErp(client, config=config, connection=tools.name, manifest=tools.manifest)
    return Room(mounts=(Mount(contract=Erp, service=service, prefix="/erp"),), close=client.close)
