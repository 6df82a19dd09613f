"""What carrying a call to a tier means; refuses to blur what went wrong: every failure has a name.

Two implementations: `gateway.pool` on sockets of our own, `gateway.over_httpx` on httpx. Both make the framing anew;
what is handed in as header fields holds none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from kit.door.policy import Pair

Payload: TypeAlias = bytes | AsyncIterator[bytes] | None


class Failed(Exception):
    """The tier gave no usable answer.

    `code`: unreachable, connect_timeout, busy (all three before a byte was sent), timeout, reset (not a byte came
    back), short (some did), malformed.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.sent = code not in {"unreachable", "connect_timeout", "busy"}


@dataclass(slots=True, kw_only=True)
class Call:
    """What a tier is asked. `length` is the declared size of a streamed body, None when it is not known."""

    tier: str
    method: str
    target: bytes
    headers: list[Pair]
    payload: Payload
    length: bytes | None = None
    deadline_s: float = 30.0
    """Seconds until the answer must have begun."""
    fresh: bool = False
    """Whether a connection that was used before will not do."""
    consumer: str = ""
    """For whom; whoever chooses among several addresses sends the same consumer to the same version."""


class Answer(Protocol):
    """What a tier answers; `body` is all of it where it is here already, None where it is still to come."""

    status: int
    headers: list[Pair]
    body: bytes | None

    def parts(self) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            Failed: it broke off, or stalled.

        """
        ...

    async def close(self) -> None:
        """Let go; a body not read to its end costs the connection."""
        ...


class Upstream(Protocol):
    """Whoever carries calls to tiers."""

    async def ask(self, call: Call, /) -> Answer:
        """Send the call and wait for the head of the answer.

        Raises:
            Failed: there was none.

        """
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...
