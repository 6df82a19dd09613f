"""Whose events a partner's client may be told, and how messages are sent; nobody is told anything unless it is said."""

from __future__ import annotations

from msgspec import Struct, field

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of webhooks. Times end in their unit."""

    customers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Our ids of the customers that a partner's client (`client_id` of its token) speaks for; as in engagements."""
    staff_roles: tuple[str, ...] = ("partner-platform", "platform")
    """Roles within the firm that see and keep every endpoint."""
    sealing_secrets: Secret = Secret("")
    """Fernet keys, separated by blanks, that seal signing secrets in the store; the first seals, all open."""
    ports: tuple[int, ...] = (443, 8443)
    """Ports that are called."""
    loopback: bool = False
    """Development only: call this machine, over plain HTTP too. Refused within a cluster."""
    authorities: str = ""
    """A PEM file of certificate authorities to believe beside the world's."""
    feed: bool = True
    """Whether a worker follows the log and delivers."""
    poll_s: float = 0.5
    poll_most_s: float = 60.0
    page: int = 200
    """Events that are taken from the log at once."""
    deadline_s: float = 15.0
    """How long an endpoint may take to answer."""
    lease_s: float = 60.0
    """How long a worker holds an endpoint without a sign of life; well above `deadline_s`."""
    lanes: int = 16
    """Endpoints a worker speaks to at once; to each of them one message at a time."""
    burst: int = 50
    """Messages to one endpoint before others have their turn."""
    disable_after_h: float = 120.0
    """How long an endpoint may fail without one success before it is told nothing more."""
    retention_days: int = 30
    """How long messages and what became of them are kept."""
    endpoints_most: int = 20
    """Endpoints of one client."""
    replay_most: int = 1_000
    """Messages of one replay of a range."""
