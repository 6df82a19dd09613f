"""Allowances that are lifted while a vendor is measured, how, and what the vendor itself would sell or grant.

A simulator refuses as its vendor does: measured at its own figures, a room would wait rather than work. So the
allowance is raised by what the simulator is seeded with, in its vendor's words; elsewhere its figures stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

_NO_END: Final = 10**9


@dataclass(frozen=True)
class Lifted:
    """What the simulator is seeded with besides, settings of the connection besides, and what has to be said of it."""

    seed: dict[str, Any]
    note: str
    settings: dict[str, Any] = field(default_factory=dict)


NOTHING: Final = Lifted(seed={}, note="")

LIFTED: Final[dict[str, Lifted]] = {
    "docusign": Lifted(
        seed={"limits": {"hourly": _NO_END, "burst": _NO_END}},
        note="3,000 calls an hour and 500 in 30 s of the account",
    ),
    "dynamics_sales": Lifted(
        seed={"requests_in_300_s": _NO_END},
        note="6,000 requests of a user in 300 s, of each of the vendor's servers",
    ),
    "hubspot": Lifted(
        seed={"limits": {"ten_seconds": _NO_END, "daily": _NO_END, "search_a_second": _NO_END}},
        settings={"flow": "private_app"},
        note="calls in 10 s and a day, of which the vendor sells more, and searches a second",
    ),
    "jira": Lifted(
        seed={"limits": {"burst": _NO_END}},
        note="100 calls a second of one endpoint",
    ),
    "sharepoint": Lifted(
        seed={"units_a_minute": _NO_END},
        note="1,250 resource units a minute, which grow with the licences of a tenant",
    ),
}


def lifted(vendor: str) -> Lifted:
    """What is lifted for a vendor; nothing for those whose simulators have no limit unless seeded."""
    return LIFTED.get(vendor, NOTHING)
