"""Sends copies of reads to another address and looks at no answer; refuses to delay anybody for it.

So many copies at once and no more; what is over is not copied.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec import Struct

from gateway.upstream import Answer, Call, Failed, Upstream

_MARK: Final = (b"sluice-mirrored", b"1")


class Mirror(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where copies of one tier's reads go."""

    url: str
    """Base URL of whoever gets them; it is spoken to as the tier is, with the same internal token."""
    share: float = 1.0
    """Share of the reads, from 0 to 1."""
    at_once: int = 16
    """Copies under way at most."""
    wait_s: float = 5.0
    """Seconds after which a copy is given up."""


class Mirroring:
    """Carries calls by way of another upstream, and GETs a second time."""

    def __init__(self, inner: Upstream, mirrors: Mapping[str, Mirror], *, dice: random.Random | None = None) -> None:
        self._inner = inner
        self._mirrors = dict(mirrors)
        self._dice = dice or random.Random()
        self._flying: dict[str, set[asyncio.Task[None]]] = {tier: set() for tier in mirrors}

    async def ask(self, call: Call, /) -> Answer:
        """Send the call; its copy goes its own way."""
        mirror = self._mirrors.get(call.tier)
        if mirror is not None and call.method == "GET" and call.payload is None:
            flying = self._flying[call.tier]
            if len(flying) < mirror.at_once and self._dice.random() < mirror.share:
                task = asyncio.get_running_loop().create_task(self._copied(call, mirror))
                flying.add(task)
                task.add_done_callback(flying.discard)
        return await self._inner.ask(call)

    async def close(self) -> None:
        """Give up the copies under way and close every connection."""
        tasks = [task for flying in self._flying.values() for task in flying]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._inner.close()

    async def _copied(self, call: Call, mirror: Mirror) -> None:
        headers = [*call.headers, _MARK]
        copy = replace(call, tier=mirror_name(call.tier), headers=headers, deadline_s=mirror.wait_s)
        try:
            async with asyncio.timeout(mirror.wait_s):
                answer = await self._inner.ask(copy)
                try:
                    async for _ in answer.parts():
                        pass  # read to its end, so that the connection can be used again
                finally:
                    await answer.close()
        except (Failed, TimeoutError):
            return


def mirror_name(tier: str) -> str:
    """By which name a mirroring upstream asks for the other address."""
    return f"{tier}~mirror"


def mirrored(upstreams: Mapping[str, str], mirrors: Mapping[str, Mirror]) -> dict[str, str]:
    """Every address, with those of the copies."""
    return {**upstreams, **{mirror_name(tier): mirror.url for tier, mirror in mirrors.items()}}
