"""A command of a person: done once for a key, in one transaction with its audit line and its event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events.envelope import CloudEvent
from kit.clock import Clock
from kit.durable.finding import find_case
from kit.durable.once import answered, keep_answer
from kit.durable.order import Post
from kit.durable.trail import note
from kit.events import append
from kit.store import Store

T = TypeVar("T")


class Told(Protocol):
    """An event that names its type."""

    TYPE: ClassVar[str]


@dataclass(frozen=True)
class Commands:
    """What every command of one tenant needs: rows, time, and the post that wakes cases."""

    store: Store
    clock: Clock
    tenant: str
    post: Post

    async def once(
        self,
        work: Callable[[AsyncConnection], Awaitable[T]],
        *,
        by: str,
        key: str,
        content: Any,
        answer: type[T],
    ) -> T:
        """Do the work, or give the answer that the same person was given for the same key.

        Raises:
            Problem: invalid `idempotency_key_reused`, when the key came before with another content.

        """
        scope = f"{self.tenant}/{by}"
        async with self.store.write() as connection:
            before = await answered(connection, scope=scope, key=key, content=content, answer=answer)
            if before is not None:
                return before
            done = await work(connection)
            await keep_answer(connection, scope=scope, key=key, content=content, answer=done, at=self.now())
            return done

    def now(self) -> dt.datetime:
        """The moment."""
        return self.clock.now()

    async def note(
        self, connection: AsyncConnection, *, case_id: str, ref: str, by: str, what: str, detail: str = ""
    ) -> None:
        """Write a line of the audit trail for a person."""
        await note(connection, case_id=case_id, ref=ref, at=self.now(), actor=by, what=what, detail=detail)

    async def tell(self, connection: AsyncConnection, *, case_id: str, event_id: str, data: Told) -> None:
        """Append an event about a case, once for an id."""
        case = await find_case(connection, case_id, tenant=self.tenant)
        await self.tell_of(
            connection, source=f"/processes/{case.process}", subject=case.business_key, event_id=event_id, data=data
        )

    async def tell_of(
        self, connection: AsyncConnection, *, source: str, subject: str, event_id: str, data: Told
    ) -> None:
        """Append an event about anything else."""
        event = CloudEvent(
            id=event_id,
            source=source,
            type=data.TYPE,
            subject=subject,
            time=self.now(),
            data=data,
            tenant=self.tenant,
        )
        await append(connection, event)
