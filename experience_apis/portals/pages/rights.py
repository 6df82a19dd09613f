"""What a page offers somebody: the operations that one of their roles may ask. The service refuses besides."""

from __future__ import annotations

from experience_apis.portals.access import OPERATIONS
from kit.caller import Caller


def rights(caller: Caller) -> frozenset[str]:
    """The names of the operations this caller may ask."""
    return frozenset(name for name, roles in OPERATIONS.items() if not roles.isdisjoint(caller.roles))
