"""Rows as the pod shows them: links with change indicators, children inside, pages; and the choice of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from system_apis.oracle_fusion.simulator.query import test_of
from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.schema import Resource
from system_apis.oracle_fusion.simulator.state import Pod, Row

COLLECTIONS: Final = 3
"""From this framework version on children inside a row are collections, not plain lists."""


def indicator(row: Row) -> str:
    """What moves whenever a row changes; it is the entity tag too."""
    return f"{row.version:08X}AACED0005"


def address_of(row: Row, *, root: str) -> str:
    """Where a row is."""
    if row.parent is None:
        return f"{root}/{row.resource}/{row.key}"
    return f"{address_of(row.parent, root=root)}/child/{row.resource.rpartition('/')[2]}/{row.key}"


def item(pod: Pod, row: Row, resource: Resource, *, query: Mapping[str, str], root: str, version: int) -> Any:
    """One row. Where `fields` is given, `expand` is passed over."""
    wanted = set(filter(None, query.get("fields", "").split(",")))
    told = {name: _plain(row.values.get(name)) for name in resource.attributes if not wanted or name in wanted}
    if query.get("onlyData") != "true":
        href = address_of(row, root=root)
        own = {"rel": "self", "href": href, "name": resource.name, "kind": "item"}
        told["links"] = [{**own, "properties": {"changeIndicator": indicator(row)}}]
    if not wanted:
        for name in _expanded(query.get("expand", ""), resource):
            inner = {**query, "expand": _inner(query.get("expand", ""), name)}
            rows = row.below(name)
            nested = rows if version < COLLECTIONS else rows[: pod.settings.nested]
            shown = [item(pod, one, resource.children[name], query=inner, root=root, version=version) for one in nested]
            told[name] = shown if version < COLLECTIONS else _page(shown, len(rows), offset=0, most=pod.settings.nested)
    return told


def collection(
    pod: Pod, rows: Sequence[Row], resource: Resource, *, query: Mapping[str, str], root: str, version: int
) -> dict[str, Any]:
    """A page of the rows that were asked for."""
    chosen = _ordered(_chosen(rows, resource, query, version=version), resource, query.get("orderBy", ""))
    limit = min(_whole(query, "limit", pod.settings.page), pod.settings.most)
    offset = _whole(query, "offset", 0)
    shown = [
        item(pod, row, resource, query=query, root=root, version=version) for row in chosen[offset : offset + limit]
    ]
    page = _page(shown, len(chosen), offset=offset, most=limit)
    if query.get("totalResults") == "true":
        page["totalResults"] = len(chosen)
    return page


def _chosen(rows: Sequence[Row], resource: Resource, query: Mapping[str, str], *, version: int) -> list[Row]:
    chosen = list(rows)
    if "finder" in query:
        name, _, variables = query["finder"].partition(";")
        if name != "PrimaryKey" or not resource.key:
            raise invalid("JBO-27513", f"The finder {name} is not valid.")
        _, _, value = variables.partition("=")
        chosen = [row for row in chosen if row.key == value]
    if query.get("q"):
        test = test_of(query["q"], resource.attributes, version=version)
        chosen = [row for row in chosen if test(row.values)]
    return chosen


def _ordered(rows: list[Row], resource: Resource, order: str) -> list[Row]:
    for part in reversed(list(filter(None, order.split(",")))):
        name, _, way = part.partition(":")
        if name not in resource.attributes:
            raise invalid("JBO-25058", f"Definition {name} of type Attribute is not found.")
        rows.sort(key=lambda row: (row.values.get(name) is not None, row.values.get(name)), reverse=way == "desc")
    return rows


def _page(shown: list[Any], whole: int, *, offset: int, most: int) -> dict[str, Any]:
    more = offset + len(shown) < whole
    return {"items": shown, "count": len(shown), "hasMore": more, "limit": most, "offset": offset, "links": []}


def _expanded(expand: str, resource: Resource) -> list[str]:
    if expand == "all":
        return list(resource.children)
    names = list(dict.fromkeys(part.partition(".")[0] for part in expand.split(",") if part))
    for name in names:
        if name not in resource.children:
            raise invalid("JBO-27513", f"URL request parameter expand has an invalid value {name}.")
    return names


def _inner(expand: str, name: str) -> str:
    return ",".join(part.partition(".")[2] for part in expand.split(",") if part.startswith(f"{name}."))


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    said = query.get(name, str(default))
    if not said.isdecimal():
        raise invalid("JBO-27513", f"URL request parameter {name} has an invalid value {said}.")
    return int(said)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
