"""Reads parameters and JSON as strictly as a contract means them; refuses what two readers could read differently."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,98})")  # beyond 64 bits as well: whether it is too much, bounds say
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,18})(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")


class Unreadable(Exception):
    """The text is not JSON, or not the same JSON to everybody; the message says why, and repeats nothing of it."""


def json_document(text: bytes) -> Any:
    """What the text says.

    Raises:
        Unreadable: no JSON, no UTF-8, a member named twice, NaN or Infinity.

    """
    try:
        document = msgspec.json.decode(text)
        if b"\\" not in text and msgspec.json.encode(document).count(b":") == text.count(b":"):
            return document  # as many colons as before: no member was lost to another of the same name
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass  # the slow reader says what is wrong, if anything
    return _slowly(text)


def query_values(query: bytes) -> dict[str, list[str]]:
    """Each parameter with all the values given for it."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("ascii"), keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return values


def coerced(raw: str, *, types: Collection[str]) -> Any:
    """The value in the first JSON type that fits; the text itself, where none does."""
    if "integer" in types and _INTEGER.fullmatch(raw):
        return int(raw)
    if "number" in types and _NUMBER.fullmatch(raw):
        return float(raw)
    if "boolean" in types and raw in {"true", "false"}:
        return raw == "true"
    if raw == "" and "null" in types and "string" not in types:
        return None
    return raw


def _slowly(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), object_pairs_hook=_members, parse_constant=_constant)
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    except json.JSONDecodeError as fault:
        raise Unreadable(f"no JSON at line {fault.lineno}, column {fault.colno}") from None
    except ValueError:
        raise Unreadable("a number is too long") from None
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Unreadable("a member is named twice in one object")
    return members


def _constant(name: str) -> Any:
    raise Unreadable(f"{name} is no JSON number")
