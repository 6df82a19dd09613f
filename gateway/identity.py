"""Who may be known here: trusted issuers, our own tokens, the keys of partners; refuses two issuers of one name.

What is kept for all processes is asked when a key is first seen and once in a while for revocations, never for
each request: the hot path waits for no database.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from gateway.keys import Keyring, Shelf
from gateway.shelf import MemoryShelf
from gateway.tokens import Issued
from gateway.watch import Heard, Word
from kit.caller import Caller
from kit.clock import Clock
from kit.door.apikey import KeyBook
from kit.door.claims import Issuer
from kit.door.discovery import by_discovery, metadata_url
from kit.door.jwks import Fetch, KeySet, Timing
from kit.door.revoked import Revoked
from kit.settings import Secret, SettingsError
from policies.authenticate import Trust

_LOG: Final = logging.getLogger(__name__)
COOKIE: Final = "sluice_portal"
"""The cookie of a session: read on the portal and on pages, stripped by the guard before any tier."""


class IdentitySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our own tokens and keys."""

    issuer: str = "urn:sluice:gateway"
    """`iss` of the tokens we issue: the outside address of the gateway, where there is one."""
    audience: str = "sluice-gateway"
    """`aud` of the tokens we issue."""
    signing_keys: tuple[Secret, ...] = ()
    """Ed25519 private keys as PEM; the first signs, all are published. None: one is made and ends with the process."""
    pepper: Secret = Secret("")
    """With which the hashes of keys are keyed; at least 32 characters, the same for every process."""
    store_url: Secret = Secret("")
    """Where keys and revocations are kept; empty for this process's memory."""
    token_s: int = 600
    """How long a token lives that a partner gets for a key."""
    overlap_s: float = 86_400.0
    """How long a rotated key is still taken."""
    fresh_s: float = 30.0
    """How long a key that was looked up is believed."""
    plans: tuple[str, ...] = ("standard",)
    """Plans a key may have; the role `plan:NAME` says so to the limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Somebody signed in; `until` is when the session ends, in seconds since 1970."""

    caller: Caller
    token_id: str
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Everything about who is calling."""

    settings: IdentitySettings
    trusted: dict[str, Trust]
    issued: Issued
    book: KeyBook
    keyring: Keyring
    revoked: Revoked
    shelf: Shelf
    clock: Clock
    forget_s: float
    tell: Heard

    def sitting(self, token: str) -> Sitting | None:
        """Who a session names, while it lasts and was not ended; None for anything else."""
        claims = self.issued.session(token)
        if claims is None or (self.issued.issuer, claims["jti"]) in self.revoked:
            return None
        caller = Caller(
            subject=claims["sub"],
            issuer=claims.get("origin", ""),
            scopes=frozenset(claims["scope"].split()),
            roles=frozenset(claims["roles"]),
            tenant=claims["tenant"],
            client_id=claims["client_id"],
            organisations=frozenset(claims.get("organisations", ())),
        )
        return Sitting(caller=caller, token_id=claims["jti"], until=claims["exp"])

    def seated(self, cookies: bytes) -> Caller | None:
        """Who is signed in by a `Cookie` field; None when nobody is."""
        for pair in cookies.split(b";"):
            name, _, value = pair.strip().partition(b"=")
            if name == COOKIE.encode():
                found = self.sitting(value.decode("ascii", "replace"))
                return found.caller if found else None
        return None

    async def revoke(self, issuer: str, token_id: str, *, until: float) -> None:
        """Take a token no longer, here at once and elsewhere soon."""
        self.revoked.add(issuer, token_id, until=until)
        await self.shelf.revoke(issuer, token_id, until=datetime.fromtimestamp(until, UTC))
        await self.tell(Word(kind="revoked"))

    async def heard(self, word: Word) -> None:
        """Another process has changed something."""
        if word.kind == "keys":
            self.book.forget(word.prefix)
        else:
            await self._learn()

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Learn of revocations until the block ends."""
        task = asyncio.create_task(self._learning())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for trust in self.trusted.values():
                await trust.keys.close()
            await self.shelf.close()

    async def _learning(self) -> None:
        while True:
            await self._learn()
            await asyncio.sleep(self.forget_s)

    async def _learn(self) -> None:
        try:
            self.revoked.learn(await self.shelf.revoked(self.clock.now()))
        except Exception as fault:  # noqa: BLE001 - what is known is kept while the store is out
            _LOG.warning("revocations cannot be read: %s", type(fault).__name__)


def open_identity(
    settings: IdentitySettings,
    *,
    issuers: Iterable[Issuer],
    fetch: Fetch,
    clock: Clock,
    timing: Timing,
    forget_s: float,
    tell: Heard,
) -> Identity:
    """Put it together.

    Raises:
        ValueError: two issuers have one name.
        SettingsError: keys are to be kept, and there is no pepper to keep them with.

    """
    shelf, pepper = _shelf(settings), _pepper(settings)
    issued = Issued(
        issuer=settings.issuer,
        audience=settings.audience,
        private_keys=[key.reveal() for key in settings.signing_keys],
        clock=clock,
    )
    own = KeySet(url="", fetch=issued.fetch, clock=clock, timing=timing)
    trusted = {issued.issuer: Trust(issuer=issued.trusted, keys=own)}
    for issuer in issuers:
        if issuer.issuer in trusted:
            raise ValueError(f"issuer {issuer.issuer} is configured twice")
        trusted[issuer.issuer] = Trust(issuer=issuer, keys=_keys(issuer, fetch=fetch, clock=clock, timing=timing))
    book = KeyBook(shelf, issuer=settings.issuer, pepper=pepper, clock=clock, fresh_s=settings.fresh_s)
    return Identity(
        settings=settings,
        trusted=trusted,
        issued=issued,
        book=book,
        keyring=Keyring(shelf, book=book, pepper=pepper, clock=clock, plans=settings.plans, tell=tell),
        revoked=Revoked(clock),
        shelf=shelf,
        clock=clock,
        forget_s=forget_s,
        tell=tell,
    )


def _keys(issuer: Issuer, *, fetch: Fetch, clock: Clock, timing: Timing) -> KeySet:
    if issuer.jwks_url:
        return KeySet(url=issuer.jwks_url, fetch=fetch, clock=clock, timing=timing)
    found = by_discovery(fetch, issuer=issuer.issuer)
    return KeySet(url=metadata_url(issuer.issuer), fetch=found, clock=clock, timing=timing)


def _pepper(settings: IdentitySettings) -> bytes:
    pepper = settings.pepper.reveal()
    if not pepper and not settings.store_url.reveal():
        return secrets.token_bytes(64)
    if len(pepper) < 32:
        raise SettingsError("[gateway] identity.pepper is missing or shorter than 32 characters: keys are kept with it")
    return pepper.encode()


def _shelf(settings: IdentitySettings) -> Shelf:
    url = settings.store_url.reveal()
    if not url:
        return MemoryShelf()
    from gateway.shelf_sql import SqlShelf  # noqa: PLC0415 - a gateway without a store loads no database machinery
    from kit.store import Store  # noqa: PLC0415 - for the reason above

    return SqlShelf(Store.at(url, pool=2))
