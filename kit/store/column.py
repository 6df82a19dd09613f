"""Column types that mean the same on SQLite and PostgreSQL: aware moments, exact decimals, transaction ids."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import expression
from sqlalchemy.types import TypeDecorator, UserDefinedType


class Moment(TypeDecorator[dt.datetime]):
    """An aware moment in UTC; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Give the database UTC; SQLite keeps no zone, so it is given none."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment without a time zone cannot be stored"
            raise ValueError(message)
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: sa.Dialect,  # noqa: ARG002 - the name is SQLAlchemy's
    ) -> dt.datetime | None:
        """Aware UTC, whatever the session's zone."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id; SQLite has one writer and needs none, so there it is a number."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Its name on PostgreSQL."""
        return "xid8"


@compiles(TransactionId, "sqlite")
def _plain_number(_type: TransactionId, _compiler: Any, **_: Any) -> str:
    return "BIGINT"


class CurrentTransaction(expression.FunctionElement[int]):
    """The id of the transaction that writes the row."""

    inherit_cache = True


@compiles(CurrentTransaction, "postgresql")
def _current_xact(_element: CurrentTransaction, _compiler: Any, **_: Any) -> str:
    return "pg_current_xact_id()"


@compiles(CurrentTransaction, "sqlite")
def _no_xact(_element: CurrentTransaction, _compiler: Any, **_: Any) -> str:
    return "0"
