"""Refuses to run one command twice: 409 while it is under way, 422 for another command under the same key.

A command that has ended is answered again from what was kept, with `Idempotency-Replayed: true`. Nothing is kept of
what may end otherwise the next time: failures of a server, conflicts, refusals that pass by themselves; nor of what
its tier lets nobody store. The key belongs to one consumer and one operation. This spares the tiers; the promise
itself is kept by their ledger.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable
from typing import ClassVar, Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.door.policy import Ready, Request, Verdict
from kit.door.replays import Claim, Kept, LocalReplays, Replays
from kit.door.tapping import Collected

_COMMANDS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PASSING: Final = frozenset({401, 403, 408, 409, 412, 423, 425, 428, 429})
_HEADERS: Final = frozenset({b"content-type", b"etag", b"location", b"link", b"content-language", b"last-modified"})
_REPLAYED: Final = (b"idempotency-replayed", b"true")
_NO_STORE: Final = (b"cache-control", b"no-store")


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long answers are kept, and which."""

    keep_s: float = 86_400.0
    """Seconds for which a key stands for its answer; published, since consumers have to know."""
    body_bytes: int = 65_536
    """The longest answer that is kept; the command of a longer one reaches the tier again, which knows its key."""
    margin_s: float = 5.0
    """Added to the deadline of an operation: after that a command nobody ended may be sent again."""


class _Run(Collected):
    """A command on its way."""

    def __init__(self, request: Request, *, limit_bytes: int, key: str, fingerprint: str, store: Replays) -> None:
        super().__init__(request, limit_bytes=limit_bytes)
        self.key = key
        self.fingerprint = fingerprint
        self.store = store


class Replay:
    """Claims the key, and settles it when the answer has gone by."""

    needs: ClassVar[tuple[str, ...]] = ("caller", "operation", "fields", "body")
    gives: ClassVar[tuple[str, ...]] = ()

    def __init__(self, config: Config, *, replays: Replays, local: Replays) -> None:
        """Keep in `replays`, and in `local` while that is away."""
        self._config = config
        self._replays = replays
        self._local = local
        self._settling: set[asyncio.Task[None]] = set()

    def __call__(self, request: Request, /) -> Verdict | Awaitable[Verdict]:
        """Claim the key of a command that has one."""
        key = request.fields.get(b"idempotency-key")
        if key is None or request.method not in _COMMANDS or request.body is None:
            return None
        name, fingerprint = _name(request, key.strip(b'"')), _fingerprint(request)
        lease_s = request.matched.deadline_s + self._config.margin_s
        if isinstance(self._replays, LocalReplays):
            claim = self._replays.claimed(name, fingerprint=fingerprint, lease_s=lease_s)
            return self._decided(request, claim, key=name, fingerprint=fingerprint, store=self._replays)
        return self._claimed(request, name, fingerprint, lease_s)

    def ended(self, request: Request, /, *, status: int) -> None:
        """Keep the answer, or let the key be claimed again."""
        run = request.tap
        if not isinstance(run, _Run):
            return
        kept = None
        good = request.code == "ok" and run.is_whole and status < 500 and status not in _PASSING
        if good and not any(name == b"set-cookie" or (name, value) == _NO_STORE for name, value in run.headers):
            headers = run.kept_headers(_HEADERS)
            kept = Kept(fingerprint=run.fingerprint, status=status, headers=headers, body=run.body)
        if isinstance(run.store, LocalReplays):
            run.store.settled(run.key, kept, keep_s=self._config.keep_s)
            return
        task = asyncio.get_running_loop().create_task(self._settled(run, kept))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _claimed(self, request: Request, name: str, fingerprint: str, lease_s: float) -> Verdict:
        store = self._replays
        try:
            claim = await store.claim(name, fingerprint=fingerprint, lease_s=lease_s)
        except Exception:  # noqa: BLE001 - whatever ails the store: the tier knows the key as well
            store = self._local
            claim = await store.claim(name, fingerprint=fingerprint, lease_s=lease_s)
        return self._decided(request, claim, key=name, fingerprint=fingerprint, store=store)

    def _decided(self, request: Request, claim: Claim, *, key: str, fingerprint: str, store: Replays) -> Verdict:
        if claim == "new":
            limit = self._config.body_bytes
            request.tap = _Run(request, limit_bytes=limit, key=key, fingerprint=fingerprint, store=store)
            return None
        if claim.fingerprint != fingerprint:
            return Problem(Kind.INVALID, "replay.other_command", "this key stands for another command", status=422)
        if not claim.status:
            detail = "the command with this key is under way"
            return Problem(Kind.CONFLICT, "replay.in_flight", detail, status=409, retry_after_s=1.0)
        return Ready("replay.answered", status=claim.status, headers=(*claim.headers, _REPLAYED), body=claim.body)

    async def _settled(self, run: _Run, kept: Kept | None) -> None:
        try:
            if kept is None:
                await run.store.release(run.key)
            else:
                await run.store.settle(run.key, kept, keep_s=self._config.keep_s)
        except Exception:  # noqa: BLE001 - the claim lapses by itself, and the tier knows the key
            return


def _name(request: Request, key: bytes) -> str:
    parts = (request.consumer.encode(), request.matched.name.encode(), request.version.encode(), key)
    return hashlib.sha256(b"\x00".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def _fingerprint(request: Request) -> str:
    fields = [request.fields.get(name, b"") for name in (b"content-type", b"if-match")]
    parts = (request.method.encode(), request.target, request.query, *fields, request.body or b"")
    return hashlib.sha256(b"\x00".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()
