"""One request and one answer, as every part of the site hands them on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .refusal import Refusal, bad, denied

Identity = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an application or a person, and whether they may write."""

    identity: Identity
    writes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below `/v1.0`. `host` is scheme and host as the caller sees them."""

    method: str
    path: str
    host: str
    actor: Actor
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def root(self) -> str:
        """The address of the version that was asked."""
        return f"{self.host}/v1.0"

    def json(self) -> dict[str, Any]:
        """The body as an object."""
        try:
            decoded = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise Refusal(400, "BadRequest", "Unable to read JSON request payload.") from None
        if not isinstance(decoded, dict):
            raise Refusal(400, "BadRequest", "Unable to read JSON request payload.")
        return decoded

    def top(self, *, default: int, most: int) -> int:
        """How many rows a page may have."""
        text = self.query.get("$top", "")
        if not text:
            return default
        if not text.isdigit() or int(text) < 1:
            raise bad("The value of $top is not valid.")
        return min(int(text), most)

    def wants(self, name: str) -> bool:
        """Whether a relation is asked for with its owner."""
        return name in self.query.get("$expand", "")

    def must_write(self) -> None:
        """Refuse who may only read."""
        if not self.actor.writes:
            raise denied()


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body (bytes as they are, None nothing, the rest as JSON), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
