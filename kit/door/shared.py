"""Counts for all processes in one Redis, exactly; refuses to guess: no answer in time is `CounterLost`.

What is asked within one turn of the event loop goes as one batch, one batch at a time, so the busier it is the
fewer are the calls. Whoever was refused is remembered here for a moment and costs the store nothing.
A batch that was never answered is looked for when the store is back: what it took for requests that were then
refused is given back.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from kit.door.counter import Ask, CounterLost, Taken
from kit.door.link import Link, LinkDown
from kit.door.resp import Refused, Reply

SCRIPT: Final = Path(__file__).with_name("counter.lua").read_bytes()
_SHA: Final = hashlib.sha1(SCRIPT).hexdigest()  # noqa: S324 - Redis names scripts so
_PREFIX: Final = "{sluice}:"
_BATCH: Final = 128
_US: Final = 1_000_000
_REMEMBERED_S: Final = 1.0
_REMEMBERED: Final = 10_000

_Asks: TypeAlias = tuple[Ask, ...]
_Waiting: TypeAlias = tuple[_Asks, asyncio.Future[Taken]]


class SharedCounter:
    """Shares in Redis; safe to use by any number of processes, one instance in each."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._client = secrets.token_hex(8)
        self._number = 0
        self._knew = ""
        self._tried = False
        self._waiting: list[_Waiting] = []
        self._flying: list[_Waiting] = []
        self._due = False
        self._unsettled: tuple[int, list[_Asks]] | None = None
        self._refused: dict[_Asks, tuple[float, Taken]] = {}
        link.greet(self._greet)

    def take(self, asks: Sequence[Ask], /) -> Taken | Awaitable[Taken]:
        """Use a share of every limit, or of none.

        Raises:
            CounterLost: the store is away.

        """
        wanted = tuple(asks)
        if self._refused and (known := self._known(wanted)) is not None:
            return known
        if self._link.ready:
            return self._queued(wanted)
        if self._tried:
            self._link.begin()
            raise CounterLost
        return self._first(wanted)

    async def _first(self, asks: _Asks) -> Taken:
        opened = await self._link.opened()
        self._tried = True
        if not opened:
            raise CounterLost
        return await self._queued(asks)

    def _queued(self, asks: _Asks) -> asyncio.Future[Taken]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Taken] = loop.create_future()
        self._waiting.append((asks, future))
        if not self._due and not self._flying:
            self._due = True
            loop.call_soon(self._send)
        return future

    def _send(self) -> None:
        self._due = False
        batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
        if not batch:
            return
        self._flying = batch
        self._number += 1
        is_strict = any(ask.strict for asks, _ in batch for ask in asks)
        try:
            future = self._link.ask(
                *self._command("take", self._number if is_strict else 0, [asks for asks, _ in batch])
            )
        except LinkDown:
            self._lost()
            return
        future.add_done_callback(self._answered)

    def _answered(self, future: asyncio.Future[Reply]) -> None:
        fault = future.exception()
        reply = None if fault is not None else future.result()
        if not isinstance(reply, bytes):
            if isinstance(fault, Refused):  # a script that is unknown, a replica, a full memory: begin anew
                self._link.renew()
            self._lost()
            return
        batch, self._flying = self._flying, []
        self._knew = self._link.memory.run
        for (asks, waiter), answer in zip(batch, msgspec.msgpack.decode(reply, type=list[list[float]]), strict=True):
            taken = _taken(answer)
            if not taken.allowed:
                self._remember(asks, taken)
            if not waiter.done():
                waiter.set_result(taken)
        if self._waiting:
            self._send()

    def _lost(self) -> None:
        batch, self._flying = self._flying, []
        if any(ask.strict for asks, _ in batch for ask in asks):
            self._unsettled = (self._number, [asks for asks, _ in batch])
        waiting, self._waiting = self._waiting, []
        for _, waiter in (*batch, *waiting):
            if not waiter.done():
                waiter.set_exception(CounterLost())

    async def _greet(self, link: Link) -> None:
        await link.urgent("SCRIPT", "LOAD", SCRIPT)
        if self._unsettled is not None:
            number, asked = self._unsettled
            await link.urgent(*self._command("give", number, asked))
            self._unsettled = None
        self._refused.clear()

    def _command(self, mode: str, number: int, asked: list[_Asks]) -> list[bytes | str | int]:
        places: dict[str, int] = {}
        requests = [
            [
                (
                    places.setdefault(_name(ask), len(places) + 3),
                    ask.amount,
                    ask.period_s * _US,
                    ask.cost,
                    ask.even,
                    ask.strict,
                )
                for ask in asks
            ]
            for asks in asked
        ]
        keys = [f"{_PREFIX}memory", f"{_PREFIX}last:{self._client}", *places]
        memory = self._link.memory
        packed = msgspec.msgpack.encode(requests)
        return ["EVALSHA", _SHA, len(keys), *keys, memory.run, self._knew, int(memory.keeps), mode, number, packed]

    def _known(self, asks: _Asks) -> Taken | None:
        found = self._refused.get(asks)
        if found is None:
            return None
        until, taken = found
        left = until - asyncio.get_running_loop().time()
        if left <= max(0.0, taken.retry_after_s - _REMEMBERED_S):
            del self._refused[asks]
            return None
        return taken._replace(retry_after_s=left)

    def _remember(self, asks: _Asks, taken: Taken) -> None:
        if len(self._refused) >= _REMEMBERED:
            del self._refused[next(iter(self._refused))]
        self._refused[asks] = (asyncio.get_running_loop().time() + taken.retry_after_s, taken)


def _name(ask: Ask) -> str:
    return f"{_PREFIX}{'e' if ask.even else 'p'}:{ask.key}"


def _taken(answer: list[float]) -> Taken:
    return Taken(
        allowed=answer[0] == 1,
        remaining=tuple(int(left) for left in answer[3::2]),
        full_in_s=tuple(full / _US for full in answer[4::2]),
        retry_after_s=answer[1] / _US,
        unsure=answer[2] == 1,
    )
