"""The portals room has nothing to be told; an unknown setting is refused."""

from __future__ import annotations

from msgspec import Struct


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No settings."""
