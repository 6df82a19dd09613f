"""From an address of either version to what answers it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec

from .auth import Guest
from .errors import Refusal, unreadable
from .state import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below a version of the API."""

    method: str
    path: str
    version: int
    base: str
    guest: Guest
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def any_json(self) -> Any:
        """The body as whatever it is; raises the vendor's 400."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            raise unreadable() from None

    def json(self) -> dict[str, Any]:
        """The body as an object; raises the vendor's 400."""
        found = self.any_json()
        if not isinstance(found, dict):
            raise unreadable()
        return found

    def one(self, name: str, default: str = "") -> str:
        """A parameter that is given once."""
        return self.query.get(name, [default])[-1]

    def names(self, name: str) -> list[str]:
        """A parameter that lists names, by comma or by repetition."""
        return [part.strip() for value in self.query.get(name, []) for part in value.split(",") if part.strip()]

    def number(self, name: str, default: int, *, most: int) -> int:
        """A number that is cut down to the most there is, without a word."""
        text = self.one(name, str(default))
        if not text.isdigit():
            raise Refusal(400, f"The value '{text}' of {name} is not a number.")
        return min(int(text), most)

    def url(self, path: str) -> str:
        """An address of this site in this version."""
        return f"{self.base}/rest/api/{self.version}{path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body to be sent as JSON (None sends nothing), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Site, Call, tuple[str, ...]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `{}` stands for one segment."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> tuple[str, ...] | None:
        """The segments of a path that fits."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return tuple(unquote(part) for part in found.groups()) if found else None


def dispatch(site: Site, routes: tuple[Route, ...], call: Call) -> Answer | None:
    """Answer a call; None when nothing stands at its address."""
    known = False
    for route in routes:
        parts = route.match(call.path)
        if parts is not None:
            if route.method == call.method:
                return route.handler(site, call, parts)
            known = True
    if known:
        raise Refusal(405, body={"status-code": 405, "message": "HTTP 405 Method Not Allowed"})
    return None


def paged(call: Call, rows: list[Any], *, default: int = 50, most: int = 100) -> dict[str, Any]:
    """A page by `startAt`."""
    start, count = call.number("startAt", 0, most=1_000_000), call.number("maxResults", default, most=most)
    page: dict[str, Any] = {"startAt": start, "maxResults": count, "total": len(rows)}
    return page | {"isLast": start + count >= len(rows), "values": rows[start : start + count]}
