"""The rows of one account, by collection and id, with no rule at all."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from kit.sandbox import Sandbox
from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.spec import COLLECTIONS

Row = dict[str, Any]


class Rows:
    """What is stored, and how it is looked up."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in COLLECTIONS}
        self._last: defaultdict[str, int] = defaultdict(int)

    def load(self, document: dict[str, Any]) -> None:
        """Take id-keyed maps by collection, as the API itself answers them."""
        for name in COLLECTIONS:
            for row_id, row in document.get(name, {}).items():
                now = self.stamp()
                self.rows[name][row_id] = {"id": row_id, "created_at": now, "updated_at": now, **row}
                self._last[name] = max(self._last[name], int(row_id))

    def dump(self) -> dict[str, Any]:
        """All rows, by collection and id."""
        return {name: dict(rows) for name, rows in self.rows.items()}

    def stamp(self) -> str:
        """The present moment as the API writes it, with its offset."""
        return self.sandbox.now().isoformat(timespec="microseconds")

    def get(self, name: str, row_id: str | None) -> Row | None:
        """A row whatever its state, or None."""
        return self.rows[name].get(row_id or "")

    def where(self, name: str, **wanted: Any) -> list[Row]:
        """The rows whose attributes equal these."""
        return [row for row in self.rows[name].values() if all(row.get(k) == v for k, v in wanted.items())]

    def insert(self, name: str, attributes: Row) -> Row:
        """Store a row under the next id, with no question asked."""
        self._last[name] += 1
        now = self.stamp()
        row = {"id": str(self._last[name]), "created_at": now, "updated_at": now, **attributes}
        self.rows[name][row["id"]] = row
        return row

    def drop(self, name: str, row_id: str) -> None:
        """Remove a row and the references to it, with no question asked."""
        self.rows[name].pop(row_id, None)
        for reference in self.references(COLLECTIONS[name], row_id):
            del self.rows["external_references"][reference["id"]]

    def references(self, collection: Collection, row_id: str) -> list[Row]:
        """The external references that point at a row."""
        return self.where("external_references", subject_type=collection.subject, subject_id=row_id)
