"""The answer's wrapping: order lives in `results`, objects in shuffled maps keyed by string ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from system_apis.kantata.simulator.collection import Collection
from system_apis.kantata.simulator.listing import Page
from system_apis.kantata.simulator.rows import Row, Rows
from system_apis.kantata.simulator.spec import COLLECTIONS

_LAZY: Final = frozenset({"current_payload", "previous_payload", "payload_changes", "change_summary"})
_INNER: Final = frozenset({"place"})
_WRITTEN: Final = frozenset(
    {
        "external_reference",
        "add_workspace_ids",
        "remove_workspace_ids",
        "clone_id",
        "clone_version_id",
        "tag_list",
        "rate_card_set_version_id",
        "resource_workspace_id",
        "resource_role_id",
        "request_resolution_status",
        "allocations_state",
        "line_item_ids",
        "suppress_emails",
    }
)  # taken, never answered


def enveloped(state: Rows, collection: Collection, page: Page, query: Mapping[str, str]) -> dict[str, Any]:
    """Count, results, meta, and one map for each collection that appears."""
    maps: dict[str, dict[str, Row]] = {collection.name: {}}
    included = [name for name in query.get("include", "").split(",") if name]
    lazy = set(query.get("optional_fields", "").split(","))
    silent = {collection.one[name][1] for name in collection.by_include if name not in included}
    for row in page.rows:
        shown = _plain(collection, row, lazy)
        maps[collection.name].setdefault(row["id"], {key: shown[key] for key in shown if key not in silent})
    for name in included:
        for row in page.rows:
            _include(state, collection, row, name, maps)
    return {
        "count": page.count,
        "results": [{"key": collection.name, "id": row["id"]} for row in page.rows],
        "meta": {
            "count": page.count,
            "page_count": page.pages,
            "page_number": page.number,
            "page_size": page.size,
        },
        **{name: _shuffled(state, rows) for name, rows in maps.items()},
    }


def whole(rows: list[Row]) -> Page:
    """The page that a show, a create or an update answers."""
    return Page(rows=rows, count=len(rows), number=1, size=max(len(rows), 1))


def _include(state: Rows, collection: Collection, row: Row, name: str, maps: dict[str, dict[str, Row]]) -> None:
    found = _associated(state, collection, row, name)
    if found is None:
        return
    target, rows, attribute = found
    here = maps[collection.name][row["id"]]
    if name in collection.one:
        here.setdefault(attribute, row.get(attribute))
    elif attribute not in here:
        here[attribute] = [other["id"] for other in rows]
    for other in rows:
        maps.setdefault(target, {}).setdefault(other["id"], _plain(COLLECTIONS[target], other, set()))


def _associated(state: Rows, collection: Collection, row: Row, name: str) -> tuple[str, list[Row], str] | None:
    """The collection, the rows, and the attribute by which the row names them."""
    if name == "external_references":
        return name, state.references(collection, row["id"]), "external_reference_ids"
    if name in collection.one:
        target, attribute = collection.one[name]
        other = state.get(target, row.get(attribute))
        return target, [other] if other else [], attribute
    if name in collection.many:
        target, where = collection.many[name]
        if where.startswith("<"):
            return target, _hanging(state, target, where, row), where[1:]
        attribute = f"{name.removesuffix('s')}_ids" if name != "sub_stories" else "sub_story_ids"
        attribute = "workspace_resources_with_unnamed_ids" if name.endswith("_unnamed") else attribute
        return target, _hanging(state, target, where, row), attribute
    return None


def _hanging(state: Rows, target: str, where: str, row: Row) -> list[Row]:
    if where.startswith("<"):
        ids = row.get(where[1:]) or []
        return [other for other in (state.get(target, one) for one in ids) if other]
    if where.endswith("_ids"):
        return [other for other in state.rows[target].values() if row["id"] in (other.get(where) or [])]
    return state.where(target, **{where: row["id"]})


def _plain(collection: Collection, row: Row, lazy: set[str]) -> Row:
    """Every attribute of the collection, null where nothing was given; lazy ones only on demand."""
    given = {name: value for name, value in row.items() if name not in _INNER and (name not in _LAZY or name in lazy)}
    return dict.fromkeys(set(collection.takes) - _WRITTEN) | given


def _shuffled(state: Rows, rows: dict[str, Row]) -> dict[str, Row]:
    ids = list(rows)
    state.sandbox.random.shuffle(ids)
    return {row_id: rows[row_id] for row_id in ids}
