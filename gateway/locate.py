"""Finds the line a refusal is about, in routes.toml and in a published document; gives 0 where it cannot say."""

from __future__ import annotations

import re
from typing import Final

_TOML_LINE: Final = re.compile(r"at line (\d+)")
_FIELD: Final = re.compile(r"field `(\w+)`")
_AT: Final = re.compile(r"at `\$((?:\.\w+|\[[^\]]*\])+)`")
_TABLE: Final = re.compile(r"\s*\[\[?\s*([\w.]+)\s*\]\]?")
_OPERATION: Final = re.compile(r"(?:GET|PUT|POST|DELETE|PATCH) (/\S*)")


def toml_line(reason: str) -> int:
    """The line a TOML parser complains of."""
    found = _TOML_LINE.search(reason)
    return int(found[1]) if found else 0


def product_line(text: str, product: int, *, reason: str = "", key: str = "", table: str = "product") -> int:
    """The line of a key of the n-th product, of the key a validator complains of, or else of the product.

    `table` names another list than that of products.
    """
    wanted = key or _named(reason)
    inside, number, header = False, -1, 0
    for line, content in enumerate(text.splitlines(), start=1):
        named = _TABLE.fullmatch(content.split("#", 1)[0].rstrip())
        if named and named[1] == table:
            number += 1
            inside = number == product
            header = line if inside else header
        elif inside and wanted and re.match(rf"\s*{re.escape(wanted)}\s*=", content):
            return line
    return header


def document_line(text: str, reason: str) -> int:
    """The line of the path a refusal names."""
    found = _OPERATION.search(reason)
    if not found:
        return 0
    quoted = f'"{found[1].rstrip(":")}"'
    for line, content in enumerate(text.splitlines(), start=1):
        if quoted in content:
            return line
    return 0


def _named(reason: str) -> str:
    field, path = _FIELD.search(reason), _AT.search(reason)
    if field:
        return field[1]
    return path[1].rsplit(".", 1)[-1].split("[")[0] if path else ""
