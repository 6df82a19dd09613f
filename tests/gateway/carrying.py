"""An upstream that answers as it is told, and notes what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from gateway.upstream import Answer, Call, Failed
from kit.door.policy import Pair

Told = int | str
"""A status, or the code of a failure."""


class Said:
    """An answer; its body is still to come unless `body` is given."""

    def __init__(self, status: int, body: bytes | None) -> None:
        self.status = status
        self.headers: list[Pair] = []
        self.body = body
        self.is_closed = False

    async def parts(self) -> AsyncIterator[bytes]:
        yield self.body or b"ok"

    async def close(self) -> None:
        self.is_closed = True


class Scripted:
    """Answers each call by its tier."""

    def __init__(self, answer: Callable[[Call], Told], *, body: bytes | None = b"ok") -> None:
        self._answer = answer
        self._body = body
        self.calls: list[Call] = []
        self.said: list[Said] = []
        self.is_closed = False

    @property
    def tiers(self) -> list[str]:
        return [call.tier for call in self.calls]

    async def ask(self, call: Call, /) -> Answer:
        self.calls.append(call)
        await asyncio.sleep(0)
        told = self._answer(call)
        if isinstance(told, str):
            raise Failed(told)
        self.said.append(Said(told, self._body))
        return self.said[-1]

    async def close(self) -> None:
        self.is_closed = True


def call(tier: str = "process", *, method: str = "GET", keyed: bool = False, **more: object) -> Call:
    headers = [(b"idempotency-key", b"k")] if keyed else []
    payload = None if method == "GET" else b"{}"
    given = {"payload": payload, "deadline_s": 10.0, **more}
    return Call(tier=tier, method=method, target=b"/x", headers=headers, **given)  # type: ignore[arg-type]  # fields of a call by name
