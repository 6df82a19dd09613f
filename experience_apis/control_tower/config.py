"""What the control tower holds cases against; an unknown setting is refused."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clocks of service levels."""

    targets_s: dict[str, float] = field(default_factory=lambda: {"quote_to_project": 14_400.0})
    """Within how many seconds a case of a process has to be completed; four hours for a project (requirement 345).

    A target is one of the steps in which casework counts: 60, 300, 900, 3600, 14400, 86400 or 259200.
    """
    objective: Annotated[float, Meta(gt=0, lt=1)] = 0.95
    """Which share of completed cases has to keep its target; what is missed beyond it burns."""
