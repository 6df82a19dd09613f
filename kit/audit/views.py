"""Records who was shown classified data: in batches beside the answers, bounded, and never lost without a trace.

An answer waits only while a whole batch too many is waiting to be written, and is refused when that lasts: nothing
classified leaves unrecorded. Each recorder chains that it began and, with its count, that it ended; one that never
ended was killed, and may have shown what it had held for less than its pause.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from contracts.canonical.field import Classification
from contracts.port import Download
from contracts.problem import Kind as Refusal
from contracts.problem import Problem
from kit.audit.chain import append
from kit.audit.classified import Shown, looker
from kit.audit.entry import Item, Kind
from kit.caller import caller_or_none
from kit.clock import Clock
from kit.ports.shape import Shape
from kit.store import Store

_LOG: Final = logging.getLogger("sluice.audit")
_IDS: Final = 50
_WHOLE: Final = Shown(fields=("(a file)",), ids=())


class Views:
    """One recorder, for one process. Entries of views have the operation as their subject."""

    def __init__(
        self, *, least: Classification, clock: Clock, pause_s: float = 0.5, most: int = 2_000, patience_s: float = 5.0
    ) -> None:
        """`least` is the lowest level that is recorded; `most` how many views wait at most, `patience_s` how long."""
        self._least = least
        self._clock = clock
        self._pause_s = pause_s
        self._most = most
        self._patience_s = patience_s
        self._waiting: deque[Item] = deque()
        self._room = asyncio.Condition()
        self._writing = asyncio.Lock()
        self._name = secrets.token_hex(4)
        self._count = 0

    async def __call__(self, shape: Shape, given: Mapping[str, Any], answer: Any) -> None:
        """Take note of an answer before it goes out.

        Raises:
            Problem: unavailable `audit_behind`: views cannot be written, so classified data is not shown.

        """
        shown = self._shown(shape, answer)
        caller = caller_or_none()
        if not shown.fields or caller is None:
            return
        await self._until_there_is_room()
        self._count += 1
        asked = {str(given[each.name]): f"{each.wire}={given[each.name]}" for each in shape.of("path")}
        ids = [each for each in shown.ids if each not in asked]
        more = f" and {len(ids) - _IDS} more" if len(ids) > _IDS else ""
        item = Item(
            kind=Kind.VIEW,
            subject=f"view/{shape.name}",
            ref=f"{self._name}/{self._count}",
            at=self._clock.now(),
            what="shown",
            texts={
                "actor": caller.subject,
                "client": caller.client_id,
                "ids": ", ".join([*asked.values(), *ids[:_IDS]]) + more,
            },
            facts={
                "fields": ", ".join(shown.fields),
                "through": " ".join(caller.actor),
                "caller_tenant": caller.tenant,
            },
        )
        self._waiting.append(item)

    @asynccontextmanager
    async def recording(self, store: Store, *, tenant: str) -> AsyncIterator[None]:
        """Write what was shown, for as long as the block lasts, and the rest when it ends.

        `tenant` is the firm whose data is shown, and in whose chain it is told.
        """
        self._waiting.append(self._mark("recording began"))
        await self._flush(store, tenant)
        task = asyncio.create_task(self._write(store, tenant), name="audit of views")
        try:
            yield
        finally:
            async with self._writing:  # a batch in hand is finished, and so written once
                task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._waiting.append(self._mark("recording ended"))
            try:
                await self._flush(store, tenant)
            except Exception:  # noqa: BLE001 - whatever befalls the store, what was shown is told
                _LOG.exception("%d views were shown and are not recorded", len(self._waiting) - 1)

    def _shown(self, shape: Shape, answer: Any) -> Shown:
        if isinstance(answer, Download):
            return _WHOLE
        look = looker(shape.returns, least=self._least)
        return Shown(fields=(), ids=()) if look is None else look(answer)

    async def _until_there_is_room(self) -> None:
        if len(self._waiting) < self._most:
            return
        try:
            async with asyncio.timeout(self._patience_s), self._room:
                await self._room.wait_for(lambda: len(self._waiting) < self._most)
        except TimeoutError:
            raise Problem(
                Refusal.UNAVAILABLE, "audit_behind", "what is shown cannot be recorded at the moment", hint="try again"
            ) from None

    async def _write(self, store: Store, tenant: str) -> None:
        while True:
            await self._clock.sleep(self._pause_s)
            try:
                async with self._writing:
                    await self._flush(store, tenant)
            except Exception as failure:  # noqa: BLE001 - whatever befalls the store, what is held is tried again
                _LOG.warning("%d views wait to be recorded: %s", len(self._waiting), failure)

    async def _flush(self, store: Store, tenant: str) -> None:
        """Write what waits; it leaves only once it stands."""
        taken = list(self._waiting)
        if not taken:
            return
        async with store.write() as connection:
            await connection.run_sync(append, taken, tenant=tenant, now=self._clock.now())
        for _ in taken:
            self._waiting.popleft()
        async with self._room:
            self._room.notify_all()

    def _mark(self, what: str) -> Item:
        facts = {"views": str(self._count)}
        return Item(
            kind=Kind.VIEW, subject="view", ref=f"{self._name}/{what}", at=self._clock.now(), what=what, facts=facts
        )
