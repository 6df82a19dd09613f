"""SAP S/4HANA Cloud as the ERP: partners, enterprise projects, sales documents and billing documents under our keys."""

from contracts.system.erp import Erp
from kit.room import Mount, Room, Tools
from system_apis.sap_s4hana.client import connect
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.service import S4Erp

__all__ = ["Config", "build"]


def build(config: Config, tools: Tools) -> Room:
    """Open the connection to one tenant and answer the ERP role for it."""
    client = connect(config, tools)
    service: Erp = S4Erp(client, config=config, connection=tools.name, manifest=tools.manifest, clock=tools.clock)
    return Room(mounts=(Mount(contract=Erp, service=service, prefix="/erp"),), close=client.close)
