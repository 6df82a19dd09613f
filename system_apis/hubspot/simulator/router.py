"""From an address of either family to what answers it: dated versions and numbered ones lead to one table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from kit.sandbox import Sandbox

from .errors import Refusal, no_page, unreadable
from .state import Store

DATES: Final = ("2025-09", "2026-03", "2026-09")
_ENDED_NEXT: Final = frozenset({"2025-09"})
_FAMILIES: Final = (
    (r"/crm/v4/objects/([^/]+/[^/]+/associations/.+)", "/objects/{}"),
    (r"/crm/v3/objects/(.+)", "/objects/{}"),
    (r"/crm/v4/associations/(.+)", "/associations/{}"),
    (r"/crm/v3/(properties|pipelines|owners)(/.*)?", "/{}{}"),
    (r"/crm/v3/schemas(/.*)?", "/schemas{}"),
    (r"/account-info/v3/details", "/account-info/details"),
)
_DATED: Final = (
    (r"/crm/(objects|associations|properties|pipelines|owners)/DATE(/.*)?", "/{}{}"),
    (r"/account-info/DATE/details", "/account-info/details"),
)


class Account:
    """Everything a call may touch."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.store = Store(sandbox)
        self.owners: dict[str, dict[str, Any]] = {}
        self.currency = "EUR"
        self.next_release = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request below a version of the API."""

    method: str
    path: str
    address: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as an object; raises the vendor's 400."""
        decoded = self.any_json()
        if not isinstance(decoded, dict):
            raise unreadable("Cannot deserialize value of type object from Array value (token `START_ARRAY`)")
        return decoded

    def any_json(self) -> Any:
        """The body as whatever it is; raises the vendor's 400."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError as fault:
            raise unreadable(str(fault)) from None

    def inputs(self, *, most: int) -> list[dict[str, Any]]:
        """The inputs of a batch; raises the vendor's 400 when they are none or too many."""
        found = self.json().get("inputs")
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise unreadable("Some required fields were not set: [inputs]")
        if len(found) > most:
            message = f"The maximum number of inputs supported in a batch request is {most}, received {len(found)}."
            raise Refusal(400, message, category="VALIDATION_ERROR")
        return found

    def one(self, name: str, default: str = "") -> str:
        """A parameter that is given once."""
        return self.query.get(name, [default])[-1]

    def names(self, name: str) -> tuple[str, ...]:
        """A parameter that lists names, by comma or by repetition."""
        return tuple(part for value in self.query.get(name, []) for part in value.split(",") if part)

    def limit(self, *, default: int, most: int) -> int:
        """How many rows a page may have; raises the vendor's 400."""
        text = self.one("limit", str(default))
        if not text.isdigit() or not 0 < int(text) <= most:
            raise Refusal(400, f"limit must be between 1 and {most}", category="VALIDATION_ERROR")
        return int(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body to be sent as JSON (None sends nothing), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Account, Call, tuple[str, ...]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path; `{}` stands for one segment. `needs` is what the scope of the first one must allow."""

    method: str
    path: str
    handler: Handler
    needs: str = ""

    def match(self, path: str) -> tuple[str, ...] | None:
        """The segments of a path that fits."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path)
        return tuple(unquote(part) for part in found.groups()) if found else None


def canonical(path: str, *, next_release: bool) -> str:
    """The address within a version, whichever family names it; raises a page of HTML for a version that is not."""
    dates = [date for date in DATES if not (next_release and date in _ENDED_NEXT)]
    dated = "(?:" + "|".join(dates) + ")"
    families = [(pattern.replace("DATE", dated), target) for pattern, target in _DATED]
    if not next_release:
        families = [*_FAMILIES, *families]
    for pattern, target in families:
        found = re.fullmatch(pattern, path)
        if found:
            return target.format(*(part or "" for part in found.groups())).rstrip("/")
    raise no_page()


class Router:
    """Finds the route that fits."""

    def __init__(self, account: Account, routes: tuple[Route, ...]) -> None:
        self._account = account
        self._routes = routes

    def dispatch(self, call: Call, *, scopes: frozenset[str] | None) -> Answer:
        """Answer a call of somebody with these scopes; None stands for all of them."""
        allowed: list[str] = []
        for route in self._routes:
            parts = route.match(call.path)
            if parts is None:
                continue
            if route.method == call.method:
                self._check(route, parts, scopes)
                return route.handler(self._account, call, parts)
            allowed.append(route.method)
        if allowed:
            raise Refusal(405, f"Method not allowed. Allowed: {', '.join(allowed)}")
        raise no_page()

    def _check(self, route: Route, parts: tuple[str, ...], scopes: frozenset[str] | None) -> None:
        if scopes is None or not route.needs:
            return
        kind = self._account.store.schema.kind(parts[0])
        wanted = f"crm.objects.{kind.scope}.{route.needs}"
        if wanted not in scopes:
            message = "One or more of the following scopes are required."
            raise Refusal(403, message, category="MISSING_SCOPES", context={"requiredGranularScopes": [wanted]})
