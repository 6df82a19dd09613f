"""The library as a list: columns, rows asked for by an indexed column, and search, which lags behind."""

import datetime as dt
import re
from typing import Any, Final

from . import shown
from .call import Answer, Call
from .items import matched
from .refusal import bad, gone
from .state import Drive, Item, Site

_WHERE: Final = re.compile(r"fields/(\w+) eq '((?:[^']|'')*)'")
_LONGEST: Final = 255
_BUILT_IN: Final = frozenset({"FileLeafRef", "Title"})
_RISKY: Final = "HonorNonIndexedQueriesWarningMayFailRandomly"


def columns(drive: Drive, call: Call) -> Answer:
    """The columns of the list."""
    del call
    return Answer(200, {"value": list(drive.columns.values())})


def add_column(drive: Drive, call: Call) -> Answer:
    """A new column of text."""
    call.must_write()
    wanted = call.json()
    name = wanted.get("name")
    if not isinstance(name, str) or name in drive.columns or name in _BUILT_IN:
        raise bad("The column's name is missing or taken.")
    unique = bool(wanted.get("enforceUniqueValues"))
    if unique and not wanted.get("indexed"):
        raise bad("A column with unique values has to be indexed.")
    drive.columns[name] = {
        "id": f"{drive.sandbox.random.getrandbits(128):032x}",
        "name": name,
        "displayName": wanted.get("displayName", name),
        "indexed": bool(wanted.get("indexed")),
        "enforceUniqueValues": unique,
        "text": {"maxLength": _LONGEST},
    }
    return Answer(201, drive.columns[name])


def rows(site: Site, drive: Drive, call: Call) -> Answer:
    """Rows of the list; of filters it knows the equality of a column."""
    found = [item for item in drive.items.values() if item is not drive.root]
    where = call.query.get("$filter", "")
    if where:
        asked = _WHERE.fullmatch(where)
        if asked is None:
            raise bad("Invalid filter clause")
        name, value = asked.group(1), asked.group(2).replace("''", "'")
        _indexed(drive, name, call)
        found = [item for item in found if item.fields.get(name) == value]
    page = found[: call.top(default=200, most=1000)]
    return Answer(200, {"value": [_row(site, drive, item, call) for item in page]})


def row(site: Site, drive: Drive, item: Item, call: Call) -> Answer:
    """The row of one item."""
    return Answer(200, _row(site, drive, item, call))


def numbered(drive: Drive, number: str) -> Item:
    """The item of a row; raises 404."""
    found = next((item for item in drive.items.values() if str(item.row) == number), None)
    if found is None or found is drive.root:
        raise gone()
    return found


def set_fields(drive: Drive, item: Item, call: Call) -> Answer:
    """Change columns of a row: all that are named, or none."""
    call.must_write()
    matched(item, call)
    wanted = call.json()
    for name, value in wanted.items():
        _checked(drive, item, name, value)
    item.fields |= wanted
    drive.touch(item, by=call.actor.identity)
    return Answer(200, shown.fields(item))


def search(site: Site, drive: Drive, words: str, call: Call) -> Answer:
    """Items whose name or columns hold the words, as the index knew them some time ago."""
    seen = site.sandbox.now() - dt.timedelta(seconds=site.search_lag_s)
    wanted = words.replace("''", "'").lower()
    hits = [
        shown.item(site, drive, item)
        for item in drive.items.values()
        if item.changed_at <= seen and wanted in " ".join([item.name, *map(str, item.fields.values())]).lower()
    ]
    return Answer(200, {"value": hits[: call.top(default=200, most=1000)]})


def _row(site: Site, drive: Drive, item: Item, call: Call) -> dict[str, Any]:
    told = shown.list_item(item)
    if call.wants("fields"):
        told["fields"] = shown.fields(item)
    if call.wants("driveItem"):
        told["driveItem"] = shown.item(site, drive, item)
    return told


def _indexed(drive: Drive, name: str, call: Call) -> None:
    column = drive.columns.get(name)
    if column is None:
        raise bad(f"Field '{name}' is not recognized")
    if not column["indexed"] and _RISKY not in call.headers.get("prefer", ""):
        raise bad(
            f"Field '{name}' cannot be referenced in filter or orderby as it is not indexed. Provide the 'Prefer: "
            f"{_RISKY}' header to allow this, but be warned that such queries may fail on large lists."
        )


def _checked(drive: Drive, item: Item, name: str, value: object) -> None:
    column = drive.columns.get(name)
    if column is None:
        raise bad(f"Field '{name}' is not recognized")
    if value is not None and (not isinstance(value, str) or len(value) > _LONGEST):
        raise bad(f"The value of '{name}' is not a text of at most {_LONGEST} characters.")
    if column["enforceUniqueValues"] and value:
        others = (other for other in drive.items.values() if other is not item)
        if any(other.fields.get(name) == value for other in others):
            raise bad(
                "The list item could not be added or updated because duplicate values were found in the following "
                f"field(s) in the list: [{name}]."
            )
