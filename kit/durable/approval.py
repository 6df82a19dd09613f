"""What a road asks of a person and what it is told."""

from __future__ import annotations

from msgspec import Struct, field

from contracts.canonical.money import Money


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """A decision a road needs. `evidence` is what the decision is bound to; `due_in_h` is in hours from asking."""

    subject: str
    reason: str
    role: str
    evidence: dict[str, str] = field(default_factory=dict)
    due_in_h: float = 48.0
    at_stake: Money | None = None


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided; `expired` says that nobody decided in time, which counts as not approved."""

    approved: bool
    decided_by: str = ""
    comment: str = ""
    expired: bool = False
