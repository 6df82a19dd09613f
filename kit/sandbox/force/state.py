"""The rows of the org: created, changed and deleted by the declared fields, and by nothing else."""

from collections.abc import Iterator
from typing import Any

from kit.sandbox.state import Sandbox

from .errors import Refusal
from .formats import coerced, known_id, numbered_id, rendered
from .rules import Rules
from .schema import Entity, Field, Schema

Row = dict[str, Any]


class Store:
    """All rows by object and id, with the org's clock for their stamps."""

    def __init__(self, sandbox: Sandbox, schema: Schema, rules: Rules) -> None:
        self._sandbox = sandbox
        self.schema = schema
        self.rules = rules
        self.actor: str | None = None
        """The id of the user who is at work."""
        self._rows: dict[str, dict[str, Row]] = {}
        self._counters: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget every row."""
        self._rows = {name: {} for name in self.schema.entities}
        self._counters = dict.fromkeys(self.schema.entities, 0)

    def savepoint(self) -> dict[str, dict[str, Row]]:
        """What to hand to `rollback` if a transaction fails."""
        return {name: {key: dict(row) for key, row in rows.items()} for name, rows in self._rows.items()}

    def rollback(self, saved: dict[str, dict[str, Row]]) -> None:
        """Undo everything since the savepoint."""
        self._rows = saved

    def rows(self, name: str, *, deleted: bool = False) -> Iterator[Row]:
        """The rows of an object, in the order of their creation."""
        return (row for row in self._rows[name].values() if deleted or not row["IsDeleted"])

    def find(self, name: str, row_id: object) -> Row | None:
        """A living row by its id of either length."""
        row = self._rows[name].get(known_id(row_id) or "")
        return None if row is None or row["IsDeleted"] else row

    def need(self, kind: Entity, row_id: str) -> Row:
        """A living row; raises the vendor's 404, which differs when the row was deleted."""
        row = self._rows[kind.name].get(known_id(row_id) or "")
        if row is None:
            raise Refusal(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: Id")
        if row["IsDeleted"]:
            raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", fields=())
        return row

    def create(self, kind: Entity, body: dict[str, Any], *, row_id: str | None = None) -> Row:
        """Add a row; `row_id` is for seeding."""
        values = self._accepted(kind, body)
        values.update(self.rules.defaults(kind, values))
        self.rules.before_create(self, kind, values)
        missing = [field.name for field in kind.fields.values() if _lacks(field, values)]
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refusal(400, "REQUIRED_FIELD_MISSING", message, fields=tuple(missing))
        row = self._stored(kind, values, row_id=row_id)
        self.rules.settle(self, kind, row)
        return row

    def add(self, name: str, values: dict[str, Any]) -> Row:
        """Add a row that the org makes by itself, unchecked."""
        return self._stored(self.schema.entities[name], values)

    def _stored(self, kind: Entity, values: dict[str, Any], *, row_id: str | None = None) -> Row:
        self._counters[kind.name] += 1
        moment = self._sandbox.now().replace(microsecond=0)
        row: Row = dict.fromkeys(kind.fields) | {
            "Id": known_id(row_id) or numbered_id(kind.prefix, self._counters[kind.name]),
            "IsDeleted": False,
            "CreatedDate": moment,
            "LastModifiedDate": moment,
            "SystemModstamp": moment,
            **values,
        }
        row |= dict.fromkeys({"CreatedById", "LastModifiedById"} & kind.fields.keys(), self.actor)
        self._rows[kind.name][row["Id"]] = row
        return row

    def update(self, kind: Entity, row: Row, body: dict[str, Any]) -> None:
        """Change a row; nothing is changed when any field is refused."""
        values = self._accepted(kind, body, row=row)
        blanked = [name for name, value in values.items() if value is None and kind.fields[name].required]
        if blanked:
            message = f"Required fields are missing: [{', '.join(blanked)}]"
            raise Refusal(400, "REQUIRED_FIELD_MISSING", message, fields=tuple(blanked))
        self.rules.before_update(self, kind, row, values)
        row.update(values)
        self.touch(row)
        self.rules.settle(self, kind, row)

    def delete(self, kind: Entity, row: Row) -> None:
        """Move a row to the bin, with the rows that cannot be without it."""
        self.rules.before_delete(self, kind, row)
        row["IsDeleted"] = True
        self.touch(row)
        self.rules.settle(self, kind, row)
        for other in self.schema.entities.values():
            for field in other.fields.values():
                if field.reference == kind.name:
                    for child in [r for r in self.rows(other.name) if r[field.name] == row["Id"]]:
                        self._orphan(other, field, child)

    def touch(self, row: Row) -> None:
        """Stamp a row as changed now, by whoever is at work."""
        row["LastModifiedDate"] = row["SystemModstamp"] = self._sandbox.now().replace(microsecond=0)
        if "LastModifiedById" in row:
            row["LastModifiedById"] = self.actor

    def _orphan(self, kind: Entity, field: Field, child: Row) -> None:
        if field.required:
            self.delete(kind, child)
        elif self.rules.empties_lookups:
            child[field.name] = None
            self.touch(child)

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every living row as JSON has it."""
        return {
            name: [{key: rendered(value) for key, value in row.items()} for row in self.rows(name)]
            for name in self._rows
        }

    def _accepted(self, kind: Entity, body: dict[str, Any], *, row: Row | None = None) -> Row:
        """The values that may be stored; `row` is the one to change, none for one to create."""
        values: Row = {}
        for name, value in body.items():
            if name == "attributes":
                continue
            field = kind.field(name)
            if field is None:
                values.update(self._looked_up(kind, name, value))
                continue
            if field.locked or (field.fixed and row is not None):
                raise _sealed(field)
            values[field.name] = coerced(field, value)
        for name, value in values.items():
            self._check_reference(kind.fields[name], value)
            self._check_unique(kind, kind.fields[name], value, row=row)
        return values

    def _looked_up(self, kind: Entity, name: str, value: Any) -> Row:
        """A parent named by its external id: `{"Account": {"ERP_Id__c": "C-1"}}`."""
        lookup = kind.follow(name)
        parent = self.schema.entity(lookup.reference) if lookup else None
        if lookup is None or parent is None or not isinstance(value, dict):
            message = f"No such column '{name}' on sobject of type {kind.name}"
            raise Refusal(400, "INVALID_FIELD", message)
        keys = {key: wanted for key, wanted in value.items() if key != "attributes"}
        found = [row for row in self.rows(parent.name) if all(row.get(key) == wanted for key, wanted in keys.items())]
        if len(found) != 1 or not keys:
            message = f"Foreign key external ID: {next(iter(keys.values()), '')} not found for entity {parent.name}"
            raise Refusal(400, "INVALID_FIELD", message, fields=())
        return {lookup.name: found[0]["Id"]}

    def _check_reference(self, field: Field, value: Any) -> None:
        if field.reference and value is not None and self.find(field.reference, value) is None:
            raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=(field.name,))

    def _check_unique(self, kind: Entity, field: Field, value: Any, *, row: Row | None) -> None:
        if not field.unique or value is None:
            return
        same = (r for r in self.rows(kind.name) if r is not row and str(r[field.name] or "").lower() == value.lower())
        twin = next(same, None)
        if twin is not None:
            message = f"duplicate value found: {field.name} duplicates value on record with id: {twin['Id'][:15]}"
            raise Refusal(400, "DUPLICATE_VALUE", message, fields=())


def _lacks(field: Field, values: Row) -> bool:
    return field.required and values.get(field.name) is None


def _sealed(field: Field) -> Refusal:
    message = (
        f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return Refusal(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, fields=(field.name,))
