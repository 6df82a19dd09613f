"""Keys that partners hold: made once, shown once, kept as a keyed hash; refuses by comparing in constant time.

A key is `slk_<prefix>_<secret>`. The prefix finds the row and is no secret; of the secret a BLAKE2b hash is kept,
keyed with a pepper that is not in the database and salted for each key. The secret has 256 bits, so a slow hash
would protect nothing that this one does not.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from msgspec import Struct

from kit.caller import Caller
from kit.clock import Clock

_FORM: Final = re.compile(r"slk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key as it is kept; nothing in it opens anything."""

    prefix: str
    """Finds it; shown everywhere."""
    client_id: str
    """Who acts with it: the subject of its calls. Rotation gives the same client another key."""
    name: str
    """What its owner calls it."""
    owner: str
    """Who made it and may rotate and revoke it: issuer and subject."""
    salt: str
    """Hexadecimal."""
    digest: str
    """Hexadecimal."""
    scopes: tuple[str, ...]
    plan: str
    tenant: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    replaced_by: str = ""
    """Prefix of the key that took its place; both are taken until this one expires."""

    def is_good(self, now: datetime) -> bool:
        """Whether it may be used at this moment."""
        return self.revoked_at is None and now < self.expires_at

    def caller(self, issuer: str) -> Caller:
        """Who acts with it; the same whether it is shown itself or exchanged for a token first."""
        return Caller(
            subject=self.client_id,
            issuer=issuer,
            scopes=frozenset(self.scopes),
            roles=frozenset({"partner", f"plan:{self.plan}"}),
            tenant=self.tenant,
            client_id=self.client_id,
        )


class Fresh(NamedTuple):
    """A new key, and the one time its text is known."""

    key: ApiKey
    text: str


class KeysUnreadable(Exception):
    """The store cannot be asked, and what is known does not suffice."""


class KeyStore(Protocol):
    """Where keys are kept."""

    async def find(self, prefix: str, /) -> ApiKey | None:
        """The key of a prefix."""
        ...


def parsed(text: str) -> tuple[str, str] | None:
    """Prefix and secret; None when the text has not the form of a key."""
    found = _FORM.fullmatch(text)
    return (found[1], found[2]) if found else None


def fresh_prefix() -> str:
    """A prefix nobody has yet."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def written(prefix: str, secret: str) -> str:
    """The text of a key."""
    return f"slk_{prefix}_{secret}"


def digest(secret: str, *, salt: str, pepper: bytes) -> str:
    """What is kept of a secret."""
    return hashlib.blake2b(secret.encode(), key=pepper[:64], salt=bytes.fromhex(salt)).hexdigest()


class Verified(NamedTuple):
    """A key that was looked up, and when."""

    key: ApiKey | None
    at: float


class KeyBook:
    """Keys near at hand: a look-up is believed for `fresh_s`, and for `stale_s` while the store is out.

    `issuer` is in whose name their holders are known: the same as for the tokens we issue to them, so that a
    consumer has one share however it signs in.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        issuer: str,
        pepper: bytes,
        clock: Clock,
        fresh_s: float = 30.0,
        stale_s: float = 3_600.0,
        kept: int = 10_000,
    ) -> None:
        self.issuer = issuer
        self._store = store
        self._pepper = pepper
        self._clock = clock
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._most = kept
        self._kept: dict[str, Verified] = {}

    def check(self, text: str) -> ApiKey | Awaitable[ApiKey | None] | None:
        """The key behind a text, None when there is none; awaitable only when the store has to be asked.

        Raises:
            KeysUnreadable: awaiting it, the store could not be asked.

        """
        parts = parsed(text)
        if parts is None:
            return None
        kept = self._kept.get(parts[0])
        if kept is not None and self._clock.monotonic() - kept.at < self._fresh_s:
            return self._matching(kept.key, parts[1])
        return self._asked(*parts)

    def forget(self, prefix: str = "") -> None:
        """Ask the store again for this key next time, or for every key."""
        if prefix:
            self._kept.pop(prefix, None)
        else:
            self._kept.clear()

    async def _asked(self, prefix: str, secret: str) -> ApiKey | None:
        try:
            found = await self._store.find(prefix)
        except Exception as fault:
            kept = self._kept.get(prefix)
            if kept is None or self._clock.monotonic() - kept.at > self._stale_s:
                raise KeysUnreadable(type(fault).__name__) from fault
            return self._matching(kept.key, secret)
        if len(self._kept) >= self._most:
            del self._kept[next(iter(self._kept))]
        self._kept[prefix] = Verified(found, self._clock.monotonic())
        return self._matching(found, secret)

    def _matching(self, key: ApiKey | None, secret: str) -> ApiKey | None:
        salt = key.salt if key else "00" * 16  # a prefix that is unknown costs as much as one that is known
        expected = key.digest if key else ""
        right = hmac.compare_digest(expected, digest(secret, salt=salt, pepper=self._pepper))
        if key is None or not right or not key.is_good(self._clock.now()):
            return None
        return key
