"""From an address to what answers it: one table, used by outside calls and by the parts of a composite."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from kit.sandbox.state import Sandbox

from .errors import Refusal, absent
from .query import Reading
from .rules import Rules
from .schema import Schema
from .state import Store

DECODER = msgspec.json.Decoder(float_hook=lambda text: text)  # figures stay as they were written


class Org:
    """Everything a call may touch."""

    def __init__(self, sandbox: Sandbox, schema: Schema, rules: Rules) -> None:
        self.store = Store(sandbox, schema, rules)
        self.reading = Reading(sandbox, self.store)
        self.daily_requests = 100_000
        self.requests_left = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below `/services/data/vNN.0`; `again` sends another through the same table."""

    method: str
    path: str
    version: str
    again: "Callable[[Call], Answer]"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as an object; raises JSON_PARSER_ERROR."""
        try:
            decoded = DECODER.decode(self.body)
        except msgspec.DecodeError as fault:
            raise Refusal(400, "JSON_PARSER_ERROR", f"{fault} at [line:1, column:1]") from None
        if not isinstance(decoded, dict):
            message = "Cannot deserialize instance of object out of START_ARRAY token at [line:1, column:1]"
            raise Refusal(400, "JSON_PARSER_ERROR", message)
        return decoded

    def inner(self, method: str, url: str, body: Any) -> "Call":
        """A call made inside this one; `url` may or may not begin with `/services/data/`."""
        path, _, query = url.removeprefix("/services/data").lstrip("/").partition("?")
        version, _, rest = path.partition("/")
        return Call(
            method=method,
            path=f"/{rest}",
            version=version,
            again=self.again,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers=self.headers,
            body=b"" if body is None else msgspec.json.encode(body),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body to be sent as JSON (None sends nothing), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Org, Call, tuple[str, ...]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `{}` stands for one segment, handed on decoded."""

    method: str
    path: str
    handler: Handler

    def match(self, path: str) -> tuple[str, ...] | None:
        """The segments of a path that fits."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return tuple(unquote(part) for part in found.groups()) if found else None


class Router:
    """Finds the first route that fits and turns refusals into answers."""

    def __init__(self, org: Org, routes: tuple[Route, ...]) -> None:
        self._org = org
        self._routes = routes

    def dispatch(self, call: Call) -> Answer:
        """Answer a call; never raises a Refusal."""
        try:
            return self._found(call)
        except Refusal as refusal:
            return Answer(refusal.status, refusal.body())

    def _found(self, call: Call) -> Answer:
        path = call.path.rstrip("/") or "/"
        allowed: list[str] = []
        for route in self._routes:
            parts = route.match(path)
            if parts is None:
                continue
            if route.method == call.method:
                return route.handler(self._org, call, parts)
            allowed.append(route.method)
        if not allowed:
            raise absent()
        message = f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(sorted(set(allowed)))}"
        raise Refusal(405, "METHOD_NOT_ALLOWED", message)
