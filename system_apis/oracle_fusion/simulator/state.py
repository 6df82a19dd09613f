"""The pod: rows by resource and key, numbers, and changes that can be taken back. No HTTP here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

_FIRST_ID: Final = 300_000_100_000_000


class World(Protocol):
    """What the pod needs of its surroundings."""

    random: Any

    def now(self) -> dt.datetime:
        """The pod's time."""
        ...


@dataclass(eq=False)
class Row:
    """One row with the rows below it."""

    resource: str
    key: str
    values: dict[str, Any]
    parent: Row | None = None
    children: dict[str, list[Row]] = field(default_factory=dict)
    version: int = 1

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def below(self, name: str) -> list[Row]:
        """Its rows of a child resource."""
        return self.children.get(name, [])


@dataclass
class Settings:
    """How this pod behaves; seeds change it."""

    token_life_s: float = 3600.0
    page: int = 25
    most: int = 500
    nested: int = 25
    tax_rounding: str = "header"
    throttled: int = 0
    throttle_status: int = 429
    retry_after_s: str = "1"


@dataclass
class Pod:
    """Everything one pod holds."""

    world: World
    settings: Settings = field(default_factory=Settings)
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    unique: dict[tuple[Any, ...], Row] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    clients: dict[str, Any] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    setup: dict[str, Any] = field(default_factory=dict)
    _undo: list[Callable[[], object]] | None = None

    def clear(self) -> None:
        """Back to a pod that nobody has set up."""
        self.settings = Settings()
        stores = (self.tables, self.unique, self.counters, self.clients, self.users, self.tokens, self.accounts)
        for store in (*stores, self.entries, self.setup):
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

    def number(self, counter: str, *, first: int = 1) -> int:
        """The next number of a sequence; a unit of work that fails gives it back, so that there are no gaps."""
        before = self.counters.get(counter, first - 1)
        self.counters[counter] = before + 1
        self._record(lambda: self.counters.update({counter: before}))
        return before + 1

    def identifier(self) -> int:
        """A new surrogate key."""
        return self.number("identifiers", first=_FIRST_ID)

    def opaque(self) -> str:
        """A key that nobody can build: it is chance here, a hash at the vendor's."""
        return f"{self.world.random.getrandbits(256):064X}"

    def rows(self, resource: str) -> list[Row]:
        """Every row of a resource, oldest first."""
        return list(self.tables.get(resource, {}).values())

    def where(self, resource: str, **wanted: Any) -> list[Row]:
        """The rows that have these values."""
        return [row for row in self.rows(resource) if all(row.values.get(name) == one for name, one in wanted.items())]

    def unique_rows(
        self, resource: str, names: tuple[str, ...], values: tuple[Any, ...], *, parent: Row | None = None
    ) -> list[Row]:
        """The row that alone has these values, if there is one."""
        row = self.unique.get((resource, id(parent), names, values))
        return [] if row is None else [row]

    def find(self, resource: str, key: str) -> Row | None:
        """The row under a key."""
        return self.tables.get(resource, {}).get(key)

    def add(self, row: Row) -> Row:
        """Put a row in place."""
        rows = self.tables.setdefault(row.resource, {})
        rows[row.key] = row
        self._record(lambda: rows.pop(row.key))
        if row.parent is not None:
            siblings = row.parent.children.setdefault(row.resource.rpartition("/")[2], [])
            siblings.append(row)
            self._record(lambda: siblings.remove(row))
        return row

    def claim(self, key: tuple[Any, ...], row: Row) -> bool:
        """Let a row have a value that only one may have; False when another has it."""
        if key in self.unique:
            return False
        self.unique[key] = row
        self._record(lambda: self.unique.pop(key))
        return True

    def release(self, key: tuple[Any, ...]) -> None:
        """Let go of such a value."""
        row = self.unique.pop(key, None)
        if row is not None:
            self._record(lambda: self.unique.update({key: row}))

    def change(self, row: Row, **values: Any) -> None:
        """Change values of a row; its change indicator moves with it."""
        before, version = {name: row.values.get(name) for name in values}, row.version

        def undo() -> None:
            row.values.update(before)
            row.version = version

        self._record(undo)
        row.values.update(values)
        row.version += 1

    def remove(self, row: Row) -> None:
        """Take a row out, with all below it."""
        for children in list(row.children.values()):
            for child in list(children):
                self.remove(child)
        rows = self.tables[row.resource]
        del rows[row.key]
        self._record(lambda: rows.update({row.key: row}))
        if row.parent is not None:
            siblings = row.parent.children[row.resource.rpartition("/")[2]]
            place = siblings.index(row)
            del siblings[place]
            self._record(lambda: siblings.insert(place, row))

    def post(self, entry: dict[str, Any]) -> None:
        """Write a journal entry."""
        self.entries.append(entry)
        self._record(self.entries.pop)

    def keep_account(self, number: str, account: dict[str, Any]) -> None:
        """Keep a customer account."""
        self.accounts[number] = account

    def _record(self, undo: Callable[[], object]) -> None:
        if self._undo is not None:
            self._undo.append(undo)
