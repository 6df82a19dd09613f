"""Writes: properties that may be set, rows with their parts in one body, and the rules of each table around them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from system_apis.sap_s4hana.simulator.refusal import Refusal, absent, business
from system_apis.sap_s4hana.simulator.schema import EntitySet, Service
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.values import read

Values = dict[str, Any]


def nothing_made(_tenant: Tenant, _values: Values) -> None:
    """No rule."""


def nothing_of_it(_tenant: Tenant, _row: Row) -> None:
    """No rule."""


def nothing_changed(_tenant: Tenant, _row: Row, _values: Values) -> None:
    """No rule."""


@dataclass(frozen=True)
class Rules:
    """What the application does around a write: before and after a row is made, before it changes or goes."""

    making: Callable[[Tenant, Values], None] = nothing_made
    made: Callable[[Tenant, Row], None] = nothing_of_it
    changing: Callable[[Tenant, Row, Values], None] = nothing_changed
    changed: Callable[[Tenant, Row], None] = nothing_of_it
    removing: Callable[[Tenant, Row], None] = nothing_of_it


@dataclass(frozen=True)
class Writer:
    """Writes to one service under the rules of its tables."""

    tenant: Tenant
    service: Service
    rules: Mapping[str, Rules]

    def create(self, entity: EntitySet, body: Mapping[str, Any], *, fixed: Mapping[str, Any] | None = None) -> Row:
        """Make a row and everything in the body that hangs on it; `fixed` are the columns that tie it to its parent."""
        if not entity.creatable:
            raise Refusal(405, "/IWBEP/CM_MGW_RT/022", f"Method 'CREATE_ENTITY' not supported for '{entity.name}'")
        values = {name: prop.empty for name, prop in entity.properties.items()} | dict(fixed or {})
        parts: dict[str, list[Mapping[str, Any]]] = {}
        for name, value in body.items():
            if name in entity.links:
                parts[name] = _many(value)
            elif not name.startswith(("__", "@")):
                self._set(entity, values, name, value, fixed=fixed or {})
        rules = self.rules.get(entity.table, Rules())
        rules.making(self.tenant, values)
        key = tuple(values[name] for name in entity.keys)
        if self.tenant.find(entity.table, *key) is not None:
            raise business("/BOBF/FRW_COMMON/104", f"{entity.name} '{key[-1]}' already exists", target=entity.keys[-1])
        row = self.tenant.add(entity.table, key, values)
        self._hang(entity, row, parts)
        rules.made(self.tenant, row)
        return row

    def change(self, entity: EntitySet, row: Row, body: Mapping[str, Any]) -> None:
        """Change the properties in the body; links cannot be written here."""
        if not entity.updatable:
            raise Refusal(405, "/IWBEP/CM_MGW_RT/022", f"Method 'UPDATE_ENTITY' not supported for '{entity.name}'")
        check_lock(self.tenant, row)
        values: Values = {}
        for name, value in body.items():
            if name.startswith(("__", "@")) or name in entity.links:
                continue
            prop = entity.properties.get(name)
            if prop is None:
                raise _unknown(entity, name)
            if not prop.update and name not in entity.keys:
                raise business("/IWBEP/CM_MGW_RT/023", f"Property '{name}' cannot be updated", target=name)
            if prop.update:
                values[name] = read(prop, value, version=self.service.version)
        rules = self.rules.get(entity.table, Rules())
        rules.changing(self.tenant, row, values)
        self.tenant.change(row, **values)
        rules.changed(self.tenant, row)

    def remove(self, entity: EntitySet, row: Row) -> None:
        """Take a row out, and what hangs on it."""
        if not entity.deletable:
            raise Refusal(405, "/IWBEP/CM_MGW_RT/022", f"Method 'DELETE_ENTITY' not supported for '{entity.name}'")
        check_lock(self.tenant, row)
        self.rules.get(entity.table, Rules()).removing(self.tenant, row)
        self.tenant.remove(row)

    def _set(self, entity: EntitySet, values: Values, name: str, value: Any, *, fixed: Mapping[str, Any]) -> None:
        prop = entity.properties.get(name)
        if prop is None:
            raise _unknown(entity, name)
        if name in fixed:
            return
        if not prop.create:
            if value in (None, "", False):
                return
            raise business("/IWBEP/CM_MGW_RT/023", f"Property '{name}' cannot be set", target=name)
        values[name] = read(prop, value, version=self.service.version)

    def _hang(self, entity: EntitySet, row: Row, parts: Mapping[str, list[Mapping[str, Any]]]) -> None:
        for name, bodies in parts.items():
            link = entity.links[name]
            target = self.service.sets[link.target]
            fixed = {there: row.values[here] for here, there in link.match}
            for body in bodies:
                self.create(self._with_parts(target), body, fixed=fixed)

    def _with_parts(self, target: EntitySet) -> EntitySet:
        """A set as it is written within its parent: A_Customer can be made with its business partner, not alone."""
        if target.creatable:
            return target
        fields = {name: getattr(target, name) for name in ("name", "table", "keys", "properties", "links")}
        return EntitySet(**fields, creatable=True)


def check_lock(tenant: Tenant, row: Row) -> None:
    """Somebody has the object open on a screen."""
    holder = tenant.locks.get(f"{row.table}/{row.key[-1]}")
    if holder:
        raise business("MC/601", f"{row.key[-1]} is locked by user {holder}")


def row_at(tenant: Tenant, entity: EntitySet, key: tuple[Any, ...]) -> Row:
    """The row under a key, or a 404."""
    row = tenant.find(entity.table, *key)
    if row is None:
        raise absent(entity.name)
    return row


def _unknown(entity: EntitySet, name: str) -> Refusal:
    text = f"Property '{name}' is invalid for type '{entity.type_name}'"
    return Refusal(400, "/IWFND/CM_MGW_RT/176", text, target=name)


def _many(value: Any) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value["results"]) if "results" in value else [value]
    return list(value)
