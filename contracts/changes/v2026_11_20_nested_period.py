"""The first and the last day are one object.

`starts_on` and `ends_on` of a project and of a request for people are now `period.starts_on` and `period.ends_on`,
as they are wherever else a stretch of days is meant. Both days still count.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.changes.shape import Json, Schema, gathered, instead, schema_instead

SINCE: Final = dt.date(2026, 11, 20)
OPERATIONS: Final = ("partners_project", "partners_staffing", "partners_acknowledge")
SHAPES: Final = ("Project", "StaffingRequest")
_DAYS: Final = ("starts_on", "ends_on")


def upgrade(shape: str, body: Json) -> Json:
    """Gather the two days."""
    return gathered(body, _DAYS, "period", {name: body[name] for name in _DAYS if name in body})


def downgrade(shape: str, body: Json) -> Json:
    """Spread them out again."""
    return instead(body, "period", body["period"]) if "period" in body else body


def before(shape: str, schema: Schema) -> Schema:
    """Two days where there is one period now."""
    facts = {"x-system-of-record": "crm", "x-classification": "internal", "type": "string", "format": "date"}
    days = {"starts_on": {"description": "First day"}, "ends_on": {"description": "Last day, included"}}
    return schema_instead(schema, "period", {name: {**about, **facts} for name, about in days.items()})
