"""One request and one answer, as every part of the environment hands them on."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from kit.sandbox import Sandbox

from .refusal import Refusal, bad_payload
from .state import Store

DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
_MOST_KEPT: Final = 1000
_PREFERENCE: Final = re.compile(r"\s*([\w.-]+)(?:\s*=\s*(\"[^\"]*\"|[^,\s]*))?\s*(?:,|$)")


@dataclass(slots=True)
class Environment:
    """Everything a call may touch. `root` is the address of the Web API as its callers see it."""

    sandbox: Sandbox
    store: Store
    cursors: dict[str, Any] = field(default_factory=dict)
    duplicate_rules: dict[str, list[str]] = field(default_factory=dict)
    organization: str = "7d5a0000-0000-4000-8000-00000000000a"
    tags: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_KEPT))

    def keep(self, cookie: str, cursor: Any) -> None:
        """Remember what is left of a query; the oldest is forgotten when there are too many."""
        self.cursors[cookie] = cursor
        if len(self.cursors) > _MOST_KEPT:
            del self.cursors[next(iter(self.cursors))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below `/api/data/v9.2`; `again` sends another through the same table."""

    method: str
    path: str
    root: str
    user: str
    again: "Callable[[Call], Answer]"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self, table: str) -> dict[str, Any]:
        """The body as an object; figures come as they were written."""
        try:
            decoded = DECODER.decode(self.body)
        except msgspec.DecodeError as fault:
            raise bad_payload(table, f"InnerException : {fault}") from None
        if not isinstance(decoded, dict):
            raise bad_payload(table, "InnerException : the payload is no object.")
        return decoded

    @property
    def preferences(self) -> dict[str, str]:
        """What the caller prefers, by name."""
        text = self.headers.get("prefer", "")
        return {name: value.strip('"') for name, value in _PREFERENCE.findall(text)}

    @property
    def annotations(self) -> str:
        """Which annotations are asked for: `*`, a list of names, or nothing."""
        return self.preferences.get("odata.include-annotations", "")

    def inner(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes) -> "Call":
        """A call made inside this one; `target` may be whole, absolute in the host, or relative to the API."""
        path, _, query = target.partition("?")
        path = re.sub(r"^(?:https?://[^/]+)?/api/data/v9\.\d/", "", path)
        return replace(
            self,
            method=method,
            path=path.lstrip("/"),
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=dict(headers),
            body=body,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body (bytes as they are, None nothing, the rest as JSON), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(refusal: Refusal, call: Call) -> Answer:
    """The answer that says no."""
    return Answer(refusal.status, refusal.body(annotated="*" in call.annotations), refusal.headers)
