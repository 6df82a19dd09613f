"""Tells an open page that what it shows has changed (server-sent events); the page asks for the piece itself.

No figure travels here, so nothing has to be masked twice. A stream ends by itself after some minutes and the browser
comes back, so that a session that has ended is not listened to for long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from contracts.problem import Problem

EVERY_S: Final = 1.0
LIFETIME_S: Final = 240.0
_QUIET_S: Final = 10.0
_AGAIN_MS: Final = 2_000

Look = Callable[[], Awaitable[str]]
"""Gives a mark that differs whenever the page would."""


async def changes(look: Look, *, every_s: float = EVERY_S, lifetime_s: float = LIFETIME_S) -> AsyncIterator[bytes]:
    """An event called `changed` whenever the mark is another than before; a comment where nothing changes for long.

    A look that fails is told to nobody and made again at the next turn: the page keeps what it shows.
    """
    ends = time.monotonic() + lifetime_s
    seen, told_at = await _looked(look, ""), time.monotonic()
    yield f"retry: {_AGAIN_MS}\n\n".encode()
    while time.monotonic() < ends:
        await asyncio.sleep(every_s)
        mark = await _looked(look, seen)
        if mark != seen:
            seen, told_at = mark, time.monotonic()
            yield b"event: changed\ndata: -\n\n"
        elif time.monotonic() - told_at > _QUIET_S:
            told_at = time.monotonic()
            yield b": still here\n\n"


async def _looked(look: Look, before: str) -> str:
    try:
        return await look()
    except Problem:
        return before
