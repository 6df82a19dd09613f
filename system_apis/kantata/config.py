"""Where the account is and who we are to it."""

from __future__ import annotations

from msgspec import Struct

from kit.http import Limits
from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Kantata connection."""

    token: Secret
    """Bearer token of the integration user, an account administrator; it does not expire but may be revoked."""
    approver_ids: list[str]
    """Kantata ids of the users who are asked to approve staffing requests."""
    base_url: str = "https://api.mavenlink.com/api/v1"
    """Address of the API, version included."""
    service_name: str = "sluice"
    """Under which service our external references stand; two installations on one account need two names."""
    feed_overlap_s: float = 600.0
    """How far behind the newest change the feed of time looks again; the vendor may show a change this much late."""
    limits: Limits = Limits(concurrency=4, deadline_s=60.0)
    """How much is asked at once; the vendor publishes no figures and sends no Retry-After."""
