"""What a road may say besides its steps: ask for a decision, record what it knows, publish what happened.

Each is journalled: a replay gives the recorded answer and repeats nothing.
"""

from __future__ import annotations

from msgspec import Struct, field

from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.durable.current import current_run


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


async def ask(request: ApprovalRequest) -> Decision:
    """Wait, for days if need be and across restarts, until somebody decides or the request expires.

    Raises:
        RuntimeError: called outside a road.
        Unwind: the case was cancelled while it waited.

    """
    return await current_run().ask(request)


async def record(
    *,
    title: str | None = None,
    at_stake: Money | None = None,
    legal_entity_id: str | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    """Show on the case what the road has learnt; what is not given stays as it was, facts are merged by name.

    Raises:
        RuntimeError: called outside a road.

    """
    await current_run().record(title=title, at_stake=at_stake, legal_entity_id=legal_entity_id, facts=facts or {})


async def publish(event_type: str, subject: str, data: Noun) -> None:
    """Append an event to the outbox, exactly once for this place in the road.

    Raises:
        RuntimeError: called outside a road.

    """
    await current_run().publish(event_type, subject, data)
