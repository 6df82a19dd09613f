"""A lost database is waited for: rows are written under natural keys, so the same transaction is simply tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from kit.clock import Clock

P = ParamSpec("P")
R = TypeVar("R")

_PAUSES_S: Final = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0)
LOST: Final = (OperationalError, InterfaceError, NoConnection)


async def patiently(work: Callable[[], Awaitable[R]]) -> R:
    """Do what may be repeated again while the database cannot be reached, for some two minutes; then raise."""
    for pause_s in _PAUSES_S:
        try:
            return await work()
        except LOST:
            await asyncio.sleep(pause_s)
    return await work()


class Timed(Protocol):
    """Something that knows a clock."""

    @property
    def clock(self) -> Clock:
        """Its clock."""
        ...


T = TypeVar("T", bound=Timed)


def steadfast(
    method: Callable[Concatenate[T, P], Awaitable[R]],
) -> Callable[Concatenate[T, P], Awaitable[R]]:
    """Try a transaction again while the database cannot be reached, for some two minutes; then raise."""

    @wraps(method)
    async def tried(self: T, /, *args: P.args, **kwargs: P.kwargs) -> R:
        for pause_s in _PAUSES_S:
            try:
                return await method(self, *args, **kwargs)
            except LOST:
                await self.clock.sleep(pause_s)
        return await method(self, *args, **kwargs)

    return tried
