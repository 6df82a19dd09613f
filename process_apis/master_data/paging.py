"""Pages by number: a cursor is the number of the last row seen; refuses one that is none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.problem import FieldError, Kind, Problem

_DIGITS = 18


def after_number(query: sa.Select[Any], cursor: str, number: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The query from a cursor on, in the order of its numbers.

    Raises:
        Problem: invalid, when the cursor is none of ours.

    """
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= _DIGITS):
            error = FieldError(pointer="cursor", code="unknown_cursor", detail="take the cursor from the page before")
            raise Problem(Kind.INVALID, "unknown_cursor", "the cursor is none of ours", status=400, errors=(error,))
        query = query.where(number > int(cursor))
    return query.order_by(number)


async def cut(connection: AsyncConnection, query: sa.Select[Any], *, limit: int) -> tuple[list[Any], str | None]:
    """One page of rows that have a `number`, and the cursor of the next."""
    rows = list(await connection.execute(query.limit(limit + 1)))
    more = len(rows) > limit
    return rows[:limit], str(rows[limit - 1].number) if more else None
