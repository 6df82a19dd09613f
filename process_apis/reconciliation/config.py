"""What the process may be told; which connection serves crm, erp and psa stands in the room's `connections`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from contracts.canonical.reconciliation import ObjectKind


class Nightly(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When everything is reconciled by itself: five words of cron, on the clock of a zone."""

    words: str
    zone: str
    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,30}$")] = "nightly"
    kinds: tuple[ObjectKind, ...] = ()
    legal_entity_ids: tuple[str, ...] = ()


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of reconciliation."""

    schedules: tuple[Nightly, ...] = ()
    """Runs that begin by themselves; none unless it is said."""
    in_flight_h: dict[ObjectKind, Annotated[float, Meta(ge=0)]] = field(default_factory=dict)
    """Hours in which a change may reach the other systems, where they differ from `tolerances.toml`."""
    kept_runs: Annotated[int, Meta(ge=1, le=100)] = 3
    """Of how many runs the records that were read are kept, to be looked at side by side."""
    pages_a_step: Annotated[int, Meta(ge=1, le=1000)] = 50
    """Pages of a source that one step reads before it says how far it is."""
