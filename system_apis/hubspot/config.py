"""Where the account is, who we are to it, and how the firm has set it up."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one HubSpot connection."""

    base_url: str
    """Address of the API, without a path."""
    currency: str
    """The account's company currency: that of deals and companies which name none."""
    flow: Literal["oauth", "client_credentials", "private_app"] = "oauth"
    """How a token is obtained."""
    client_id: str = ""
    """The app, for oauth and client_credentials."""
    client_secret: Secret = Secret("")
    """The app's secret, for oauth and client_credentials."""
    refresh_token: Secret = Secret("")
    """What the installation of the app has given, for oauth."""
    access_token: Secret = Secret("")
    """The token of a private app or service key, which does not end, for private_app."""
    api_version: str = "2026-03"
    """A dated version, which the vendor keeps for eighteen months, or v3, which ends in September 2027."""
    time_zone: str = "UTC"
    """The account's time zone: a close date is a moment there, and a day here."""
    milestone_object: str = "p_deal_milestone"
    """The custom object of payment points; empty where the firm has none, as of the two that follow."""
    rate_object: str = "p_agreed_rate"
    """The custom object of agreed rates."""
    need_object: str = "p_staffing_need"
    """The custom object of planned demand."""
    bill_to_label: str = "Bill to"
    """The label under which a deal names who is billed."""
    feed_overlap_s: float = 60.0
    """Seconds that search may lag behind, clocks' difference included; changes as young as this are read again."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once."""
