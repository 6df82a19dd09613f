"""Keys and revocations in this process's memory: for one process, and gone when it ends."""

from __future__ import annotations

from datetime import datetime

from kit.door.apikey import ApiKey


class MemoryShelf:
    """What an embedded house needs; refuses nothing, forgets everything at the end."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._revoked: dict[tuple[str, str], datetime] = {}

    async def find(self, prefix: str, /) -> ApiKey | None:
        """The key of a prefix."""
        return self._keys.get(prefix)

    async def add(self, key: ApiKey, /) -> None:
        """Keep a new key."""
        self._keys[key.prefix] = key

    async def change(self, key: ApiKey, /) -> None:
        """Keep what became of a key."""
        self._keys[key.prefix] = key

    async def owned(self, owner: str, /) -> list[ApiKey]:
        """Every key of an owner, the newest first."""
        found = [key for key in self._keys.values() if key.owner == owner]
        return sorted(found, key=lambda key: (key.created_at, key.prefix), reverse=True)

    async def revoke(self, issuer: str, token_id: str, /, *, until: datetime) -> None:
        """Note that a token counts no longer."""
        self._revoked[issuer, token_id] = until

    async def revoked(self, now: datetime, /) -> list[tuple[str, str, float]]:
        """Tokens that were revoked and have not expired."""
        return [(*key, until.timestamp()) for key, until in self._revoked.items() if until > now]

    async def close(self) -> None:
        """Nothing to let go of."""
