"""Makes, rotates and revokes the keys of partners; refuses to give anybody a scope its maker does not hold.

A rotation gives a second key to the same client; both are taken until the overlap ends. The text of a key is told
once, to whoever made it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec.structs import replace

from contracts.problem import Kind, Problem
from gateway.watch import Heard, Word
from kit.caller import Caller
from kit.clock import Clock
from kit.door.apikey import ApiKey, Fresh, KeyBook, KeyStore, digest, fresh_prefix, written

MOST_DAYS: Final = 365
MOST_KEYS: Final = 20
_NAME_CHARS: Final = 80


class Shelf(KeyStore, Protocol):
    """Where keys and revoked tokens are kept for all processes."""

    async def add(self, key: ApiKey, /) -> None:
        """Keep a new key."""
        ...

    async def change(self, key: ApiKey, /) -> None:
        """Keep what became of a key."""
        ...

    async def owned(self, owner: str, /) -> list[ApiKey]:
        """Every key of an owner, the newest first."""
        ...

    async def revoke(self, issuer: str, token_id: str, /, *, until: datetime) -> None:
        """Note that a token counts no longer."""
        ...

    async def revoked(self, now: datetime, /) -> list[tuple[str, str, float]]:
        """Tokens that were revoked and have not expired: issuer, id, end."""
        ...

    async def close(self) -> None:
        """Let go."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new key is to be."""

    name: str
    scopes: tuple[str, ...]
    plan: str = "standard"
    days: int = 90


class Keyring:
    """The keys of one gateway, for their owners."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        book: KeyBook,
        pepper: bytes,
        clock: Clock,
        plans: tuple[str, ...],
        tell: Heard,
    ) -> None:
        """Manage keys; `tell` lets other processes know which prefix to look up anew."""
        self._shelf = shelf
        self._book = book
        self._pepper = pepper
        self._clock = clock
        self._tell = tell
        self.plans = plans

    async def mine(self, caller: Caller) -> list[ApiKey]:
        """The caller's keys, the newest first."""
        return await self._shelf.owned(owner_of(caller))

    async def make(self, caller: Caller, wish: Wish) -> Fresh:
        """A new client with its first key.

        Raises:
            Problem: invalid or forbidden, when the wish is more than the caller may give.

        """
        self._allowed(caller, wish)
        good = [key for key in await self.mine(caller) if key.is_good(self._clock.now())]
        if len(good) >= MOST_KEYS:
            raise Problem(Kind.CONFLICT, "keys.too_many", f"one owner has at most {MOST_KEYS} keys at a time")
        now = self._clock.now()
        fresh = self._fresh(
            ApiKey(
                prefix="",
                client_id=f"key-{secrets.token_hex(6)}",
                name=wish.name.strip(),
                owner=owner_of(caller),
                salt="",
                digest="",
                scopes=tuple(sorted(set(wish.scopes))),
                plan=wish.plan,
                tenant=caller.tenant,
                created_at=now,
                expires_at=now + timedelta(days=wish.days),
            )
        )
        await self._shelf.add(fresh.key)
        return fresh

    async def rotate(self, caller: Caller, prefix: str, *, overlap_s: float) -> Fresh:
        """A second key for the same client, as long-lived as the first was made; the first ends after the overlap.

        Raises:
            Problem: not found, or conflict when the key has ended.

        """
        old = await self._own(caller, prefix)
        now = self._clock.now()
        if not old.is_good(now) or old.replaced_by:
            raise Problem(Kind.CONFLICT, "keys.ended", "a key that has ended or was replaced cannot be rotated")
        lost = [scope for scope in old.scopes if not caller.may(scope)]
        if lost:
            raise Problem(Kind.FORBIDDEN, "keys.scope", f"you no longer hold: {' '.join(lost)}")
        fresh = self._fresh(replace(old, created_at=now, expires_at=now + (old.expires_at - old.created_at)))
        ends = min(old.expires_at, now + timedelta(seconds=overlap_s))
        await self._shelf.add(fresh.key)
        await self._changed(replace(old, expires_at=ends, replaced_by=fresh.key.prefix))
        return fresh

    async def revoke(self, caller: Caller, prefix: str) -> None:
        """End a key at once.

        Raises:
            Problem: not found.

        """
        key = await self._own(caller, prefix)
        if key.revoked_at is None:
            await self._changed(replace(key, revoked_at=self._clock.now()))

    async def _own(self, caller: Caller, prefix: str) -> ApiKey:
        key = await self._shelf.find(prefix)
        if key is None or key.owner != owner_of(caller):
            raise Problem(Kind.NOT_FOUND, "keys.unknown", "you have no such key")
        return key

    async def _changed(self, key: ApiKey) -> None:
        await self._shelf.change(key)
        self._book.forget(key.prefix)
        await self._tell(Word(kind="keys", prefix=key.prefix))

    def _fresh(self, like: ApiKey) -> Fresh:
        prefix, secret, salt = fresh_prefix(), secrets.token_urlsafe(32), secrets.token_hex(16)
        kept = replace(like, prefix=prefix, salt=salt, digest=digest(secret, salt=salt, pepper=self._pepper))
        return Fresh(key=replace(kept, revoked_at=None, replaced_by=""), text=written(prefix, secret))

    def _allowed(self, caller: Caller, wish: Wish) -> None:
        if not 0 < len(wish.name.strip()) <= _NAME_CHARS or not wish.name.isprintable():
            raise Problem(Kind.INVALID, "keys.name", f"a key has a name of at most {_NAME_CHARS} characters")
        if not 1 <= wish.days <= MOST_DAYS:
            raise Problem(Kind.INVALID, "keys.days", f"a key lives from 1 to {MOST_DAYS} days")
        if wish.plan not in self.plans:
            raise Problem(Kind.INVALID, "keys.plan", f"the plans are: {', '.join(self.plans)}")
        if not wish.scopes:
            raise Problem(Kind.INVALID, "keys.scopes_missing", "a key without a scope opens nothing")
        excess = [scope for scope in wish.scopes if not caller.may(scope)]
        if excess:
            raise Problem(Kind.FORBIDDEN, "keys.scope", f"you do not hold: {' '.join(excess)}")


def owner_of(caller: Caller) -> str:
    """Whose keys they are: issuer and subject."""
    return f"{caller.issuer}|{caller.subject}"
