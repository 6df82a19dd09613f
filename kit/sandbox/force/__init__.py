"""An org of the Salesforce platform for simulators: schema, rows, SOQL, composite calls, sessions and limits.

What the org holds and what happens when a row is saved is each simulator's own: it brings a `Schema` and `Rules`.
"""

from kit.sandbox.force.errors import Refusal
from kit.sandbox.force.formats import long_id
from kit.sandbox.force.http import ASGIApp, Edge
from kit.sandbox.force.landscape import Landscape, credentials
from kit.sandbox.force.router import Answer, Call, Org, Route
from kit.sandbox.force.rules import Rows, Rules
from kit.sandbox.force.schema import Entity, Schema

__all__ = [
    "ASGIApp",
    "Answer",
    "Call",
    "Edge",
    "Entity",
    "Landscape",
    "Org",
    "Refusal",
    "Route",
    "Rows",
    "Rules",
    "Schema",
    "credentials",
    "long_id",
]
