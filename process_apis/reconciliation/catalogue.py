"""The work items of reconciliation: whose a break is, by when, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import Cause, FixField
from contracts.canonical.reconciliation import BreakClass, Resolution
from kit.durable.catalogued import Entry

_AGAIN: Final = "Put it right at its source and say so, or explain why it is right as it stands."

CODES: Final[Mapping[BreakClass, str]] = MappingProxyType(
    {
        BreakClass.DUPLICATE: "RECON_DUPLICATE",
        BreakClass.ORPHAN: "RECON_ORPHAN",
        BreakClass.UNLINKED: "RECON_UNLINKED",
        BreakClass.MISSING: "RECON_MISSING",
        BreakClass.STALE: "RECON_STALE",
        BreakClass.CURRENCY: "RECON_CURRENCY",
        BreakClass.QUANTITY: "RECON_QUANTITY",
        BreakClass.TAX: "RECON_TAX",
        BreakClass.ROUNDING: "RECON_ROUNDING",
        BreakClass.AMOUNT: "RECON_AMOUNT",
    }
)

CATALOGUE: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "RECON_DUPLICATE": Entry(
            title="A system holds one thing twice",
            owner_role="finance",
            due_in_h=8,
            hint="Credit or void the second one there, or explain why both stand.",
        ),
        "RECON_ORPHAN": Entry(
            title="A system holds what nothing of ours stands behind", owner_role="finance", due_in_h=24, hint=_AGAIN
        ),
        "RECON_UNLINKED": Entry(
            title="A record lost our key",
            owner_role="integration",
            due_in_h=8,
            hint="Put our key back on the record, then say that it is corrected.",
        ),
        "RECON_MISSING": Entry(
            title="A system does not hold what the others hold", owner_role="operations", due_in_h=8, hint=_AGAIN
        ),
        "RECON_STALE": Entry(
            title="A system has a thing in another state", owner_role="operations", due_in_h=24, hint=_AGAIN
        ),
        "RECON_CURRENCY": Entry(
            title="Two systems hold one thing in two currencies", owner_role="finance", due_in_h=8, hint=_AGAIN
        ),
        "RECON_QUANTITY": Entry(
            title="Hours worked and hours booked differ", owner_role="operations", due_in_h=24, hint=_AGAIN
        ),
        "RECON_TAX": Entry(
            title="Two systems taxed one document differently", owner_role="tax", due_in_h=8, hint=_AGAIN
        ),
        "RECON_ROUNDING": Entry(
            title="Two systems rounded differently",
            owner_role="finance",
            due_in_h=72,
            hint=_AGAIN,
            cause=Cause.VENDOR_PROCESSING,
        ),
        "RECON_AMOUNT": Entry(
            title="Two systems hold different amounts of one thing", owner_role="finance", due_in_h=8, hint=_AGAIN
        ),
    }
)

FORM: Final = (
    FixField(name="resolution", label="How it is closed", choices=[each.value for each in Resolution]),
    FixField(name="reason", label="Why", pattern=r"[^\x00-\x1f]{3,500}"),
)


def owner_of(broken: BreakClass) -> str:
    """The role whose work a break is."""
    return CATALOGUE[CODES[broken]].owner_role
