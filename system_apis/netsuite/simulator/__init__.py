"""A NetSuite account to develop against: records, SuiteQL, sign-in and refusals in the vendor's own dialect."""

from system_apis.netsuite.simulator.landscape import build, develop

__all__ = ["build", "develop"]
