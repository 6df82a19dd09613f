"""Reads: filters, order, pages, chosen properties, expanded links, and how a row looks in each dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from system_apis.sap_s4hana.simulator.filters import test_of
from system_apis.sap_s4hana.simulator.refusal import malformed
from system_apis.sap_s4hana.simulator.schema import EntitySet, Kind, Service
from system_apis.sap_s4hana.simulator.state import Row, Tenant
from system_apis.sap_s4hana.simulator.values import written

_MOST_AT_ONCE: Final = 5000


@dataclass(frozen=True)
class Shower:
    """Shows rows of one service. `exact` is v4 with decimals as text."""

    tenant: Tenant
    service: Service
    root: str
    exact: bool = False

    def one(self, entity: EntitySet, row: Row, query: Mapping[str, str]) -> dict[str, Any]:
        """A row with what was asked of it."""
        chosen, expanded = _names(query.get("$select")), _names(query.get("$expand"))
        return self._shown(entity, row, chosen=chosen, expanded=expanded)

    def etag(self, row: Row) -> str:
        """The entity tag of a row."""
        return f'W/"{row.version:08d}"'

    def uri(self, entity: EntitySet, row: Row) -> str:
        """Where a row stands."""
        return f"{self.root}/{entity.name}({_key(entity, row, version=self.service.version)})"

    def page(self, entity: EntitySet, rows: Sequence[Row], query: Mapping[str, str], *, here: str) -> dict[str, Any]:
        """A page of a set, with the address of the next one where there is more."""
        found = _sorted(entity, _filtered(entity, rows, query), query)
        skip, top = _number(query, "$skip") or 0, _number(query, "$top")
        asked = found[skip:] if top is None else found[skip : skip + top]
        start = _number(query, "$skiptoken") or 0
        size = min(self.tenant.settings.page, _MOST_AT_ONCE)
        shown = [self.one(entity, row, query) for row in asked[start : start + size]]
        more = start + size < len(asked)
        following = f"{here}?{urlencode({**query, '$skiptoken': str(start + size)})}" if more else ""
        if self.service.version == 2:
            count = {"__count": str(len(found))} if query.get("$inlinecount") == "allpages" else {}
            return {"d": {**count, "results": shown, **({"__next": following} if more else {})}}
        count4 = {"@odata.count": len(found)} if query.get("$count") == "true" else {}
        context = {"@odata.context": f"{self.root}/$metadata#{entity.name}"}
        return {**context, **count4, "value": shown, **({"@odata.nextLink": following} if more else {})}

    def _shown(
        self, entity: EntitySet, row: Row, *, chosen: frozenset[str] | None, expanded: frozenset[str] | None
    ) -> dict[str, Any]:
        plain = {
            name: written(prop, row.values[name], version=self.service.version, exact=self.exact)
            for name, prop in entity.properties.items()
            if chosen is None or name in chosen
        }
        unknown = [name for name in chosen or () if name not in entity.properties and name not in entity.links]
        if unknown:
            raise malformed(f"Property '{unknown[0]}' not found in type '{entity.type_name}'")
        linked = self._linked(entity, row, expanded or frozenset())
        if self.service.version != 2:
            return {"@odata.etag": self.etag(row), **plain, **linked}
        about = {"id": self.uri(entity, row), "uri": self.uri(entity, row), "type": entity.type_name}
        return {"__metadata": {**about, "etag": self.etag(row)}, **plain, **linked}

    def _linked(self, entity: EntitySet, row: Row, expanded: frozenset[str]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, link in entity.links.items():
            deeper = frozenset(path.partition("/")[2] for path in expanded if path.startswith(f"{name}/"))
            if name in expanded or deeper:
                target = self.service.sets[link.target]
                rows = linked_rows(self.tenant, self.service, row, link.name, entity)
                inner = [self._shown(target, one, chosen=None, expanded=deeper) for one in rows]
                single = inner[0] if inner else None
                many = {"results": inner} if self.service.version == 2 else inner
                shown[name] = many if link.many else single
            elif self.service.version == 2:
                shown[name] = {"__deferred": {"uri": f"{self.uri(entity, row)}/{name}"}}
        return shown


def linked_rows(tenant: Tenant, service: Service, row: Row, name: str, entity: EntitySet) -> list[Row]:
    """The rows behind a link."""
    link = entity.links[name]
    table = service.sets[link.target].table
    return tenant.where(table, **{there: row.values[here] for here, there in link.match})


def _filtered(entity: EntitySet, rows: Sequence[Row], query: Mapping[str, str]) -> list[Row]:
    asked = query.get("$filter")
    if not asked:
        return list(rows)
    test = test_of(asked, entity)
    return [row for row in rows if test(row.values)]


def _sorted(entity: EntitySet, rows: list[Row], query: Mapping[str, str]) -> list[Row]:
    for part in reversed([part.strip() for part in query.get("$orderby", "").split(",") if part.strip()]):
        name, _, way = part.partition(" ")
        if name not in entity.properties:
            raise malformed(f"Property '{name}' not found in type '{entity.type_name}'")
        rows = sorted(rows, key=lambda row: row.values[name], reverse=way == "desc")
    return rows


def _number(query: Mapping[str, str], name: str) -> int | None:
    said = query.get(name)
    if said is None:
        return None
    if not said.isdecimal():
        raise malformed(f"Invalid value for {name}")
    return int(said)


def _names(said: str | None) -> frozenset[str] | None:
    return None if not said else frozenset(name.strip() for name in said.split(",") if name.strip() != "*")


def _key(entity: EntitySet, row: Row, *, version: int) -> str:
    def part(name: str) -> str:
        value = quote(str(row.values[name]).replace("'", "''"), safe="'")
        if entity.properties[name].kind is Kind.GUID:
            return f"guid'{value}'" if version == 2 else value
        return f"'{value}'"

    if len(entity.keys) == 1:
        return part(entity.keys[0])
    return ",".join(f"{name}={part(name)}" for name in entity.keys)
