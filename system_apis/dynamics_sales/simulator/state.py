"""The rows of the environment: made, changed and deleted by their declared columns, each change with a new version."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kit.sandbox import Sandbox

from . import derive
from .catalogue import TABLES
from .refusal import Refusal, missing
from .schema import Table
from .values import guid, rendered

Row = dict[str, Any]
_FIRST_VERSION = 502_186


@dataclass(frozen=True, slots=True)
class Deletion:
    """A row that is gone, and the version at which it went."""

    table: str
    row_id: str
    version: int


@dataclass(slots=True)
class Key:
    """An alternate key of a table, which each customer defines for itself."""

    table: str
    columns: tuple[str, ...]
    status: str = "Active"


@dataclass(slots=True)
class Rows:
    """Everything a transaction may have to put back."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in TABLES})
    deletions: list[Deletion] = field(default_factory=list)

    def copy(self) -> "Rows":
        rows = {name: {key: dict(row) for key, row in rows.items()} for name, rows in self.rows.items()}
        return Rows(rows, list(self.deletions))


class Store:
    """All rows by table and id, with the environment's clock, versions and alternate keys."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget every row and key."""
        self._held = Rows()
        self.keys: list[Key] = []
        self.version = _FIRST_VERSION

    def savepoint(self) -> Rows:
        """What to hand to `rollback` if a transaction fails."""
        return self._held.copy()

    def rollback(self, saved: Rows) -> None:
        """Undo everything since the savepoint; versions are not given twice."""
        self._held = saved

    def rows(self, name: str) -> Iterator[Row]:
        """The rows of a table, in the order in which they were made."""
        return iter(list(self._held.rows[name].values()))

    def deletions(self, name: str) -> Iterator[Deletion]:
        """What is gone from a table."""
        return (gone for gone in self._held.deletions if gone.table == name)

    def find(self, name: str, row_id: object) -> Row | None:
        """A row by its id."""
        return self._held.rows[name].get(guid(row_id) or "")

    def need(self, table: Table, row_id: str) -> Row:
        """A row by its id; raises the vendor's 404."""
        row = self.find(table.name, row_id)
        if row is None:
            raise missing(table.name, row_id)
        return row

    def keyed(self, key: Key, values: Row) -> Row | None:
        """The row that has these key values; text is compared without regard to case."""
        wanted = [_folded(values.get(name)) for name in key.columns]
        if None in wanted:
            return None
        rows = self._held.rows[key.table].values()
        return next((row for row in rows if [_folded(row.get(name)) for name in key.columns] == wanted), None)

    def create(self, table: Table, values: Row, *, user: str, row_id: str | None = None) -> Row:
        """Add a row."""
        lacking = [column.name for column in table.columns.values() if column.needed and not values.get(column.name)]
        if lacking:
            raise Refusal(400, "0x80040203", f"The required attribute '{lacking[0]}' of '{table.name}' is missing.")
        new_id = row_id or values.get(table.key) or str(uuid.UUID(int=self._sandbox.random.getrandbits(128), version=4))
        if self.find(table.name, new_id):
            raise Refusal(412, "0x80040237", "A record with matching key values already exists.")
        now = self._now()
        row: Row = dict.fromkeys(table.columns) | derive.defaults(self, table, values) | values
        row |= {table.key: new_id, "createdon": now, "createdby": user, "ownerid": row["ownerid"] or user}
        self._check_keys(table, row)
        derive.compute(self, table, row)  # refuses before anything is kept
        self._held.rows[table.name][new_id] = row
        self.touch(table, row, user=user)
        derive.settle(self, table, row, user=user)
        return row

    def update(self, table: Table, row: Row, values: Row, *, user: str) -> None:
        """Change a row; even values that stand already make a new version."""
        changed = row | values
        derive.check_state(table, row, changed)
        self._check_keys(table, changed)
        derive.compute(self, table, changed)  # refuses before anything is kept
        row.update(changed)
        self.touch(table, row, user=user)
        derive.settle(self, table, row, user=user)

    def delete(self, table: Table, row: Row, *, user: str) -> None:
        """Take a row away, with those that cannot be without it."""
        for other in TABLES.values():
            for column in other.columns.values():
                if not column.needed or table.name not in column.targets.values():
                    continue
                for child in [child for child in self.rows(other.name) if child[column.name] == row[table.key]]:
                    self.delete(other, child, user=user)
        self.version += 1
        self._held.deletions.append(Deletion(table.name, row[table.key], self.version))
        del self._held.rows[table.name][row[table.key]]
        derive.settle(self, table, row, user=user)

    def touch(self, table: Table, row: Row, *, user: str) -> None:
        """Stamp a row as changed now, by somebody."""
        self.version += 1
        derive.compute(self, table, row)
        row.update(modifiedon=self._now(), modifiedby=user, versionnumber=self.version)

    def dump(self) -> dict[str, list[Row]]:
        """Every row as JSON has it."""
        return {
            TABLES[name].plural: [{key: rendered(value) for key, value in row.items()} for row in rows.values()]
            for name, rows in self._held.rows.items()
        }

    def _check_keys(self, table: Table, row: Row) -> None:
        for key in self.keys:
            if key.table != table.name or key.status != "Active":
                continue
            twin = self.keyed(key, row)
            if twin is not None and twin[table.key] != row[table.key]:
                message = (
                    f"A record that has the attribute values {', '.join(key.columns)} already exists. The entity key "
                    "requires that this set of attributes contains unique values. Select unique values and try again."
                )
                raise Refusal(412, "0x80060892", message)

    def _now(self) -> dt.datetime:
        return self._sandbox.now().replace(microsecond=0)


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
