"""Where the org is and who we are to it."""

from __future__ import annotations

from kit.force import OrgConfig


class Config(OrgConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Salesforce connection."""

    feed_lag_s: float = 30.0
    """Changes younger than this many seconds wait for the next poll; 0 shows a change at once and may
    merge two changes of one record within a second."""
