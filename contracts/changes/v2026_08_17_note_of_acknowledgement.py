"""What goes with an acknowledgement is a note.

The member `comment` of the body that acknowledges a request for people is now called `note`, because it goes to the
delivery owner and not to the public record. Length and meaning are the same.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.changes.shape import Json, Schema, instead, schema_instead

SINCE: Final = dt.date(2026, 8, 17)
OPERATIONS: Final = ("partners_acknowledge",)
SHAPES: Final = ("Acknowledge",)


def upgrade(shape: str, body: Json) -> Json:
    """The new name."""
    return instead(body, "comment", {"note": body["comment"]}) if "comment" in body else body


def downgrade(shape: str, body: Json) -> Json:
    """The old name."""
    return instead(body, "note", {"comment": body["note"]}) if "note" in body else body


def before(shape: str, schema: Schema) -> Schema:
    """The old name."""
    return schema_instead(schema, "note", {"comment": schema["properties"]["note"]})
