"""Several requests in one: at most twenty, each counted and refused by itself, answered in any order."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from .call import Answer, Call
from .refusal import Refusal
from .state import Site

_MOST: Final = 20


def answer(site: Site, call: Call, *, one: Callable[[Call], Answer]) -> Answer:
    """The answers to all parts; the whole says 200 whatever happened to them."""
    parts = call.json().get("requests")
    if not isinstance(parts, list) or not parts:
        raise Refusal(400, "BadRequest", "Invalid batch payload format.")
    if len(parts) > _MOST:
        raise Refusal(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {_MOST}.")
    ids = [str(part.get("id", "")) for part in parts]
    if "" in ids or len(set(ids)) != len(ids):
        raise Refusal(400, "BadRequest", "Every request needs an id of its own.")
    told = [_told(part_id, one(_inner(call, part))) for part_id, part in zip(ids, parts, strict=True)]
    site.sandbox.random.shuffle(told)
    return Answer(200, {"responses": told})


def _inner(call: Call, part: dict[str, Any]) -> Call:
    path, _, query = str(part.get("url", "")).partition("?")
    body = part.get("body")
    return replace(
        call,
        method=str(part.get("method", "")).upper(),
        path=unquote(f"/{path.lstrip('/')}"),
        query=dict(parse_qsl(query, keep_blank_values=True)),
        headers={str(name).lower(): str(value) for name, value in part.get("headers", {}).items()},
        body=b"" if body is None else msgspec.json.encode(body),
    )


def _told(part_id: str, given: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"id": part_id, "status": given.status, "headers": dict(given.headers)}
    if given.body is not None:
        told["headers"] |= {"Content-Type": "application/json"}
        told["body"] = given.body
    return told
