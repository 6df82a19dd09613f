"""Rows one by one: listed, read, created, changed, archived."""

from typing import Any

from .errors import Refusal, part_of
from .router import Account, Answer, Call, Route
from .schema import PORTAL, Kind
from .state import Row, Values
from .values import shown, shown_moment

_MOST_LISTED = 100


def seen(account: Account, row: Row, names: tuple[str, ...], *, values: Values | None = None) -> dict[str, Any]:
    """A row as answers show it, or as the index knows it; names that the type does not have are left out."""
    kind = row.kind
    asked = tuple(name for name in names if name in kind.properties) or kind.default
    always = ("hs_object_id", kind.created, kind.stamp)
    wanted = tuple(dict.fromkeys((*asked, *always)))
    return {
        "id": row.id,
        "properties": shown(values or account.store.values(row), wanted, as_millis=account.store.as_millis),
        "createdAt": shown_moment(row.created),
        "updatedAt": shown_moment(row.updated),
        "archived": row.archived,
        "url": f"https://app.hubspot.com/contacts/{PORTAL}/record/{kind.id}/{row.id}",
    }


def created(account: Account, kind: Kind, body: dict[str, Any]) -> Row:
    """Add a row with its associations; nothing is added when an association is refused."""
    store = account.store
    wanted: list[tuple[Row, list[Any]]] = []
    for given in body.get("associations") or ():
        types = given.get("types") or ()
        target = _target(account, kind, str(part_of(given, "to", "id")), types)
        found = [store.links.find(*_named(each), source=kind.id, target=target.kind.id) for each in types]
        wanted.append((target, found))
    row = store.create(kind, body.get("properties"))
    for target, found in wanted:
        for each in found:
            store.links.join((kind.id, row.id), (target.kind.id, target.id), each)
    store.touch(row, at=row.updated)
    return row


def _named(each: Any) -> tuple[str, int]:
    return part_of(each, "associationCategory"), part_of(each, "associationTypeId")


def _target(account: Account, kind: Kind, row_id: str, types: Any) -> Row:
    """The row at the other end: its type follows from the type of the association."""
    store = account.store
    for other in store.schema.kinds.values():
        known = {(link.category, link.id) for link in store.links.types(kind.id, other.id)}
        if types and all(_named(each) in known for each in types):
            return store.need(other, row_id)
    raise Refusal(400, f"Invalid association types from {kind.id}: {types}", category="VALIDATION_ERROR")


def _list(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = account.store.schema.kind(parts[0])
    limit = call.limit(default=10, most=_MOST_LISTED)
    after = call.one("after", "0")
    if not after.isdigit():
        raise Refusal(400, f"Invalid paging cursor: {after}", category="VALIDATION_ERROR")
    rows = sorted(account.store.rows(kind, archived=call.one("archived") == "true"), key=lambda row: int(row.id))
    rest = [row for row in rows if int(row.id) > int(after)]
    body: dict[str, Any] = {"results": [seen(account, row, call.names("properties")) for row in rest[:limit]]}
    if len(rest) > limit:
        # `after` is the last id, as the vendor's happens to be; callers must not know
        last = rest[limit - 1].id
        body["paging"] = {"next": {"after": last, "link": f"{call.address}?after={last}"}}
    return Answer(200, body)


def _read(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    store = account.store
    kind = store.schema.kind(parts[0])
    archived = call.one("archived") == "true"
    row = store.need(kind, parts[1], by=call.one("idProperty"), archived=archived)
    told = seen(account, row, call.names("properties"))
    associated: dict[str, Any] = {}
    for name in call.names("associations"):
        other = store.schema.kind(name)
        page = _associated(account, kind, row, other, address=call.address)
        if page:
            associated[other.full_name or other.plural.replace("_", " ")] = page
    return Answer(200, told | ({"associations": associated} if associated else {}))


def _associated(account: Account, kind: Kind, row: Row, other: Kind, *, address: str) -> dict[str, Any]:
    """The first page of what belongs to a row, once for each type of association; nothing where nothing does."""
    links = account.store.links
    found = list(links.of((kind.id, row.id), other.id))
    results = [
        {"id": row_id, "type": _word(account, kind, other, plain=link.label is None)}
        for row_id, types in found[: links.page]
        for link in types
    ]
    if len(found) <= links.page:
        return {"results": results} if results else {}
    after = str(links.page)
    return {"results": results, "paging": {"next": {"after": after, "link": f"{address}/associations?after={after}"}}}


def _word(account: Account, kind: Kind, other: Kind, *, plain: bool) -> str:
    """What the older family calls an association; one without a label says so only where others have one."""
    labelled = any(link.label for link in account.store.links.types(kind.id, other.id))
    return f"{kind.singular}_to_{other.singular}{'_unlabeled' if plain and labelled else ''}"


def _create(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    row = created(account, account.store.schema.kind(parts[0]), call.json())
    return Answer(201, seen(account, row, tuple(row.values)))


def _change(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = account.store.schema.kind(parts[0])
    row = account.store.need(kind, parts[1], by=call.one("idProperty"))
    account.store.update(row, call.json().get("properties"))
    return Answer(200, seen(account, row, tuple(row.values)))


def _archive(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    row = account.store.find(account.store.schema.kind(parts[0]), parts[1])
    if row is not None and not row.archived:
        account.store.archive(row)
    return Answer(204)


ROUTES = (
    Route("GET", "/objects/{}", _list, "read"),
    Route("POST", "/objects/{}", _create, "write"),
    Route("GET", "/objects/{}/{}", _read, "read"),
    Route("PATCH", "/objects/{}/{}", _change, "write"),
    Route("DELETE", "/objects/{}/{}", _archive, "write"),
)
