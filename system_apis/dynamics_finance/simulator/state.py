"""The environment: rows by table and key, number sequences, and changes that can be taken back. No HTTP here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

Key = tuple[Any, ...]


class World(Protocol):
    """What the environment needs of its surroundings."""

    random: Any

    def now(self) -> dt.datetime:
        """The environment's time."""
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
    """How this environment behaves; seeds change it."""

    page: int = 10_000
    job_every_s: float = 60.0
    changeset_most: int = 2000


@dataclass
class Environment:
    """Everything one environment holds."""

    world: World
    settings: Settings = field(default_factory=Settings)
    tables: dict[str, dict[Key, Row]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    closed_periods: list[tuple[str, str]] = field(default_factory=list)
    job_ran_at: dt.datetime | None = None
    _undo: list[Callable[[], None]] | None = None

    def clear(self) -> None:
        """Back to an environment that nobody has set up."""
        self.settings = Settings()
        self.tables.clear()
        self.counters.clear()
        self.closed_periods.clear()
        self.job_ran_at = None

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
        """The next number of a continuous sequence; a unit of work that fails gives it back."""
        before = self.counters.get(counter)
        self.counters[counter] = first if before is None else before + 1
        self._record(lambda: self._restore_counter(counter, before))
        return self.counters[counter]

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
