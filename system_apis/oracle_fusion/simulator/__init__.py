"""A Fusion pod to develop against: ADF REST of every framework version, batches, accounts by SOAP, a real ledger."""

from system_apis.oracle_fusion.simulator.landscape import build, develop

__all__ = ["build", "develop"]
