"""Tables to take away as CSV (RFC 4180); no cell of it is ever a formula, whatever somebody typed into a system.

A spreadsheet takes a cell that begins with = + - @, a tab or a carriage return for something to run. Such a text gets
an apostrophe in front, by which spreadsheets know plain text; a number stays a number.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, TypeAlias

Cell: TypeAlias = str | int | Decimal | dt.datetime | None
_BEGINS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_MARK: Final = "\ufeff"


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table in UTF-8 with a byte order mark, by which spreadsheets know the encoding."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow([harmless(name) for name in header])
    for row in rows:
        writer.writerow([harmless(_text(cell)) for cell in row])
    return (_MARK + out.getvalue()).encode()


def harmless(text: str) -> str:
    """The text as it may stand in a cell."""
    bare = text.lstrip(" \N{NO-BREAK SPACE}")
    if bare.startswith(_BEGINS) and not _NUMBER.fullmatch(bare):
        return f"'{text}"
    return text


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return cell.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
