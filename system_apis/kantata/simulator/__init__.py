"""A Kantata account to develop against: refuses what the vendor refuses, and forgives nothing it does not."""

from system_apis.kantata.simulator.development import develop
from system_apis.kantata.simulator.http import build

__all__ = ["build", "develop"]
