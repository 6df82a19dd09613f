"""A Salesforce org to develop against: the vendor's paths, words and refusals, written from its documentation."""

from kit.sandbox import Sandbox
from kit.sandbox.force import ASGIApp, Edge

from .derive import Selling
from .landscape import develop
from .schema import SCHEMA

__all__ = ["build", "develop"]


def build(sandbox: Sandbox) -> ASGIApp:
    """A Salesforce org to develop against: empty until seeded."""
    return Edge(sandbox, SCHEMA, Selling())
