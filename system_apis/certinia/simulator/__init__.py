"""An org with Certinia PSA installed, to develop against: its objects, triggers and refusals, from public documents."""

from kit.sandbox import Sandbox
from kit.sandbox.force import ASGIApp, Edge

from .approvals import ROUTES
from .landscape import develop
from .schema import SCHEMA
from .triggers import Package

__all__ = ["build", "develop"]


def build(sandbox: Sandbox) -> ASGIApp:
    """An org with the package: empty until seeded."""
    return Edge(sandbox, SCHEMA, Package(), routes=ROUTES)
