"""Time as a system of delivery holds it: entries that were approved, and entries whose approval was withdrawn."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from contracts.canonical.field import Classification, Noun, Record, fact
from contracts.canonical.money import Money


class TimeEntry(Noun, frozen=True, kw_only=True):
    """One entry of one person on one day, in the latest version that the system knows (rules TIM-1, TIM-8).

    `version` grows with every change there, so that what arrives late or twice is recognised. An entry that is not
    `approved` was approved once and is not any more, or was deleted: what came of it is undone.
    """

    entry_id: Annotated[str, fact("Id of the entry there", Record.PSA, example="4711", max_length=64)]
    version: Annotated[int, fact("Grows with every change there", Record.PSA), Meta(ge=1, le=2**63 - 1)]
    approved: Annotated[bool, fact("Whether it stands approved", Record.PSA)]
    project_id: Annotated[str, fact("Our id of the project; empty when the project is not ours", Record.SLUICE)]
    person_id: Annotated[str, fact("Who worked", Record.PSA, example="p-100", max_length=64)]
    worked_on: Annotated[dt.date, fact("Day of the work, where it was done", Record.PSA)]
    hours: Annotated[Decimal, fact("Hours worked", Record.PSA, unit="hours", example="7.5")]
    billable_hours: Annotated[Decimal, fact("Hours approved to be billed", Record.PSA, unit="hours", example="6")]
    role: Annotated[str, fact("Role worked in", Record.PSA, example="Cloud Architect")] = ""
    phase_id: Annotated[str | None, fact("Our id of the phase worked on", Record.SLUICE)] = None
    approved_on: Annotated[dt.date | None, fact("Day it was approved", Record.PSA)] = None
    approved_by: Annotated[str, fact("Who approved it", Record.PSA)] = ""
    note: Annotated[str, fact("What was done", Record.PSA, max_length=4000)] = ""
    region: Annotated[str | None, fact("Country of the work", Record.PSA, example="DE")] = None
    cost_rate: Annotated[
        Money | None,
        fact("Cost of an hour, where the system knows it", Record.ERP, classification=Classification.RESTRICTED),
    ] = None


class TimeChanges(Noun, frozen=True, kw_only=True):
    """A page of the change feed. `cursor` is opaque; hand it back to go on. Entries may repeat, none is left out."""

    entries: list[TimeEntry]
    cursor: str


class BilledTime(Noun, frozen=True, kw_only=True):
    """The entries that one posted document bills, for the system in which they were entered."""

    document_id: Annotated[str, fact("Our id of the document", Record.SLUICE)]
    number: Annotated[str, fact("Its legal number", Record.ERP, example="2026-00017")]
    entry_ids: Annotated[list[str], fact("Entries on it", Record.PSA), Meta(max_length=500)]
