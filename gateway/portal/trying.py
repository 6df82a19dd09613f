"""Tries an operation against the sandbox in the name of whoever is signed in; refuses paths that are not its own."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import httpx

from contracts.problem import Kind, Problem
from gateway.identity import Identity
from gateway.portal.catalogue import Entry
from kit.caller import Caller

_TOKEN_S: Final = 60
_SHOWN_CHARS: Final = 20_000
_SHOWN: Final = ("content-type", "etag", "ratelimit", "ratelimit-policy", "retry-after", "x-trace-id", "x-request-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it."""

    line: str
    status: int
    ms: float
    headers: tuple[tuple[str, str], ...]
    body: str
    curl: str


class Trying:
    """Calls as any consumer would: through the door, with a token of one minute."""

    def __init__(self, identity: Identity, *, http: httpx.AsyncClient, shown_base: str) -> None:
        self._identity = identity
        self._http = http
        self._shown_base = shown_base

    async def run(self, entry: Entry, fields: Mapping[str, list[str]], caller: Caller) -> Tried:
        """Call it with the values of a form.

        Raises:
            Problem: a value in the path is missing.

        """
        values = {name: sent[0] for name, sent in fields.items() if sent and sent[0] != ""}
        target, headers = _filled(entry, values)
        body = values.get("body", "") if entry.body is not None else ""
        if body:
            headers["content-type"] = "application/json"
        token = self._identity.issued.mint(caller, scopes=caller.scopes, lifetime_s=_TOKEN_S)
        sent = {**headers, "authorization": f"Bearer {token}"}
        began = time.monotonic()
        answer = await self._http.request(entry.method, target, headers=sent, content=body.encode() or None)
        shown = tuple((name, answer.headers[name]) for name in _SHOWN if name in answer.headers)
        return Tried(
            line=f"{entry.method} {target}",
            status=answer.status_code,
            ms=round((time.monotonic() - began) * 1000, 1),
            headers=shown,
            body=_pretty(answer),
            curl=_curl(entry, f"{self._shown_base}{target}", headers, body),
        )


def _filled(entry: Entry, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    path, query, headers = entry.path, [], {}
    for parameter in entry.parameters:
        name = str(parameter["name"])
        value = values.get(f"{parameter['in']}.{name}")
        if parameter["in"] == "path":
            if value is None:
                raise Problem(Kind.INVALID, "portal.value_missing", f"{name} is part of the path")
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif value is not None and parameter["in"] == "query":
            query.append((name, value))
        elif value is not None:
            headers[name.lower()] = value.replace("\r", "").replace("\n", "")
    return path + (f"?{urlencode(query)}" if query else ""), headers


def _pretty(answer: httpx.Response) -> str:
    try:
        text = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    except ValueError:
        text = answer.text
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "\n…"


def _curl(entry: Entry, url: str, headers: Mapping[str, Any], body: str) -> str:
    parts = ["curl", "-X", entry.method, url, "-H", "Authorization: Bearer $TOKEN"]
    for name, value in headers.items():
        parts += ["-H", f"{name}: {value}"]
    if body:
        parts += ["--data", body]
    return " ".join(shlex.quote(part) for part in parts).replace(
        "'Authorization: Bearer $TOKEN'", '"Authorization: Bearer $TOKEN"'
    )
