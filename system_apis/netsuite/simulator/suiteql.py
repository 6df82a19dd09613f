"""SuiteQL: read-only SQL over the account's records; every value comes back as a string, nulls not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from system_apis.netsuite.simulator import ledger
from system_apis.netsuite.simulator.refusal import Refusal
from system_apis.netsuite.simulator.schema import Field, Kind
from system_apis.netsuite.simulator.state import Account, Record

MAX_ROWS: Final = 100_000
_DAY: Final = "\x01"  # marks a day inside the engine, so that it is written in the account's format on the way out
_FORMATS: Final = {"M/D/YYYY": "{m}/{d}/{y}", "YYYY-MM-DD": "{y}-{m:02}-{d:02}", "DD/MM/YYYY": "{d:02}/{m:02}/{y}"}
_FETCH: Final = re.compile(r"\bFETCH\s+(?:FIRST|NEXT)\s+(\d+)\s+ROWS?\s+ONLY\b", re.IGNORECASE)
_WORD: Final = re.compile(r'(?<!")\btransaction\b(?!")', re.IGNORECASE)  # a keyword here, a table there
_NAME: Final = re.compile(r"\w+")
_TEXTS: Final = re.compile(r"'(?:[^']|'')*'")


def rows(account: Account, query: str) -> list[dict[str, Any]]:
    """Run a query; without an ORDER BY the rows come in no order at all."""
    statement = _checked(query)
    with contextlib.closing(_engine(account, statement)) as engine:
        try:
            cursor = engine.execute(statement)
            found = cursor.fetchmany(MAX_ROWS)
        except sqlite3.Error as fault:
            raise _bad(str(fault)) from None
        names = [column[0].lower() for column in cursor.description]
    shown = [_row(account, names, row) for row in found]
    if not re.search(r"\bORDER\s+BY\b", _TEXTS.sub("''", statement), re.IGNORECASE):
        account.world.random.shuffle(shown)
    return shown


def day_shown(day: dt.date, date_format: str) -> str:
    """A day as the account's preferences write it."""
    return _FORMATS[date_format].format(y=day.year, m=day.month, d=day.day)


def _checked(query: str) -> str:
    bare = _TEXTS.sub("''", query)
    if not re.match(r"\s*(SELECT|WITH)\b", bare, re.IGNORECASE) or ";" in bare:
        raise _bad("only a single SELECT is allowed")
    if re.search(r"\bLIMIT\b", bare, re.IGNORECASE):
        raise _bad("LIMIT is not supported, use the limit and offset parameters of the request")
    return _outside_texts(query, lambda part: _FETCH.sub(r"LIMIT \1", _WORD.sub('"transaction"', part)))


def _outside_texts(query: str, change: Callable[[str], str]) -> str:
    texts = [*_TEXTS.findall(query), ""]
    return "".join(change(part) + text for part, text in zip(_TEXTS.split(query), texts, strict=True))


def _row(account: Account, names: list[str], row: Iterable[Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"links": []}
    for name, value in zip(names, row, strict=True):
        if value is None:
            continue
        if isinstance(value, str) and value.startswith(_DAY):
            day = dt.datetime.fromisoformat(value[1:]).date()
            shown[name] = day_shown(day, account.settings.date_format)
        else:
            shown[name] = str(value)
    return shown


def _engine(account: Account, statement: str) -> sqlite3.Connection:
    """An engine with every table; only those that the statement names are filled."""
    named = {word.lower() for word in _NAME.findall(statement)}
    engine = sqlite3.connect(":memory:")
    engine.create_collation("AMOUNT", _compare_amounts)
    engine.create_aggregate("SUM", 1, _Sum)  # type: ignore[arg-type]  # the stub wants step(int); ours takes any value
    engine.create_function("TO_DATE", 2, _to_date, deterministic=True)
    engine.create_function("TO_CHAR", 2, _to_char, deterministic=True)
    engine.create_function("NVL", 2, lambda value, other: other if value is None else value, deterministic=True)
    tables: dict[str, list[str]] = {}
    for kind in account.types.values():
        columns = tables.setdefault(kind.table, ["id INTEGER", "externalid TEXT", "type TEXT", "recordtype TEXT"])
        known = {column.split()[0] for column in columns}
        fresh = [_column(one) for one in kind.fields.values() if one.kind not in {Kind.SUBLIST, Kind.SUBRECORD}]
        columns.extend(column for column in fresh if column.split()[0] not in known)
    tables["transaction"].extend(ledger.HEAD_COLUMNS)
    tables["transactionline"] = ledger.line_columns(account)
    for table, columns in tables.items():
        engine.execute(f'CREATE TABLE "{table}" ({", ".join(_quoted(column) for column in columns)})')
    for record in account.all(*(kind.name for kind in account.types.values() if kind.table in named)):
        more = ledger.head_cells(record) if record.kind.table == "transaction" else {}
        _insert(engine, record.kind.table, {**dict(_cells(record)), **more})
    for line in ledger.line_rows(account, _cell) if "transactionline" in named else ():
        _insert(engine, "transactionline", line)
    return engine


def _quoted(column: str) -> str:
    """A column's name may be a keyword of the engine."""
    name, _, kind = column.partition(" ")
    return f'"{name}" {kind}'


def _column(field: Field) -> str:
    if field.kind is Kind.AMOUNT:
        return f"{field.name.lower()} TEXT COLLATE AMOUNT"
    return f"{field.name.lower()} {'INTEGER' if field.kind in {Kind.REFERENCE, Kind.NUMBER} else 'TEXT'}"


def _cells(record: Record) -> Iterator[tuple[str, Any]]:
    yield "id", int(record.id)
    yield "externalid", record.external_id
    yield "type", record.kind.code or None
    yield "recordtype", record.kind.name.lower()
    for name, value in record.values.items():
        if name in record.kind.fields and not isinstance(value, (list, dict)):
            yield name.lower(), _cell(value)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, dt.datetime):
        return _DAY + value.replace(microsecond=0).isoformat()  # a date has whole seconds here
    if isinstance(value, dt.date):
        return _DAY + dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC).isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _insert(engine: sqlite3.Connection, table: str, cells: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in cells)
    marks = ", ".join("?" for _ in cells)
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608 - names are our schema's, values bound
    engine.execute(statement, list(cells.values()))


class _Sum:
    """A sum that stays decimal, as money must."""

    def __init__(self) -> None:
        self._sum: Decimal | None = None

    def step(self, value: Any) -> None:
        if value is not None:
            self._sum = (self._sum or Decimal(0)) + Decimal(str(value))

    def finalize(self) -> str | None:
        return None if self._sum is None else str(self._sum)


def _compare_amounts(left: str, right: str) -> int:
    one, other = Decimal(left), Decimal(right)
    return (one > other) - (one < other)


def _to_date(text: str, form: str) -> str:
    return _DAY + dt.datetime.strptime(text, _pattern(form)).replace(tzinfo=dt.UTC).isoformat()


def _to_char(value: str | None, form: str) -> str | None:
    if value is None:
        return None
    return dt.datetime.fromisoformat(value.removeprefix(_DAY)).strftime(_pattern(form))


def _pattern(form: str) -> str:
    named = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
    return re.sub("|".join(named), lambda found: named[found.group()], form.upper())


def _bad(reason: str) -> Refusal:
    text = f"Invalid search query. Detailed unprocessed description follows. Search error occurred: {reason}."
    return Refusal(400, "INVALID_PARAMETER", text, path="q")
