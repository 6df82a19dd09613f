"""Refuses nothing: exchanges the caller's token for one that opens a single tier for 60 seconds (RFC 8693).

The outside token ends here and never reaches a tier.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from msgspec import Struct

from kit.caller import Caller
from kit.clock import Clock
from kit.door.policy import Request, Verdict


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a minted token is used again."""

    reuse_s: float = 30.0
    """Seconds; well below the 60 the token lives, so that it does not expire on the way."""
    tokens: int = 10_000
    """How many are kept."""


class Mint(Protocol):
    """Whoever signs in the gateway's name."""

    def mint(self, *, audience: str, caller: Caller, scopes: frozenset[str] | None = None) -> str:
        """A token for one audience."""
        ...


class Exchange:
    """Speaks for the caller to one tier, and to no other."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation")
    gives: ClassVar[tuple[str, ...]] = ("token",)

    def __init__(self, config: Config, *, mint: Mint, clock: Clock) -> None:
        self._config = config
        self._mint = mint
        self._clock = clock
        self._kept: dict[tuple[str, Caller], tuple[float, str]] = {}

    def __call__(self, request: Request, /) -> Verdict:
        """Take the kept token while it is young, mint one otherwise."""
        audience, caller = request.matched.upstream, request.known
        now = self._clock.monotonic()
        kept = self._kept.get((audience, caller))
        if kept is None or kept[0] <= now:
            if kept is None and len(self._kept) >= self._config.tokens:
                del self._kept[next(iter(self._kept))]
            kept = (now + self._config.reuse_s, self._mint.mint(audience=audience, caller=caller))
            self._kept[audience, caller] = kept
        request.token = kept[1]
        return None
