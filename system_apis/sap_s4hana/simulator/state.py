"""The tenant: rows by table and key, sessions, number ranges, and changes that can be taken back. No HTTP here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

Key = tuple[Any, ...]


class World(Protocol):
    """What the tenant needs of its surroundings."""

    random: Any

    def now(self) -> dt.datetime:
        """The tenant's time."""
        ...


@dataclass
class Row:
    """One row of a table."""

    table: str
    key: Key
    values: dict[str, Any]
    version: int = 1

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass
class Settings:
    """How this tenant behaves; seeds change it."""

    session_s: float = 1800.0
    page: int = 1000
    token_life_s: float = 3600.0
    tax_rounding: str = "group"
    message_on_success: str = ""
    throttled: int = 0
    throttle_status: int = 429
    retry_after_s: str = "1"


@dataclass
class Session:
    """A user context: its cookie names it, its token guards what changes something."""

    token: str
    user: str
    until: dt.datetime


@dataclass
class Tenant:
    """Everything one tenant holds."""

    world: World
    settings: Settings = field(default_factory=Settings)
    tables: dict[str, dict[Key, Row]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    clients: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, dt.datetime] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    setup: dict[str, Any] = field(default_factory=dict)
    _undo: list[Callable[[], None]] | None = None

    def clear(self) -> None:
        """Back to a tenant that nobody has set up."""
        self.settings = Settings()
        stores = (self.tables, self.counters, self.users, self.clients, self.tokens, self.sessions, self.locks)
        for store in (*stores, self.setup):
            store.clear()

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """All of what happens inside or none of it; a unit inside another is part of it."""
        if self._undo is not None:
            yield
            return
        self._undo = []
        try:
            yield
        except BaseException:
            for undo in reversed(self._undo):
                undo()
            raise
        finally:
            self._undo = None

    def number(self, counter: str, *, first: int) -> int:
        """The next number of a range; a unit of work that fails gives it back."""
        before = self.counters.get(counter)
        self.counters[counter] = first if before is None else before + 1
        self._record(lambda: self._restore_counter(counter, before))
        return self.counters[counter]

    def guid(self) -> str:
        """A new identifier."""
        return str(uuid.UUID(int=self.world.random.getrandbits(128), version=4))

    def rows(self, table: str) -> Iterator[Row]:
        """Every row of a table, oldest first."""
        yield from list(self.tables.get(table, {}).values())

    def where(self, table: str, **wanted: Any) -> list[Row]:
        """The rows that have these values."""
        return [row for row in self.rows(table) if all(row.values[name] == value for name, value in wanted.items())]

    def find(self, table: str, *key: Any) -> Row | None:
        """The row under a key."""
        return self.tables.get(table, {}).get(tuple(key))

    def add(self, table: str, key: Key, values: dict[str, Any]) -> Row:
        """Put a row in place."""
        row = Row(table, key, values)
        rows = self.tables.setdefault(table, {})
        rows[key] = row
        self._record(lambda: rows.pop(key))
        return row

    def change(self, row: Row, **values: Any) -> None:
        """Change values of a row; its entity tag changes with it."""
        before, version = {name: row.values.get(name) for name in values}, row.version

        def undo() -> None:
            row.values.update(before)
            row.version = version

        self._record(undo)
        row.values.update(values)
        row.version += 1

    def remove(self, row: Row) -> None:
        """Take a row out."""
        rows = self.tables[row.table]
        del rows[row.key]
        self._record(lambda: rows.update({row.key: row}))

    def _record(self, undo: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(lambda: (undo(), None)[1])

    def _restore_counter(self, counter: str, before: int | None) -> None:
        if before is None:
            del self.counters[counter]
        else:
            self.counters[counter] = before
