"""What a road may say besides its steps: ask for a decision, record what it knows, publish what happened.

Each is journalled: a replay gives the recorded answer and repeats nothing.
"""

from __future__ import annotations

import datetime as dt

from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.current import current_run


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


async def sleep_until(when: dt.datetime) -> None:
    """Wait until a moment, across restarts; a moment that is past is not waited for. No slot is held meanwhile.

    `when` comes from what the road was told, never from a clock.

    Raises:
        RuntimeError: called outside a road.
        ValueError: the moment has no time zone.
        Unwind: the case was cancelled while it waited.

    """
    if when.tzinfo is None:
        message = "a moment without a time zone cannot be waited for"
        raise ValueError(message)
    await current_run().sleep_until(when)


async def wait_for_window(name: str) -> None:
    """Wait until a window of the road is open; a window that is open is not waited for.

    The window is looked at anew whenever the wait ends, so that a blackout declared meanwhile counts.

    Raises:
        RuntimeError: called outside a road.
        KeyError: the road has no such window.
        Unwind: the case was cancelled while it waited.

    """
    await current_run().wait_for_window(name)
