"""What the gateway says of itself under /_gateway/, and where it is told what to offer; refuses the rest with 404.

Status, health and published documents are for anyone who can reach it; who uses what, the facts of the snapshot and
its change want a token with the scope `gateway:read` or `gateway:apply`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from contracts.problem import Kind, Problem
from gateway.answer import Send, answer_json
from gateway.chain import Door
from gateway.facts import facts_of
from gateway.snapshot import SnapshotRefused
from kit.clock import Clock
from kit.door.meter import Usage
from kit.door.policy import Request

PREFIX: Final = b"/_gateway/"
_DOCUMENTS: Final = "openapi/"
_ROUTES_BYTES: Final = 1_048_576
_READS: Final = {"facts": "gateway:read", "routes": "gateway:read", "usage": "gateway:read"}
_WRITES: Final = {"apply": "gateway:apply", "reload": "gateway:apply"}

_JSON: Final = "application/json"
_MEDIA: Final = {"routes": "application/toml"}

Apply = Callable[[str], Awaitable[str]]
Reload = Callable[[], Awaitable[str]]
Usages = Callable[[], list[Usage]]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Which snapshot is served; `refused` is why the newest one is not, empty when it is."""

    hash: str
    compiled_at: str
    age_s: float
    operations: int
    shadowed: list[str]
    refused: str


class Office:
    """Answers for the gateway, never for a tier."""

    def __init__(self, *, clock: Clock, shadowed: tuple[str, ...], apply: Apply, reload: Reload, usage: Usages) -> None:
        self._clock = clock
        self._shadowed = list(shadowed)
        self._apply = apply
        self._reload = reload
        self._usage = usage

    async def __call__(self, request: Request, send: Send, *, door: Door, refused: str) -> Problem | None:
        """Answer, or give the problem that is to be answered."""
        name = request.target.removeprefix(PREFIX).decode("ascii", "replace")
        if name in _WRITES:
            return await self._changed(name, request, send, door)
        if request.method not in {"GET", "HEAD"}:
            return _wrong_method(request, "GET, HEAD")
        if name in _READS:
            problem = await _admitted(request, door, scope=_READS[name])
            if problem is not None:
                return problem
            await answer_json(self._read(name, door), request=request, send=send, media=_MEDIA.get(name, _JSON))
            return None
        document = self._document(name, door, refused)
        if document is None:
            return Problem(Kind.NOT_FOUND, "office.path_unknown", "the gateway has nothing here")
        await answer_json(document, request=request, send=send)
        return None

    def _read(self, name: str, door: Door) -> bytes:
        if name == "routes":
            return door.snapshot.routes.encode()
        return msgspec.json.encode(facts_of(door.snapshot) if name == "facts" else self._usage())

    async def _changed(self, name: str, request: Request, send: Send, door: Door) -> Problem | None:
        if request.method != "POST":
            return _wrong_method(request, "POST")
        problem = await _admitted(request, door, scope=_WRITES[name])
        if problem is not None:
            return problem
        try:
            taken = await (self._reload() if name == "reload" else self._apply(await _text(request)))
        except SnapshotRefused as fault:
            hint = "nothing was changed; the last good snapshot is served"
            return Problem(Kind.INVALID, "office.snapshot_refused", str(fault), status=422, hint=hint)
        except ValueError as fault:
            return Problem(Kind.INVALID, "office.body", str(fault), status=400)
        await answer_json(msgspec.json.encode({"hash": taken}), request=request, send=send)
        return None

    def _document(self, name: str, door: Door, refused: str) -> bytes | None:
        if name == "health":
            return b'{"status":"ok"}'
        if name == "status":
            return msgspec.json.encode(self._status(door, refused))
        if name.startswith(_DOCUMENTS) and name.endswith(".json"):
            return door.snapshot.documents.get(name.removeprefix(_DOCUMENTS).removesuffix(".json"))
        return None

    def _status(self, door: Door, refused: str) -> Status:
        snapshot = door.snapshot
        return Status(
            hash=snapshot.hash,
            compiled_at=snapshot.compiled_at.isoformat(),
            age_s=(self._clock.now() - snapshot.compiled_at).total_seconds(),
            operations=len(snapshot.operations),
            shadowed=self._shadowed,
            refused=refused,
        )


async def _admitted(request: Request, door: Door, *, scope: str) -> Problem | None:
    verdict = door.admission.decide(request)
    verdict = verdict if verdict is None or isinstance(verdict, Problem) else await verdict
    if verdict is not None:
        return verdict
    if request.known.may(scope):
        return None
    return Problem(Kind.FORBIDDEN, "office.scope_missing", f"the token lacks: {scope}")


async def _text(request: Request) -> str:
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ValueError("the body broke off")
        body += message.get("body", b"")
        if len(body) > _ROUTES_BYTES:
            raise ValueError(f"routes may have {_ROUTES_BYTES} bytes")
        if not message.get("more_body", False):
            return body.decode()


def _wrong_method(request: Request, allowed: str) -> Problem:
    request.answer.append((b"allow", allowed.encode()))
    return Problem(Kind.UNSUPPORTED, "office.method_unknown", f"offered here: {allowed}", status=405)
