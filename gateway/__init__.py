"""The door: everything from outside passes it; refuses to open on a snapshot or an order that cannot work."""

from gateway.config import Config
from gateway.opening import build

__all__ = ["Config", "build"]
