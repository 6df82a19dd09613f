"""Tokens that count no longer although they have not expired; refuses to grow: an entry ends with its token."""

from __future__ import annotations

from collections.abc import Iterable

from kit.clock import Clock


class Revoked:
    """Ids of tokens (`jti`) by issuer. Looking one up is one step and waits for nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def add(self, issuer: str, token_id: str, *, until: float) -> None:
        """Take this token no longer; `until` is when it would have expired, in seconds since 1970."""
        now = self._clock.now().timestamp()
        if until <= now:
            return
        if len(self._until) % 1_024 == 1_023:
            self._until = {key: end for key, end in self._until.items() if end > now}
        self._until[issuer, token_id] = until

    def learn(self, entries: Iterable[tuple[str, str, float]]) -> None:
        """Add what another process has revoked: issuer, id, end."""
        for issuer, token_id, until in entries:
            self.add(issuer, token_id, until=until)

    def __contains__(self, key: tuple[str, str]) -> bool:
        return key in self._until

    def __len__(self) -> int:
        return len(self._until)
