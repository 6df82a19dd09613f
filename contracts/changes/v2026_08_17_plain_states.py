"""The states of a project say what they mean.

`provisioning`, `on_hold`, `live` and `dropped` are now `preparing`, `waiting`, `active` and `cancelled`, in answers
and in the `state` parameter. Which projects are in which state has not changed.
"""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Final

from contracts.changes.shape import Json, Schema, values_instead

SINCE: Final = dt.date(2026, 8, 17)
OPERATIONS: Final = ("partners_projects", "partners_project")
SHAPES: Final = ("ProjectState",)
_WAS: Final = MappingProxyType(
    {"preparing": "provisioning", "waiting": "on_hold", "active": "live", "cancelled": "dropped"}
)
_IS: Final = MappingProxyType({was: now for now, was in _WAS.items()})


def upgrade(shape: str, body: Json) -> Json:
    """The new word; a word that is none stays as it is and is refused as what it is."""
    return _IS.get(body, body) if isinstance(body, str) else body


def downgrade(shape: str, body: Json) -> Json:
    """The old word."""
    return _WAS.get(body, body) if isinstance(body, str) else body


def before(shape: str, schema: Schema) -> Schema:
    """The old words."""
    return values_instead(schema, _WAS)
