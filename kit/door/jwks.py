"""The public keys of one issuer, fetched when needed; refuses to be made to fetch by whoever invents key ids.

An unknown key id asks the issuer at most once per cooldown, however many ask at once, and is remembered as
unknown. A refresh that fails leaves the keys as they were; they are believed for `stale_s` without one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

from kit.clock import Clock

Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]

_ALGORITHMS: Final[dict[tuple[str, str], str]] = {
    ("RSA", ""): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}
_LEAST_RSA_BITS: Final = 2048
_REMEMBERED_UNKNOWN: Final = 10_000


class Timing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When an issuer is asked; seconds."""

    fresh_s: float = 600.0
    """Keys younger than this are used without asking."""
    stale_s: float = 86_400.0
    """Keys older than this are not used at all."""
    cooldown_s: float = 10.0
    """Least time between two fetches of a kind: because keys grow old, because an id is unknown."""
    unknown_s: float = 60.0
    """How long a key id that was not found causes no further fetch."""


class KeyUnknown(Exception):
    """The issuer has no such key."""


class KeysUnavailable(Exception):
    """The issuer cannot be asked, and what is known does not suffice."""


class KeySet:
    """Keys by id and algorithm."""

    def __init__(self, *, url: str, fetch: Fetch, clock: Clock, timing: Timing | None = None) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._timing = timing or Timing()
        self._keys: dict[tuple[str, str], Any] = {}
        self._unknown: dict[tuple[str, str], float] = {}
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        self._sought_at: float | None = None
        self._running: asyncio.Task[bool] | None = None
        self._last_failed = False

    def known(self, kid: str, algorithm: str) -> Any | None:
        """The key, without waiting; a refresh that is due is begun on the side."""
        key = self._keys.get((kid, algorithm))
        if key is None or self._fetched_at is None:
            return None
        age = self._clock.monotonic() - self._fetched_at
        if age > self._timing.stale_s:
            return None
        if age > self._timing.fresh_s and self._may_ask():
            self._begin()
        return key

    async def find(self, kid: str, algorithm: str) -> Any:
        """The key, asking the issuer if that may help.

        Raises:
            KeyUnknown: the issuer was asked and has none.
            KeysUnavailable: the issuer could not be asked.

        """
        wanted, arrived = (kid, algorithm), self._clock.monotonic()
        if self._is_remembered(wanted) and not self._last_failed:
            raise KeyUnknown(kid)
        if self._running is not None:
            await asyncio.shield(self._running)
        key = self.known(kid, algorithm)
        if key is None and self._may_seek(arrived):
            self._sought_at = self._clock.monotonic()
            await asyncio.shield(self._begin())
            key = self.known(kid, algorithm)
        if key is not None:
            return key
        if self._last_failed or self._fetched_at is None:
            raise KeysUnavailable(self._url)
        if self._asked_at is not None and self._asked_at >= arrived:
            self._remember(wanted)
            raise KeyUnknown(kid)
        raise KeysUnavailable(self._url)  # asked too lately to ask again: the key may have been made since

    async def close(self) -> None:
        """Let go of a fetch that is under way."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def _may_ask(self) -> bool:
        since = None if self._asked_at is None else self._clock.monotonic() - self._asked_at
        return self._running is None and (since is None or since >= self._timing.cooldown_s)

    def _may_seek(self, arrived: float) -> bool:
        """Whether to ask for a key id nobody has seen; a refresh shortly before does not stand in the way."""
        if self._running is not None or (self._asked_at is not None and self._asked_at > arrived):
            return False
        return self._sought_at is None or self._clock.monotonic() - self._sought_at >= self._timing.cooldown_s

    def _begin(self) -> asyncio.Task[bool]:
        self._asked_at = self._clock.monotonic()
        self._running = asyncio.create_task(self._refresh())
        return self._running

    async def _refresh(self) -> bool:
        try:
            self._keys = usable(await self._fetch(self._url))
        except Exception:  # noqa: BLE001 - whatever ails the issuer, what is known stays
            self._last_failed = True
            return False
        else:
            self._last_failed = False
            self._fetched_at = self._clock.monotonic()
            for wanted in self._keys:
                self._unknown.pop(wanted, None)
            return True
        finally:
            self._running = None

    def _is_remembered(self, wanted: tuple[str, str]) -> bool:
        until = self._unknown.get(wanted)
        return until is not None and until > self._clock.monotonic()

    def _remember(self, wanted: tuple[str, str]) -> None:
        if len(self._unknown) >= _REMEMBERED_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]
        self._unknown[wanted] = self._clock.monotonic() + self._timing.unknown_s


def usable(document: bytes) -> dict[tuple[str, str], Any]:
    """The signing keys of a JWKS that we would use; others are passed over.

    Raises:
        ValueError: the document is no JWKS, or holds no usable key at all.

    """
    parsed = json.loads(document)
    entries = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise ValueError("no JWKS")  # noqa: TRY004 - the document is wrong, whatever type it has
    keys: dict[tuple[str, str], Any] = {}
    for entry in entries:
        found = _key(entry) if isinstance(entry, dict) else None
        if found is not None:
            keys.setdefault((found[0], found[1]), found[2])
    if not keys:
        raise ValueError("no usable key")
    return keys


def _key(entry: dict[str, Any]) -> tuple[str, str, Any] | None:
    kid = entry.get("kid")
    algorithm = _ALGORITHMS.get((str(entry.get("kty")), str(entry.get("crv", ""))))
    if not isinstance(kid, str) or algorithm is None or "d" in entry:
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        key = jwt.PyJWK(entry, algorithm=algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        return None
    return kid, algorithm, key
