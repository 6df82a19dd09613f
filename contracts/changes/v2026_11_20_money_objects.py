"""An amount and its currency are one object.

Until now `amount` and `currency` stood side by side, and a reader who took the one without the other read EUR where
GBP was meant. From this version on they are `{"amount": "1250.00", "currency": "EUR"}`: `value` of a project, `total`
of a billing plan, `amount` of a payment point.
"""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Final

from contracts.changes.shape import Json, Schema, gathered, instead, schema_instead

SINCE: Final = dt.date(2026, 11, 20)
OPERATIONS: Final = ("partners_projects", "partners_project", "partners_billing")
_MONEY: Final = MappingProxyType(
    {"ProjectSummary": "value", "Project": "value", "BillingPlan": "total", "BillingPoint": "amount"}
)
SHAPES: Final = tuple(_MONEY)


def upgrade(shape: str, body: Json) -> Json:
    """Join the amount and its currency."""
    money = {name: body[name] for name in ("amount", "currency") if name in body}
    return gathered(body, ("amount", "currency"), _MONEY[shape], money)


def downgrade(shape: str, body: Json) -> Json:
    """Part them again."""
    return instead(body, _MONEY[shape], body[_MONEY[shape]]) if _MONEY[shape] in body else body


def before(shape: str, schema: Schema) -> Schema:
    """Two members where there is one now; who may see the one may see the two."""
    now = schema["properties"][_MONEY[shape]]
    facts = {name: now[name] for name in ("x-system-of-record", "x-classification") if name in now}
    amount = {
        "description": f"{now.get('description', 'Amount')}, a decimal in major units",
        "examples": ["1250.00"],
        "type": "string",
        "format": "decimal",
        **facts,
    }
    currency = {"description": "ISO 4217 code", "examples": ["EUR"], "type": "string", "pattern": "^[A-Z]{3}$", **facts}
    return schema_instead(schema, _MONEY[shape], {"amount": amount, "currency": currency})
