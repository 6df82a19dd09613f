"""Statements of the busiest path, spelt once and handed to the driver as they are.

They travel in the transaction of an SQLAlchemy connection and fail with its errors, but nothing is built for a single
call. Values go in and come out as the database keeps them; `stored` and `moment_of` translate moments.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPICursor, DBAPIModule

T = TypeVar("T")

_NAMED: Final = re.compile(r"(?<!:):([a-z]\w*)")
NOW_S: Final = "{now_s}"  # stands in a statement for seconds since 1970 by the database's clock
_CLOCKS: Final = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from clock_timestamp())::double precision",
}


class Script:
    """One statement, or several that touch different rows and then travel to PostgreSQL as one.

    `postgresql` takes the place of a text that only SQLite understands. What fails raises the `sa.exc.DBAPIError` that
    SQLAlchemy would, and a connection that was lost is not used again.
    """

    def __init__(self, *texts: str, postgresql: str = "") -> None:
        self._sqlite = [text.replace(NOW_S, _CLOCKS["sqlite"]) for text in texts]
        if postgresql:
            texts = (postgresql,)
        named = (_NAMED.sub(r"%(\1)s", text) for text in texts)
        *before, last = (text.replace(NOW_S, _CLOCKS["postgresql"]) for text in named)
        parts = ", ".join(f"w{number} as ({text})" for number, text in enumerate(before))
        self._postgresql = [f"with {parts} {last}" if parts else last]
        self._named: Callable[[Sequence[Any]], Any] | None = None

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> None:
        """Send it for what it does."""
        _sent(connection, self._of(connection), values, take=_nothing)

    def ask(self, connection: sa.Connection, values: Mapping[str, Any]) -> list[Any]:
        """Send it for what it answers: the rows of the last statement, their columns by name."""
        return _sent(connection, self._of(connection), values, take=self._rows)

    def _of(self, connection: sa.Connection) -> list[str]:
        return self._postgresql if connection.dialect.name == "postgresql" else self._sqlite

    def _rows(self, cursor: DBAPICursor) -> list[Any]:
        if self._named is None:
            names = ", ".join(column[0] for column in cursor.description)
            self._named = cast("Any", namedtuple("Row", names))._make  # noqa: PYI024 - the database names the columns
        return [self._named(row) for row in cursor.fetchall()]


def _sent(
    connection: sa.Connection, texts: Sequence[str], values: Mapping[str, Any], *, take: Callable[[DBAPICursor], T]
) -> T:
    cursor = connection.connection.cursor()
    try:
        for text in texts:
            cursor.execute(text, values)
        return take(cursor)
    except connection.dialect.loaded_dbapi.Error as failure:
        raise _translated(failure, connection, cursor) from failure
    finally:
        cursor.close()


def _nothing(_cursor: DBAPICursor) -> None: ...


def _translated(failure: DBAPIModule.Error, connection: sa.Connection, cursor: DBAPICursor) -> BaseException:
    dialect = connection.dialect
    lost = dialect.is_disconnect(failure, connection.connection, cursor)
    if lost:
        connection.invalidate(failure)
    base = dialect.loaded_dbapi.Error
    return sa.exc.DBAPIError.instance(None, None, failure, base, connection_invalidated=lost, dialect=dialect)


def stored(connection: sa.Connection, moment: dt.datetime) -> dt.datetime | str:
    """A moment as the database keeps it."""
    if connection.dialect.name == "postgresql":
        return moment
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def moment_of(kept: dt.datetime | str) -> dt.datetime:
    """The moment that the database keeps."""
    moment = dt.datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
