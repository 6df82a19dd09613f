"""The rows of the account: created, changed and archived, stamped in milliseconds, and indexed for search later."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kit.sandbox import Sandbox

from . import derive
from .errors import Fault, Refusal, invalid_values, no_row
from .hooks import Hooks
from .links import Links
from .pipelines import Pipelines
from .schema import Kind, Schema
from .values import accepted, shown_moment

_FIRST_ID: Final = 21_400_000_001

Values = dict[str, str | None]


@dataclass(slots=True)
class Row:
    """One row. `indexed` is what search knows of it; `waiting` is what search will know, and when."""

    id: str
    kind: Kind
    values: Values
    created: dt.datetime
    updated: dt.datetime
    archived: bool = False
    indexed: Values | None = None
    waiting: list[tuple[dt.datetime, Values | None]] = field(default_factory=list)


class Store:
    """All rows by type and id."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.schema = Schema()
        self.links = Links()
        self.pipelines = Pipelines()
        self.hooks = Hooks(sandbox)
        self.clear()

    def clear(self) -> None:
        """An account that nobody has used yet."""
        self.schema.clear()
        self.links.clear()
        self.pipelines.clear()
        self.hooks.clear()
        self._rows: dict[str, dict[str, Row]] = {}
        self._next = _FIRST_ID
        self.index_lag_s = 0.0
        self.as_millis: frozenset[str] = frozenset()

    def rows(self, kind: Kind, *, archived: bool = False) -> Iterator[Row]:
        """The rows of a type in the order of their creation."""
        return (row for row in self._rows.get(kind.id, {}).values() if row.archived is archived)

    def indexed(self, kind: Kind) -> Iterator[tuple[Row, Values]]:
        """The rows as search knows them now."""
        now = self._sandbox.now()
        for row in self._rows.get(kind.id, {}).values():
            while row.waiting and row.waiting[0][0] <= now:
                row.indexed = row.waiting.pop(0)[1]
            if row.indexed is not None:
                yield row, row.indexed

    def need(self, kind: Kind, row_id: str, *, by: str = "", archived: bool = False) -> Row:
        """A row by its id, or by a unique property; raises the vendor's 404, or 400 for a property that is not."""
        row = self.find(kind, row_id, by=by)
        if row is None or row.archived is not archived:
            raise no_row(row_id)
        return row

    def find(self, kind: Kind, row_id: str, *, by: str = "") -> Row | None:
        """A row by its id, or by a unique property."""
        if not by or by == "hs_object_id":
            return self._rows.get(kind.id, {}).get(row_id)
        prop = kind.properties.get(by)
        if prop is None or not prop.unique:
            message = f"{by} is not a unique property of {kind.plural}"
            raise Refusal(400, message, category="VALIDATION_ERROR", context={"propertyName": [by]})
        wanted = row_id.lower() if by == "email" else row_id
        return next((row for row in self.rows(kind) if row.values.get(by) == wanted), None)

    def create(self, kind: Kind, sent: Any, *, row_id: str = "", source: str = "INTEGRATION") -> Row:
        """Add a row; `row_id` is for seeding."""
        values = accepted(kind, sent)
        derive.complete(kind, values, self.pipelines)
        self._refuse_twin(kind, values, but="")
        known_id = row_id or str(self._next)
        self._next = max(self._next, int(known_id)) + 1
        now = self._now()
        row = Row(known_id, kind, {**values, "hs_object_source": source}, created=now, updated=now)
        row.values |= {"hs_object_id": known_id, kind.created: shown_moment(now)}
        self._rows.setdefault(kind.id, {})[known_id] = row
        self.touch(row)
        self.hooks.note(kind, known_id, "creation", source=source)
        return row

    def update(self, row: Row, sent: Any) -> None:
        """Change a row; nothing is changed when any value is refused."""
        values = accepted(row.kind, sent)
        derive.check(row.kind, {**row.values, **values}, self.pipelines)
        self._refuse_twin(row.kind, values, but=row.id)
        changed = {name: value for name, value in values.items() if row.values.get(name) != value}
        row.values |= values
        self.touch(row)
        for name, value in changed.items():
            self.hooks.note(row.kind, row.id, "propertyChange", name=name, value=value, source="INTEGRATION")

    def archive(self, row: Row) -> None:
        """Move a row to the bin; its associations are gone for good."""
        row.archived = True
        self.links.drop((row.kind.id, row.id))
        self.touch(row)
        self.hooks.note(row.kind, row.id, "deletion")

    def touch(self, row: Row, *, at: dt.datetime | None = None) -> None:
        """Stamp a row as changed, bring into line what is computed, and have search learn of it after its lag."""
        row.updated = at or self._now()
        row.values[row.kind.stamp] = shown_moment(row.updated)
        derive.settle(row.kind, row.values, self.pipelines)
        known = None if row.archived else dict(row.values)
        if self.index_lag_s <= 0:
            row.indexed, row.waiting = known, []
        else:
            row.waiting.append((self._sandbox.now() + dt.timedelta(seconds=self.index_lag_s), known))

    def touch_all(self, kind: Kind) -> None:
        """Stamp every row of a type with one moment, as an edit of a pipeline does."""
        at = self._now()
        for row in self.rows(kind):
            self.touch(row, at=at)

    def values(self, row: Row) -> Values:
        """What a row holds, with what its associations say."""
        if "hs_parent_company_id" in row.kind.properties:
            return {**row.values, "hs_parent_company_id": derive.parent(self.links, row.id)}
        return row.values

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every living row, by the plural of its type."""
        return {
            kind.plural: [{"id": row.id, **self.values(row)} for row in self.rows(kind)]
            for kind in self.schema.kinds.values()
        }

    def _now(self) -> dt.datetime:
        now = self._sandbox.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _refuse_twin(self, kind: Kind, values: Values, *, but: str) -> None:
        for name, value in values.items():
            if value is None or not kind.properties[name].unique:
                continue
            twin = self.find(kind, value, by=name)
            if twin is None or twin.id == but:
                continue
            if name == "email":
                message = f"Contact already exists. Existing ID: {twin.id}"
                raise Refusal(409, message, category="CONFLICT")
            message = f'{twin.id} already has the value "{value}" in {name}'
            raise invalid_values([Fault(name, "CONFLICTING_UNIQUE_VALUE", message)])
