"""How the environment writes things: literals, addresses with the company in the key, days at noon."""

from __future__ import annotations

import datetime as dt
from typing import Final
from urllib.parse import quote

from contracts.problem import Kind, Problem

YES: Final = "Yes"
NO: Final = "No"
_ENUMS: Final = "Microsoft.Dynamics.DataEntities."
_SAFE: Final = "'"


def text(value: str) -> str:
    """Text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def member(enum: str, value: str) -> str:
    """A member of an enumeration as a literal; the environment takes no plain text for one."""
    return f"{_ENUMS}{enum}{text(value)}"


def keyed(entity_set: str, company: str, **key: str) -> str:
    """The address of one row: its company first, then the rest of the key."""
    parts = {"dataAreaId": company, **key}
    return f"{entity_set}({','.join(f'{name}={quote(text(value), safe=_SAFE)}' for name, value in parts.items())})"


def written_day(day: dt.date) -> str:
    """A day as the environment has it: noon in UTC, so that no time zone moves it."""
    return f"{day.isoformat()}T12:00:00Z"


def read_day(told: str) -> dt.date:
    """A day out of an answer.

    Raises:
        Problem: `unexpected`, when it is none.

    """
    try:
        return dt.date.fromisoformat(told[:10])
    except ValueError:
        detail = f"'{told}' is no day of the environment"
        raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail) from None
