"""What a road asks of a person and what it is told."""

from __future__ import annotations

from msgspec import Struct, field

from contracts.canonical.money import Money


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """A decision a road needs. `evidence` is what the decision is bound to.

    `object`, `attribute`, `amount`, `legal_entity_id` and `flags` are what the approval matrix decides by: who, in
    which order, by when. Where no rule of a matrix fits, `role` decides alone. `amount` is what is at stake unless it
    is given. `due_in_h`, hours from asking, ends it earlier than the matrix would; without a rule and without it, two
    days. `submitted_by` is whoever wants it approved and therefore may not.
    """

    subject: str
    reason: str
    role: str
    evidence: dict[str, str] = field(default_factory=dict)
    due_in_h: float | None = None
    at_stake: Money | None = None
    object: str = ""
    attribute: str = ""
    amount: Money | None = None
    legal_entity_id: str | None = None
    flags: list[str] = field(default_factory=list)
    submitted_by: str = ""


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided; `expired` says that nobody decided in time, which counts as not approved."""

    approved: bool
    decided_by: str = ""
    comment: str = ""
    expired: bool = False
