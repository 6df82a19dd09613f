"""What a client may send: JSON, or a Rails form with brackets; anything else is 400."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.refused import malformed

_KEYS: Final = re.compile(r"\[([^\]]*)\]")


def sent(body: bytes, content_type: str) -> dict[str, Any]:
    """The body as nested maps."""
    if not body:
        return {}
    if content_type.startswith("application/x-www-form-urlencoded"):
        return form(body.decode())
    try:
        read = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise malformed("The request body is not valid JSON") from None
    if not isinstance(read, dict):
        raise malformed("The request body must be an object")
    return read


def wrapped(collection: Collection, read: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The objects in a body, and whether they came as a bulk: `{"story": {}}` or `{"stories": [{}]}`."""
    if isinstance(read.get(collection.name), list):
        items, bulk = read[collection.name], True
    else:
        items, bulk = [read.get(collection.singular)], False
    if not items or any(not isinstance(item, dict) for item in items):
        raise malformed(f"param is missing or the value is empty: {collection.singular}")
    if len(items) > 200:
        raise malformed("No more than 200 objects at once")
    return items, bulk


def form(text: str) -> dict[str, Any]:
    """Read `story[title]=A&story[assignee_ids][]=1` as Rails does."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [name.split("[", 1)[0], *_KEYS.findall(name)]
        _put(tree, keys, value)
    return tree


def _put(tree: dict[str, Any], keys: list[str], value: str) -> None:
    head, rest = keys[0], keys[1:]
    if not rest:
        tree[head] = value
    elif rest[0] == "":
        items = tree.setdefault(head, [])
        if len(rest) == 1:
            items.append(value)
            return
        if not items or rest[1] in items[-1]:
            items.append({})
        _put(items[-1], rest[1:], value)
    else:
        branch = tree.setdefault(head, {})
        if not isinstance(branch, dict):
            raise malformed(f"{head} is given twice, in two shapes")
        _put(branch, rest, value)
