"""What master data may be told: which system each connection is, and who speaks for it; nobody, unless it is said."""

from __future__ import annotations

from msgspec import Struct, field

from contracts.canonical.field import Record


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of master data."""

    systems: dict[str, Record] = field(default_factory=dict)
    """Which kind of system each connection is: the owner named in the matrix."""
    speaks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """For which connections a client (`client_id` of its token) may speak."""
