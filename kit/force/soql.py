"""Questions with every value bound: nothing of a caller reaches a query unescaped."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.force.wire import columns

_ID: Final = re.compile(r"[A-Za-z0-9]{15,18}")
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)


def checked_id(value: str, *, noun: str) -> str:
    """The id, if it can be one.

    Raises:
        Problem: not_found; what cannot be an id names nothing.

    """
    if _ID.fullmatch(value) is None:
        raise Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has this id")
    return value


def literal(value: str | dt.datetime) -> str:
    """A value as SOQL writes it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"'{value.translate(_ESCAPES)}'"


def bound(text: str, **values: str | dt.datetime) -> str:
    """The text with each `{name}` replaced by its value as a literal."""
    return text.format(**{name: literal(value) for name, value in values.items()})


def select(kind: type[Struct], source: str, *, where: str = "", order: str = "", limit: int = 0) -> str:
    """A question whose fields are those of a struct."""
    return question(columns(kind), source, where=where, order=order, limit=limit)


def question(fields: str, source: str, *, where: str = "", order: str = "", limit: int = 0) -> str:
    """A question; `where` has its values bound already, and 0 is no limit."""
    parts = ["SELECT", fields, "FROM", source]
    parts += ["WHERE", where] if where else []
    parts += ["ORDER BY", order] if order else []
    parts += ["LIMIT", f"{limit:d}"] if limit else []
    return " ".join(parts)
