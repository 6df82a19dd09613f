"""Where the org with the package is, who we are to it, and how much its triggers can bear."""

from __future__ import annotations

from kit.force import OrgConfig


class Config(OrgConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Certinia connection; `username` is needed with either flow, for by it we know our own marks."""

    feed_lag_s: float = 30.0
    """Changes younger than this many seconds wait for the next poll; 0 shows a change at once and may
    merge two changes of one timecard within a second."""
    chunk: int = 20
    """Rows written in one call; the package's triggers fail on many more than 25 timecards."""
