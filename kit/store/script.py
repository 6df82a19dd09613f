"""Statements of the busiest path, spelt once and sent as they are: no expression is built for each call.

Values go in as the database keeps them; `stored` makes a moment so.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import sqlalchemy as sa

_NAMED: Final = re.compile(r"(?<!:):([a-z]\w*)")
NOW_S: Final = "{now_s}"  # stands in a statement for seconds since 1970 by the database's clock
_CLOCKS: Final = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from clock_timestamp())::double precision",
}


class Script:
    """One statement, or several that touch different rows and then travel to PostgreSQL as one.

    `postgresql` takes the place of a text that only SQLite understands.
    """

    def __init__(self, *texts: str, postgresql: str = "") -> None:
        self._sqlite = [text.replace(NOW_S, _CLOCKS["sqlite"]) for text in texts]
        if postgresql:
            texts = (postgresql,)
        named = (_NAMED.sub(r"%(\1)s", text) for text in texts)
        *before, last = (text.replace(NOW_S, _CLOCKS["postgresql"]) for text in named)
        parts = ", ".join(f"w{number} as ({text})" for number, text in enumerate(before))
        self._postgresql = f"with {parts} {last}" if parts else last

    def run(self, connection: sa.Connection, values: dict[str, Any]) -> sa.CursorResult[Any]:
        """Send it; the result is that of the last statement."""
        if connection.dialect.name == "postgresql":
            return connection.exec_driver_sql(self._postgresql, values)
        *before, last = self._sqlite
        for text in before:
            connection.exec_driver_sql(text, values)
        return connection.exec_driver_sql(last, values)


def stored(connection: sa.Connection, moment: dt.datetime) -> dt.datetime | str:
    """A moment as the database keeps it."""
    if connection.dialect.name == "postgresql":
        return moment
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
