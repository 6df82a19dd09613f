"""Whose engagements a caller from outside the firm may see; nobody's, unless it is said here or by their issuer."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of engagements."""

    customers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Our ids of the customers that a partner's client (`client_id` of its token) speaks for. People belong to the
    customers that their token names as `organisations`, or look after them."""
    staff_roles: tuple[str, ...] = ("operations", "finance", "platform")
    """Roles within the firm that see every engagement."""
    asking_roles: tuple[str, ...] = ("client_sponsor", "client_project")
    """Roles of a client's people that ask for changes."""
    change_due_h: Annotated[float, Meta(gt=0)] = 120.0
    """Hours in which a change request is decided before somebody has to see to it."""
