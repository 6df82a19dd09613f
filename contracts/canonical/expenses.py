"""Approved expenses as the system tells them in which they were claimed (rules BIL-9, TIM-1, TIM-8)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money


class ExpenseEntry(Noun, frozen=True, kw_only=True):
    """One expense of one person, in the latest version that the system knows.

    As with time, `version` grows with every change, and an entry that is not `approved` was approved once and is not
    any more. `personal` is what of the cost is nobody's but the person's; it is never booked nor billed.
    """

    entry_id: Annotated[str, fact("Id of the expense there", Record.PSA, example="ex-4711", max_length=64)]
    version: Annotated[int, fact("Grows with every change there", Record.PSA), Meta(ge=1, le=2**63 - 1)]
    approved: Annotated[bool, fact("Whether it stands approved", Record.PSA)]
    project_id: Annotated[str, fact("Our id of the project; empty when the project is not ours", Record.SLUICE)]
    person_id: Annotated[str, fact("Who spent it", Record.PSA, example="p-100", max_length=64)]
    spent_on: Annotated[dt.date, fact("Day it was spent", Record.PSA)]
    category: Annotated[str, fact("Category of the expense", Record.PSA, example="travel", max_length=64)]
    cost: Annotated[
        Money, fact("What was paid, in the currency it was paid in", Record.PSA, classification=Classification.INTERNAL)
    ]
    personal: Annotated[Decimal, fact("Personal part, in the same currency", Record.PSA)] = Decimal(0)
    units: Annotated[Decimal | None, fact("Days, kilometres, where it is billed per unit", Record.PSA)] = None
    receipt: Annotated[str, fact("Reference of the receipt; empty where there is none", Record.PSA, max_length=255)] = (
        ""
    )
    phase_id: Annotated[str | None, fact("Our id of the phase it was spent for", Record.SLUICE)] = None
    approved_on: Annotated[dt.date | None, fact("Day it was approved", Record.PSA)] = None
    approved_by: Annotated[str, fact("Who approved it", Record.PSA)] = ""
    note: Annotated[str, fact("What it was for", Record.PSA, max_length=4000)] = ""
