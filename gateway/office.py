"""What the gateway says of itself under /_gateway/: status, health, published documents; refuses the rest with 404.

The developer portal will stand here too, as an application of its own beside the data plane.
"""

from __future__ import annotations

from typing import Final

import msgspec

from contracts.problem import Kind, Problem
from gateway.answer import Send, answer_json
from gateway.chain import Door
from kit.clock import Clock
from kit.door.policy import Request

PREFIX: Final = b"/_gateway/"
_DOCUMENTS: Final = "openapi/"


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

    def __init__(self, *, clock: Clock, shadowed: tuple[str, ...]) -> None:
        self._clock = clock
        self._shadowed = list(shadowed)

    async def __call__(self, request: Request, send: Send, *, door: Door, refused: str) -> Problem | None:
        """Answer, or give the problem that is to be answered."""
        if request.method not in {"GET", "HEAD"}:
            request.answer.append((b"allow", b"GET, HEAD"))
            return Problem(Kind.UNSUPPORTED, "office.method_unknown", "offered here: GET, HEAD", status=405)
        document = self._document(request.target.removeprefix(PREFIX).decode("ascii", "replace"), door, refused)
        if document is None:
            return Problem(Kind.NOT_FOUND, "office.path_unknown", "the gateway has nothing here")
        await answer_json(document, request=request, send=send)
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
