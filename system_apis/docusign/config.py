"""Where the vendor lets us in, who we are to it, and what our envelopes are known by."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from kit.settings import Secret


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Docusign connection."""

    auth_url: str
    """Where tokens are had: `https://account.docusign.com`, or `https://account-d.docusign.com` for developers."""
    integration_key: str
    """Client id of the app; a GUID."""
    user_id: str
    """GUID of the user in whose name envelopes are sent, and who has consented to that."""
    private_key: Secret
    """RSA private key of the app, PEM."""
    account_id: str = ""
    """GUID of the account; empty for the user's default account."""
    key_field: str = "sluice_key"
    """Envelope custom field that bears our key."""
    hash_field: str = "sluice_content"
    """Envelope custom field that bears the hash of what was asked to be signed."""
    keys_since: dt.date = dt.date(2015, 1, 1)
    """A day before the first envelope of ours: the vendor wants one for each search."""
    webhook_secret: Secret = Secret("")
    """HMAC key of the Connect configuration; without one no event is believed."""
    webhook_secret_retiring: Secret = Secret("")
    """The key before that, as long as the vendor still signs with it; then empty."""
    webhook_most_age_s: float = 16 * 86_400.0
    """Seconds after which an event is too old to be a delivery tried again; the vendor tries for fifteen days."""
    feed_overlap_s: float = 60.0
    """Seconds that a list may lag behind; changes as young as this are read again."""
    deadline_s: float = 25.0
    """Seconds one call may take with all its attempts; shorter than the vendor's shortest window: none is sat out."""
    concurrency: int = 4
    """Calls in flight at once."""
