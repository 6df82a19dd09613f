"""An S/4HANA Cloud tenant to develop against: OData v2 and v4, sessions and tokens, documents, a real ledger."""

from system_apis.sap_s4hana.simulator.landscape import build, develop

__all__ = ["build", "develop"]
