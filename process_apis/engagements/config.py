"""Whose engagements a caller from outside the firm may see; nobody's, unless it is said here."""

from __future__ import annotations

from msgspec import Struct, field


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of engagements."""

    customers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Our ids of the customers that a partner's client (`client_id` of its token) speaks for."""
    staff_roles: tuple[str, ...] = ("operations", "finance", "platform")
    """Roles within the firm that see every engagement."""
