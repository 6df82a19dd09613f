"""Where the site is, who we are to it, and how the firm has set it up."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from contracts.canonical.ticketing import TicketKind, TicketPriority
from kit.settings import Secret


def _kinds() -> dict[TicketKind, str]:
    return {TicketKind.TASK: "Task", TicketKind.PROBLEM: "Bug"}


def _priorities() -> dict[TicketPriority, str]:
    return {
        TicketPriority.URGENT: "Highest",
        TicketPriority.HIGH: "High",
        TicketPriority.MEDIUM: "Medium",
        TicketPriority.LOW: "Low",
    }


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one Jira connection."""

    base_url: str
    """Address of the API: the site's for an API token, `https://api.atlassian.com/ex/jira/<cloud id>` for an app."""
    site_url: str = ""
    """Address of the site as people open it; the same as `base_url` when empty."""
    flow: Literal["api_token", "oauth"] = "api_token"
    """How we are let in."""
    email: str = ""
    """The user whose API token it is, for api_token."""
    api_token: Secret = Secret("")
    """The token, which ends within a year, for api_token."""
    login_url: str = "https://auth.atlassian.com"
    """Where tokens are obtained, for oauth, as of the three that follow."""
    client_id: str = ""
    """The app."""
    client_secret: Secret = Secret("")
    """The app's secret."""
    refresh_token: Secret = Secret("")
    """What the grant has given; good once, each answer brings the next."""
    mark: str = "sluice"
    """What our entity properties are called by; two installations on one site need two names."""
    boards: dict[str, str] = field(default_factory=dict)
    """Keys of projects that teams keep themselves, by our ids of boards; they are never renamed."""
    key_prefix: str = "SL"
    """What the keys of the projects that we make begin with: one to four capital letters."""
    lead: str = ""
    """E-mail of who leads projects that name nobody; ourselves when empty."""
    accounts: dict[str, str] = field(default_factory=dict)
    """Account ids by e-mail, for people who keep their e-mail private."""
    project_type: str = "software"
    """The kind of project that we make."""
    project_template: str = "com.pyxis.greenhopper.jira:gh-simplified-kanban-classic"
    """Its template, which decides the workflow."""
    kinds: dict[TicketKind, str] = field(default_factory=_kinds)
    """The issue type behind each kind of ticket."""
    priorities: dict[TicketPriority, str] = field(default_factory=_priorities)
    """The priority behind each of ours."""
    done_resolution: str = "Done"
    """The resolution of a ticket whose work was done."""
    withdrawn_resolution: str = "Won't Do"
    """The resolution of a ticket that nobody needs any more; it is told by that from one that is done."""
    feed_overlap_s: float = 600.0
    """Seconds that search may lag behind, clocks' difference included; changes as young as this are read again."""
    deadline_s: float = 30.0
    """Seconds one call may take with all its attempts."""
    concurrency: int = 4
    """Calls in flight at once."""
