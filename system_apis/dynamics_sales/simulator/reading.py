"""Rows read: one by its key, or many by a query, a page at a time, and changes since a token."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from .address import Target
from .call import Answer, Call, Environment
from .compare import check, holds
from .filters import parse
from .refusal import Refusal, bad_query, missing, missing_by_key, no_property
from .schema import Table
from .shaping import Shape, shape, shown
from .state import Row

_LARGEST_PAGE: Final = 5000
_RETENTION: Final = dt.timedelta(days=7)
_STAMP: Final = "%m/%d/%Y %H:%M:%S"
_KNOWN: Final = frozenset(
    {"$select", "$filter", "$orderby", "$top", "$expand", "$count", "$skiptoken", "$deltatoken", "tag"}
)
_UNTRACKED: Final = ("$filter", "$orderby", "$expand", "$top")


@dataclass(frozen=True, slots=True)
class _Cursor:
    """What is left of a query behind its nextLink."""

    rows: list[Any]
    offset: int
    more: dict[str, Any]


def one(environment: Environment, call: Call, target: Target) -> Answer:
    """A single row; raises the vendor's 404."""
    row = need(environment, target)
    given = shape(target.table, call.query.get("$select", ""), call.query.get("$expand", ""))
    if call.headers.get("if-none-match") == f'W/"{row["versionnumber"]}"':
        return Answer(304)
    record = shown(environment.store, given, row, annotations=call.annotations)
    context = f"{call.root}/$metadata#{target.table.plural}{_projection(call)}/$entity"
    return Answer(200, {"@odata.context": context, **record}, {"ETag": record["@odata.etag"]})


def need(environment: Environment, target: Target) -> Row:
    """The row that is meant; raises the 404 that fits how it was named."""
    row = target.find(environment)
    if row is None:
        raise absent(target)
    return row


def absent(target: Target) -> Refusal:
    """The 404 that fits how a row was named."""
    return missing_by_key(target.table.name) if target.key else missing(target.table.name, target.row_id)


def many(environment: Environment, call: Call, table: Table) -> Answer:
    """A page of a query, or of the changes of a table."""
    if unknown := [name for name in call.query if name.startswith("$") and name not in _KNOWN]:
        raise bad_query(f"The query parameter {unknown[0]} is not supported")
    given = shape(table, call.query.get("$select", ""), call.query.get("$expand", ""))
    if "$skiptoken" in call.query:
        return _next(environment, call, given)
    if "$deltatoken" in call.query:
        return _page(environment, call, given, *_changed(environment, call, table))
    if "odata.track-changes" in call.preferences:
        return _page(environment, call, given, *_tracked(environment, call, table))
    rows = _selected(environment, call, table)
    more: dict[str, Any] = {}
    if call.query.get("$count") == "true":
        more["@odata.count"] = min(len(rows), _LARGEST_PAGE)
    if "$top" in call.query:
        rows = rows[: _whole(call.query["$top"], name="$top")]
    return _page(environment, call, given, rows, more)


def _selected(environment: Environment, call: Call, table: Table) -> list[Row]:
    rows = list(environment.store.rows(table.name))
    if call.query.get("$filter"):
        condition = parse(call.query["$filter"])
        check(table, condition)
        rows = [row for row in rows if holds(environment.store, table, row, condition)]
    for order in reversed([part.split() for part in call.query.get("$orderby", "").split(",") if part.strip()]):
        column = table.column(order[0])
        if column is None or order[1:] not in ([], ["asc"], ["desc"]):
            raise no_property(" ".join(order), table.name)
        rows.sort(key=_sorting(column.name), reverse=order[1:] == ["desc"])
    return rows


def _sorting(name: str) -> Callable[[Row], tuple[bool, Any]]:
    """Nulls come first, as in the vendor's database."""

    def key(row: Row) -> tuple[bool, Any]:
        value = row[name]
        return value is not None, value.lower() if isinstance(value, str) else value if value is not None else 0

    return key


def _tracked(environment: Environment, call: Call, table: Table) -> tuple[list[Row], dict[str, Any]]:
    """All rows, and where their changes will be told."""
    for name in _UNTRACKED:
        if name in call.query:
            raise bad_query(f"The query option {name} is not supported when change tracking is requested.")
    if not table.tracked:
        raise Refusal(400, "0x0", f"Change tracking is not enabled for entity {table.name}.")
    return list(environment.store.rows(table.name)), _delta(environment, call, table)


def _changed(environment: Environment, call: Call, table: Table) -> tuple[list[Row], dict[str, Any]]:
    """What changed since a token, and what is gone; raises when the token is older than the vendor remembers."""
    version, _, stamp = call.query["$deltatoken"].partition("!")
    try:
        since, number = dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC), int(version)
    except ValueError:
        raise bad_query("The delta token is malformed.") from None
    if environment.sandbox.now() - since > _RETENTION:
        message = "Version stamp associated with the client has expired. Please perform a full sync."
        raise Refusal(400, "0x80044352", message)
    rows = [row for row in environment.store.rows(table.name) if row["versionnumber"] > number]
    context = f"{call.root}/$metadata#{table.plural}/$deletedEntity"
    gone: list[Row] = [
        {"@odata.context": context, "id": one.row_id, "reason": "deleted"}
        for one in environment.store.deletions(table.name)
        if one.version > number
    ]
    return rows + gone, _delta(environment, call, table)


def _delta(environment: Environment, call: Call, table: Table) -> dict[str, Any]:
    token = f"{environment.store.version}!{environment.sandbox.now().strftime(_STAMP)}"
    kept = {name: value for name, value in call.query.items() if name == "$select"}
    link = _link(call, table, {**kept, "$deltatoken": token})
    return {
        "@odata.deltaLink": link,
        "@odata.context": f"{call.root}/$metadata#{table.plural}{_projection(call)}/$delta",
    }


def _next(environment: Environment, call: Call, given: Shape) -> Answer:
    cursor = environment.cursors.get(call.query["$skiptoken"])
    if cursor is None:
        raise Refusal(400, "0x80040203", "The paging cookie of the request is malformed.")
    return _page(environment, call, given, cursor.rows, cursor.more, offset=cursor.offset)


def _page(
    environment: Environment, call: Call, given: Shape, rows: list[Row], more: dict[str, Any], *, offset: int = 0
) -> Answer:
    """So many rows as are preferred; `$top` outweighs that, and the deltaLink comes with the last page only."""
    table, preferred = given.table, call.preferences.get("odata.maxpagesize", "")
    size = _LARGEST_PAGE if not preferred or "$top" in call.query else _whole(preferred, name="odata.maxpagesize")
    stop = offset + min(size or _LARGEST_PAGE, _LARGEST_PAGE)
    body: dict[str, Any] = {"@odata.context": f"{call.root}/$metadata#{table.plural}{_projection(call)}", **more}
    body["value"] = [_record(environment, given, row, annotations=call.annotations) for row in rows[offset:stop]]
    if stop < len(rows):
        body.pop("@odata.deltaLink", None)
        cookie = f'<cookie pagenumber="{stop}" pagingcookie="{environment.sandbox.random.getrandbits(64):016x}" />'
        environment.keep(cookie, _Cursor(rows, stop, more))
        kept = {name: value for name, value in call.query.items() if name not in {"$skiptoken", "$deltatoken"}}
        body["@odata.nextLink"] = _link(call, table, {**kept, "$skiptoken": cookie})
    applied = [name for name in ("odata.track-changes", "odata.maxpagesize") if name in call.preferences]
    return Answer(200, body, {"Preference-Applied": ",".join(applied)} if applied else {})


def _record(environment: Environment, given: Shape, row: Row, *, annotations: str) -> dict[str, Any]:
    return row if "reason" in row else shown(environment.store, given, row, annotations=annotations)


def _projection(call: Call) -> str:
    select = call.query.get("$select", "")
    return f"({select})" if select else ""


def _link(call: Call, table: Table, query: dict[str, str]) -> str:
    return f"{call.root}/{table.plural}?{urlencode(query, quote_via=quote, safe='$,()')}"


def _whole(text: str, *, name: str) -> int:
    if not text.isdigit():
        raise bad_query(f"Invalid value '{text}' for {name} query option found.")
    return int(text)
