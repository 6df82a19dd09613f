"""What every canonical field declares: meaning, system of record, classification and unit.

The declarations are data: they travel into the published JSON Schema (`x-system-of-record`,
`x-classification`, `x-unit`), and the field write policy and masking are drawn from them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Meta, Struct


class Record(StrEnum):
    """Which kind of system owns the truth of a field."""

    CRM = "crm"
    ERP = "erp"
    PSA = "psa"
    TICKETS = "tickets"
    HR = "hr"
    SIGNATURES = "signatures"
    TAX = "tax"
    SLUICE = "sluice"


class Classification(StrEnum):
    """Who may see a field: everyone, staff, those with a need, or named roles only."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


def fact(
    about: str,
    record: Record,
    *,
    classification: Classification = Classification.INTERNAL,
    unit: str | None = None,
    example: Any = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> Meta:
    """Describe one field; `example` appears in the published documents."""
    schema: dict[str, Any] = {"x-system-of-record": record.value, "x-classification": classification.value}
    if unit is not None:
        schema["x-unit"] = unit
    return Meta(
        description=about,
        examples=None if example is None else [example],
        extra_json_schema=schema,
        max_length=max_length,
        pattern=pattern,
    )


class Noun(Struct, frozen=True, kw_only=True):
    """A thing of the business. Unknown fields are ignored when read: tiers are deployed apart and only grow."""


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a caller asks us to do. Unknown fields are refused: a misspelt wish must not be dropped."""
