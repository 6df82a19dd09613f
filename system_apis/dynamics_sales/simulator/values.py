"""How values look on the wire, what a column takes, and how the vendor formats them for people to read."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from .refusal import Refusal, bad_payload
from .schema import Column, Table

_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST: Final = {"money": Decimal(922337203685477), "decimal": Decimal(100000000000)}
NUMBERS: Final = frozenset({"money", "base", "decimal", "integer", "bigint", "choice", "state", "status"})
CHOICES: Final = frozenset({"choice", "state", "status"})


def guid(value: object) -> str | None:
    """The id in lower case; None when it is none."""
    return value.lower() if isinstance(value, str) and _GUID.fullmatch(value) else None


def rendered(value: Any) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, dt.date) else value


def formatted(column: Column, value: Any, *, symbol: str = "") -> str | None:
    """The FormattedValue of a column that has one; lookups are named by whoever knows the rows."""
    if value is None:
        return None
    if column.type in CHOICES:
        return column.options.get(value)
    if column.type in {"money", "base"}:
        return f"{symbol}{value:,.2f}"
    if column.type == "decimal":
        return f"{value:,.{column.scale}f}"
    if column.type in {"integer", "bigint"}:
        return f"{value:,}"
    if column.type == "boolean":
        return "Yes" if value else "No"
    if column.type == "datetime":
        return f"{value:%m/%d/%Y %I:%M %p}"
    return f"{value:%m/%d/%Y}" if column.type == "date" else None


def coerced(table: Table, column: Column, value: Any) -> Any:
    """What is stored for a value sent; raises a Refusal when the column cannot hold it."""
    if value is None:
        return None
    if column.type in {"money", "decimal"}:
        return _decimal(table, column, value)
    if column.type in {"integer", "bigint"} or column.type in CHOICES:
        return _integer(table, column, value)
    if column.type == "boolean":
        return _checked(table, column, value, bool)
    if column.type == "date":
        return _date(table, column, value)
    if column.type == "id":
        found = guid(value)
        if found is None:
            raise _unfit(table, column, value, "Edm.Guid")
        return found
    return _text(table, column, value)


def _decimal(table: Table, column: Column, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _unfit(table, column, value, "Edm.Decimal")
    try:
        number = Decimal(value).quantize(Decimal(1).scaleb(-column.scale), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        number = _MOST[column.type] + 1
    if abs(number) > _MOST[column.type]:
        message = f"A validation error occurred. The value {value} of '{column.name}' is outside the valid range."
        raise Refusal(400, "0x80044332", message)
    return number


def _integer(table: Table, column: Column, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unfit(table, column, value, "Edm.Int32")
    if column.options and value not in column.options:
        message = (
            f"A validation error occurred.  The value {value} of '{column.name}' on record of type '{table.name}' "
            f"is outside the valid range. Accepted Values: {','.join(map(str, column.options))}"
        )
        raise Refusal(400, "0x8004431A", message)
    return value


def _date(table: Table, column: Column, value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _unfit(table, column, value, "Edm.Date") from None


def _text(table: Table, column: Column, value: Any) -> str:
    words = str(_checked(table, column, value, str))
    if column.length and len(words) > column.length:
        message = (
            f"A validation error occurred. The length of the '{column.name}' attribute of the '{table.name}' entity "
            f"exceeded the maximum allowed length of '{column.length}'."
        )
        raise Refusal(400, "0x80044331", message)
    return words


def _checked(table: Table, column: Column, value: Any, kind: type) -> Any:
    if isinstance(value, kind):
        return value
    raise _unfit(table, column, value, "Edm.Boolean" if kind is bool else "Edm.String")


def _unfit(table: Table, column: Column, value: Any, kind: str) -> Refusal:
    reason = f"InnerException : Cannot convert the literal '{value}' of '{column.name}' to the expected type '{kind}'."
    return bad_payload(table.plural, reason)
