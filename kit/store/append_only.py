"""Refuses to change or delete rows in the database itself, where no code path can forget to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_VERBS = ("update", "delete")


def guards(dialect: str, table: str, *, when: str = "") -> list[str]:
    """The statements that make a table refuse updates and deletes, of the rows for which `when` holds.

    `when` speaks of the row as `old`. Names and condition are the code's own, never a caller's.
    """
    if dialect == "sqlite":
        condition = f" when {when}" if when else ""
        return [
            f"create trigger {table}_no_{verb} before {verb} on {table} for each row{condition}"
            f" begin select raise(abort, '{table} is append-only'); end"
            for verb in _VERBS
        ]
    condition = f" when ({when})" if when else ""
    refuse = (
        f"create or replace function {table}_refuse() returns trigger language plpgsql as"
        f" $$ begin raise exception '{table} is append-only' using errcode = 'integrity_constraint_violation'; end $$"
    )
    return [
        refuse,
        *(
            f"create trigger {table}_no_{verb} before {verb} on {table} for each row{condition}"
            f" execute function {table}_refuse()"
            for verb in _VERBS
        ),
    ]


def guarded(table: sa.Table, *, when: str = "") -> sa.Table:
    """The table, guarded as soon as it is created without a migration."""

    def guard(_target: sa.Table, connection: sa.Connection, **_: Any) -> None:
        for statement in guards(connection.dialect.name, table.name, when=when):
            connection.exec_driver_sql(statement)

    sa.event.listen(table, "after_create", guard)
    return table
