"""One row of a report under the tenant's own names: strings for everything, and what is empty is not there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[\d:.]+)?(?:Z|[+-]\d{2}:\d{2})?")
_TRUE: Final = frozenset({"1", "true", "yes"})


class UnreadableError(ValueError):
    """A cell holds what is none of its kind; the message names the column and never the value."""


class Cells:
    """The cells of one row."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self._row = row

    def text(self, column: str) -> str | None:
        """What stands in a column; None where nothing does, or where there is no such column."""
        value = self._row.get(column) if column else None
        if value is None or isinstance(value, dict | list):
            return None
        return str(value).strip() or None

    def day(self, column: str) -> dt.date | None:
        """A date, which the vendor may write with an offset.

        Raises:
            UnreadableError: it is none.

        """
        text = self.text(column)
        found = _DATE.fullmatch(text) if text else None
        if text is None:
            return None
        try:
            return dt.date.fromisoformat(found.group(1) if found else "")
        except ValueError:
            raise UnreadableError(f"{column} is no date") from None

    def number(self, column: str) -> Decimal | None:
        """A decimal figure.

        Raises:
            UnreadableError: it is none.

        """
        text = self.text(column)
        if text is None:
            return None
        try:
            figure = Decimal(text)
        except InvalidOperation:
            raise UnreadableError(f"{column} is no figure") from None
        if not figure.is_finite():
            raise UnreadableError(f"{column} is no figure")
        return figure

    def flag(self, column: str) -> bool:
        """Whether a column says yes."""
        return (self.text(column) or "").lower() in _TRUE

    def group(self, column: str) -> list[Cells]:
        """The rows of a group, which come as an object when there is one."""
        value = self._row.get(column)
        rows = value if isinstance(value, list) else [value]
        return [Cells(row) for row in rows if isinstance(row, dict)]
