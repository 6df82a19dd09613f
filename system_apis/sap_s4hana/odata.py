"""How OData writes things: literals and addresses of both versions, days and moments of version 2."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from urllib.parse import quote

from contracts.problem import Kind, Problem

_TICKS: Final = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


def text(value: str) -> str:
    """Text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def guid(value: str) -> str:
    """An identifier as a literal of version 2."""
    return f"guid'{value}'"


def keyed(entity_set: str, **key: str) -> str:
    """The address of one row by its key; values are literals already."""
    if len(key) == 1:
        return f"{entity_set}({quote(next(iter(key.values())), safe=_SAFE)})"
    return f"{entity_set}({','.join(f'{name}={quote(value, safe=_SAFE)}' for name, value in key.items())})"


_SAFE: Final = "'"


def written_day(day: dt.date) -> str:
    """A day as version 2 has it in a body."""
    moment = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
    return f"/Date({(moment - _EPOCH) // _MILLISECOND})/"


def asked_day(day: dt.date) -> str:
    """A day as version 2 has it in a filter."""
    return f"datetime'{day.isoformat()}T00:00:00'"


def read_day(told: str) -> dt.date:
    """A day out of a body of version 2.

    Raises:
        Problem: `unexpected`, when it is none.

    """
    found = _TICKS.fullmatch(told)
    if found is None:
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", f"'{told}' is no day of S/4HANA")
    return (_EPOCH + int(found.group(1)) * _MILLISECOND).date()
