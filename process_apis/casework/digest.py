"""A mail in the morning to whoever has to decide: how much waits, what is late, and where it is decided.

No amount and no evidence leaves by mail; what a person may see is for the page to say. Nothing is sent where nothing
waits. A mailbox that refuses is recorded and holds nobody else's mail; a server that is down is tried again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Final

from msgspec import Meta, Struct

from contracts.canonical.casework import Approval
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.durable import Cron, Effect, Road, Schedule, record, step
from kit.durable.schedule import Schedules
from kit.room import DurableSource
from process_apis.casework.channel import Channel, Mail, Note

PROCESS: Final = "approval_digest"
_MOST: Final = 200
_SHOWN: Final = 20


class Reader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who gets a mail, and the roles whose approvals it tells of."""

    to: Annotated[str, Meta(pattern=r"^[^@\s]+@[^@\s]+$")]
    roles: Annotated[list[str], Meta(min_length=1)]


class Digests(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When mails go out, by five words of cron on the clock of a zone; `pages` is the address of the approvals page."""

    mail: Mail
    readers: Annotated[list[Reader], Meta(min_length=1)]
    pages: Annotated[str, Meta(pattern=r"^https?://\S+$")]
    words: str = "0 7 * * mon-fri"
    zone: str = "UTC"


class StartDigest(Struct, frozen=True, kw_only=True):
    """One morning."""

    readers: list[Reader]


class DigestSteps:
    """What a digest does to the world."""

    def __init__(self, *, durable: DurableSource, channel: Channel, clock: Clock, pages: str) -> None:
        self._durable = durable
        self._channel = channel
        self._clock = clock
        self._pages = pages

    @step()
    async def tell(self, effect: Effect, reader: Reader) -> str:
        """Send one mail; what came of it: `sent`, `nothing waits` or `refused`.

        Raises:
            Problem: unavailable, while the channel is down.

        """
        page = await self._durable().casebook.approvals(roles=frozenset(reader.roles), limit=_MOST)
        if not page.items:
            return "nothing waits"
        more = page.next_cursor is not None
        subject, text = told(page.items, now=self._clock.now(), pages=self._pages, more=more)
        try:
            await self._channel.send(Note(key=effect.key, to=reader.to, subject=subject, text=text))
        except Problem as problem:
            if problem.kind is not Kind.INVALID:
                raise
            return "refused"
        return "sent"


async def tell_all(steps: DigestSteps, start: StartDigest) -> None:
    """One after the other; what came of each is a fact of the case."""
    came = [await steps.tell(reader) for reader in start.readers]
    await record(
        title=f"Approvals by mail to {len(came)}",
        facts={reader.to: each for reader, each in zip(start.readers, came, strict=True)},
    )


def told(items: Sequence[Approval], *, now: dt.datetime, pages: str, more: bool = False) -> tuple[str, str]:
    """Subject and text, the most urgent first. Pure."""
    late = [item for item in items if item.due_at <= now]
    number = f"{len(items)}{'+' if more else ''}"
    subject = f"{number} to decide" + (f", {len(late)} overdue" if late else "")
    lines = [_line(item, now=now, pages=pages) for item in items[:_SHOWN]]
    rest = [f"And {len(items) - _SHOWN} more."] if len(items) > _SHOWN else []
    return subject, "\n".join([f"What waits for you: {pages}", "", *lines, *rest, ""])


def digest_road(steps: DigestSteps, *, version: int) -> Road:
    """The road of one morning."""
    return Road(process=PROCESS, version=version, run=tell_all, steps=steps, starts=StartDigest)


def mornings(
    digests: Digests, road: Road, *, durable: DurableSource, clock: Clock
) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Begins a digest at each of its times; of those that were missed only the last is made up for."""
    start = StartDigest(readers=digests.readers)
    schedule = Schedule(
        name=PROCESS, cron=Cron(digests.words, digests.zone), road=road, start=lambda _: start, catches_up=1
    )
    return Schedules(durable, [schedule], clock=clock).running


def _line(item: Approval, *, now: dt.datetime, pages: str) -> str:
    when = f"{'OVERDUE since' if item.due_at <= now else 'due'} {item.due_at:%Y-%m-%d %H:%M} UTC"
    return f"- {when}: {' '.join(item.subject.split())}\n  {pages}/approvals/{item.approval_id}"
