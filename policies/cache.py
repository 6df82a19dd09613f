"""Refuses nothing: answers again what was answered a moment ago, where routes.toml says it may.

An answer is kept for the consumer who got it; where it is `shared`, for all who hold the same scopes, roles and
tenant, since answers are masked by them. Every kept answer has an ETag; whoever has it already gets 304. A command
of the same group makes what was kept of the group be forgotten in this process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable
from typing import ClassVar, Final

from msgspec import Struct

from kit.door.operation import Cached
from kit.door.policy import Message, Pair, Ready, Request, Send, Verdict
from kit.door.shelf import Key, Shelf, Stored
from kit.door.tapping import Collected

_READS: Final = frozenset({"GET", "HEAD"})
_HEADERS: Final = frozenset({b"content-type", b"etag", b"link", b"content-language", b"last-modified", b"location"})
_CONDITIONS: Final = frozenset({b"if-none-match", b"if-modified-since"})


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept."""

    body_bytes: int = 262_144
    """The longest answer that is kept."""
    total_bytes: int = 33_554_432
    """All answers together, in one process."""


class _Miss(Collected):
    """An answer on its way to be kept; held back until it is whole, so that it can bear its ETag or be a 304."""

    looks_on = False

    def __init__(self, request: Request, *, limit_bytes: int, key: Key, cached: Cached, shelf: Shelf) -> None:
        super().__init__(request, limit_bytes=limit_bytes)
        self._key = key
        self._cached = cached
        self._shelf = shelf
        self._held: list[Message] = []

    def __call__(self, send: Send, /) -> Send:
        """Stand between."""

        async def through(message: Message) -> None:
            self._see(message)
            if not self._worth_holding():
                for each in (*self._held, message):
                    await send(each)
                self._held.clear()
                return
            self._held.append(message)
            if self.is_whole:
                for each in self._finished():
                    await send(each)
                self._held.clear()

        return through

    def _worth_holding(self) -> bool:
        if self.status != 200 or self._size > self._limit or self._request.method == "HEAD":
            return False
        said = b",".join(value for name, value in self.headers if name == b"cache-control").lower()
        coded = any(name in {b"content-encoding", b"set-cookie"} for name, _ in self.headers)
        return not coded and b"no-store" not in said and not (self._cached.shared and b"private" in said)

    def _finished(self) -> tuple[Message, Message]:
        now, body = self._shelf.now(), self.body
        headers = self.kept_headers(_HEADERS)
        etag = next((value for name, value in headers if name == b"etag"), b"")
        if not etag:
            etag = b'"%b"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()
            headers = (*headers, (b"etag", etag))
        stored = Stored(headers=headers, body=body, etag=etag, at=now, until=now + self._cached.max_age_s)
        self._shelf.keep(self._key, stored)
        ready = _ready(stored, self._request, self._cached, now=now, code="cache.stored")
        own = {name for name, _ in self._request.answer}
        length = [] if ready.status == 304 else [(b"content-length", b"%d" % len(ready.body))]
        sent = [pair for pair in ready.headers if pair[0] not in own]
        start = {"type": "http.response.start", "status": ready.status}
        return (
            {**start, "headers": [*sent, *length, *self._request.answer]},
            {"type": "http.response.body", "body": ready.body},
        )


class Cache:
    """Looks on the shelf before a tier is asked."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation", "fields", "body")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, shelf: Shelf) -> None:
        self._body_bytes = config.body_bytes
        self._shelf = shelf

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Answer from the shelf, or have the answer put there."""
        cached = request.matched.cached
        if cached is None or request.method not in _READS:
            return None
        asked = request.fields.get(b"cache-control", b"").lower()
        if b"no-store" in asked:
            return None
        key = self._key(request, cached)
        stored = None if b"no-cache" in asked else self._shelf.find(key)
        if stored is not None:
            return _ready(stored, request, cached, now=self._shelf.now(), code="cache.hit")
        request.onward = [pair for pair in request.onward if pair[0] not in _CONDITIONS]
        request.tap = _Miss(request, limit_bytes=self._body_bytes, key=key, cached=cached, shelf=self._shelf)
        return _pass()

    def ended(self, request: Request, /, *, status: int) -> None:
        """After a command, forget what was kept of its group."""
        operation = request.operation
        if operation is None or operation.method in _READS:
            return
        if request.refused_by in {"", "forward"} and not 400 <= status < 500:
            self._shelf.changed(f"{operation.product}.{operation.group}")

    def _key(self, request: Request, cached: Cached) -> Key:
        caller, operation = request.known, request.matched
        whose: object = request.consumer
        if cached.shared:
            whose = (tuple(sorted(caller.scopes)), tuple(sorted(caller.roles)), caller.tenant)
        else:
            whose = (whose, tuple(sorted(caller.scopes)))
        varied = tuple(request.fields.get(name.encode(), b"") for name in cached.vary)
        generation = self._shelf.generation(f"{operation.product}.{operation.group}")
        accept = request.fields.get(b"accept", b"")
        return (operation.name, request.version, request.target, request.query, whose, varied, accept, generation)


def _ready(stored: Stored, request: Request, cached: Cached, *, now: float, code: str) -> Ready:
    left = max(int(stored.until - now), 0)
    vary = ", ".join(("authorization", *cached.vary)).encode()
    headers: list[Pair] = [
        *stored.headers,
        (b"cache-control", b"private, max-age=%d" % left),
        (b"vary", vary),
        (b"age", b"%d" % (now - stored.at)),
    ]
    if _has(request.fields.get(b"if-none-match", b""), stored.etag):
        return Ready(code, status=304, headers=[pair for pair in headers if pair[0] != b"content-type"])
    return Ready(code, status=200, headers=headers, body=stored.body)


def _has(condition: bytes, etag: bytes) -> bool:
    if condition.strip() == b"*":
        return True
    return any(each.strip().removeprefix(b"W/") == etag.removeprefix(b"W/") for each in condition.split(b","))


async def _pass() -> Verdict:
    return None  # after a wait: a request decided without one is exchanged where no tap is heard
