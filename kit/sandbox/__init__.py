"""What every simulator shares: seed, clock, faults, latency, reset, and a list of the calls it served."""

from kit.sandbox.control import sandboxed
from kit.sandbox.faults import Fault
from kit.sandbox.state import Sandbox

__all__ = ["Fault", "Sandbox", "sandboxed"]
