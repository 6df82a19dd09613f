"""Where the org is and who we are to it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kit.settings import Secret


class OrgConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one connection to an org; a room adds its own."""

    base_url: str
    """Address of the org's My Domain, without a path."""
    consumer_key: str
    """Consumer key of the external client app."""
    flow: Literal["jwt_bearer", "client_credentials"] = "jwt_bearer"
    """How a token is obtained."""
    username: str = ""
    """The integration user, for jwt_bearer."""
    private_key: Secret = Secret("")
    """PEM private key whose certificate the app holds, for jwt_bearer."""
    consumer_secret: Secret = Secret("")
    """The app's secret, for client_credentials."""
    audience: str = "https://login.salesforce.com"
    """Audience of the assertion; https://test.salesforce.com for a vendor sandbox."""
    api_version: str = "66.0"
    """REST version; the vendor keeps each for at least three years."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once."""
