"""The associations API: one pair at a time, or many; a row without any is an error within a 207."""

from typing import Any, Final

from .errors import invalid, no_row, part_of, unreadable
from .links import End, LinkType, default_type
from .router import Account, Answer, Call, Route
from .schema import Kind
from .values import shown_moment

_MOST_READ: Final = 1000
_MOST_WRITTEN: Final = 2000
_MOST_LISTED: Final = 500
_NONE: Final = "crm.associations.NO_ASSOCIATIONS_FOUND"


def _kinds(account: Account, source: str, target: str) -> tuple[Kind, Kind]:
    return account.store.schema.kind(source), account.store.schema.kind(target)


def _ends(account: Account, source: Kind, row_id: str, target: Kind, other_id: str) -> tuple[End, End]:
    store = account.store
    return (source.id, store.need(source, row_id).id), (target.id, store.need(target, other_id).id)


def _listed(account: Account, source: End, target: Kind, *, after: str, limit: int) -> dict[str, Any] | None:
    """A page of what belongs to a row; None when nothing does."""
    found = list(account.store.links.of(source, target.id))
    if not found:
        return None
    if not after.isdigit():
        raise invalid(f"Invalid paging cursor: {after}")
    start = int(after)
    rows = [
        {"toObjectId": int(row_id), "associationTypes": [kind.spec() for kind in types]}
        for row_id, types in found[start : start + limit]
    ]
    page: dict[str, Any] = {"to": rows}
    if start + limit < len(found):
        page["paging"] = {"next": {"after": str(start + limit), "link": "?after"}}
    return page


def _of_one(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[2])
    row = account.store.need(source, parts[1])
    limit = min(call.limit(default=_MOST_LISTED, most=_MOST_LISTED), account.store.links.page)
    page = _listed(account, (source.id, row.id), target, after=call.one("after", "0"), limit=limit) or {"to": []}
    return Answer(200, {"results": page.pop("to"), **page})


def _join_default(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    source, target = _kinds(account, parts[0], parts[2])
    ends = _ends(account, source, parts[1], target, parts[3])
    return Answer(200, _complete(account, _joined_default(account, *ends)))


def _join_labelled(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[2])
    here, there = _ends(account, source, parts[1], target, parts[3])
    sent = call.any_json()
    if not isinstance(sent, list) or not sent:
        raise unreadable("Cannot deserialize value of type list from Object value")
    kinds = _named(account, source, target, sent)
    for kind in kinds:
        account.store.links.join(here, there, kind)
    told = {"fromObjectTypeId": source.id, "fromObjectId": int(here[1])}
    told |= {"toObjectTypeId": target.id, "toObjectId": int(there[1])}
    return Answer(201, told | {"labels": [kind.label for kind in kinds if kind.label]})


def _part(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    source, target = _kinds(account, parts[0], parts[2])
    account.store.links.part((source.id, parts[1]), (target.id, parts[3]))
    return Answer(204)


def _read_many(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[1])
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for each in call.inputs(most=_MOST_READ):
        row_id, after = str(each.get("id")), str(each.get("after") or "0")
        page = _listed(account, (source.id, row_id), target, after=after, limit=account.store.links.page)
        if page is None:
            errors.append(_nothing(source, row_id, target))
        else:
            results.append({"from": {"id": row_id}, **page})
    body = _complete(account, results)
    return Answer(207, body | {"numErrors": len(errors), "errors": errors}) if errors else Answer(200, body)


def _join_many_default(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[1])
    results: list[dict[str, Any]] = []
    for each in call.inputs(most=_MOST_WRITTEN):
        ends = _ends(account, source, str(part_of(each, "from", "id")), target, str(part_of(each, "to", "id")))
        results += _joined_default(account, *ends)
    return Answer(200, _complete(account, results))


def _join_many(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[1])
    results: list[dict[str, Any]] = []
    for each in call.inputs(most=_MOST_WRITTEN):
        here, there = _ends(account, source, str(part_of(each, "from", "id")), target, str(part_of(each, "to", "id")))
        kinds = _named(account, source, target, each.get("types") or [])
        for kind in kinds:
            account.store.links.join(here, there, kind)
        labels = [kind.label for kind in kinds if kind.label]
        results.append({"fromObjectId": int(here[1]), "toObjectId": int(there[1]), "labels": labels})
    return Answer(201, _complete(account, results))


def _part_many(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    source, target = _kinds(account, parts[0], parts[1])
    for each in call.inputs(most=_MOST_WRITTEN):
        for other in each.get("to") or ():
            account.store.links.part(
                (source.id, str(part_of(each, "from", "id"))), (target.id, str(part_of(other, "id")))
            )
    return Answer(204)


def _labels(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    del call
    source, target = _kinds(account, parts[0], parts[1])
    return Answer(200, {"results": [kind.spec() for kind in account.store.links.types(source.id, target.id)]})


def _joined_default(account: Account, here: End, there: End) -> list[dict[str, Any]]:
    """Associate without a label; told from both ends."""
    kind = default_type(account.store.links, here[0], there[0])
    account.store.links.join(here, there, kind)
    ways = ((here, there, kind.id), (there, here, kind.back))
    return [
        {
            "from": {"id": source[1]},
            "to": {"id": target[1]},
            "associationSpec": {"associationCategory": kind.category, "associationTypeId": type_id},
        }
        for source, target, type_id in ways
    ]


def _named(account: Account, source: Kind, target: Kind, sent: list[Any]) -> list[LinkType]:
    return [
        account.store.links.find(
            part_of(each, "associationCategory"), part_of(each, "associationTypeId"), source=source.id, target=target.id
        )
        for each in sent
    ]


def _nothing(source: Kind, row_id: str, target: Kind) -> dict[str, Any]:
    """What a 207 says of a row that nothing belongs to: the same as of one that does not exist."""
    told = no_row(row_id).part()
    context = {"fromObjectId": [row_id], "fromObjectType": [source.singular], "toObjectType": [target.singular]}
    message = f"No {target.singular} is associated with {source.singular} {row_id}."
    return told | {"category": "OBJECT_NOT_FOUND", "subCategory": _NONE, "message": message, "context": context}


def _complete(account: Account, results: list[dict[str, Any]]) -> dict[str, Any]:
    now = shown_moment(account.sandbox.now())
    return {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}


ROUTES = (
    Route("GET", "/objects/{}/{}/associations/{}", _of_one, "read"),
    Route("PUT", "/objects/{}/{}/associations/default/{}/{}", _join_default, "write"),
    Route("PUT", "/objects/{}/{}/associations/{}/{}", _join_labelled, "write"),
    Route("DELETE", "/objects/{}/{}/associations/{}/{}", _part, "write"),
    Route("POST", "/associations/{}/{}/batch/read", _read_many, "read"),
    Route("POST", "/associations/{}/{}/batch/create", _join_many, "write"),
    Route("POST", "/associations/{}/{}/batch/associate/default", _join_many_default, "write"),
    Route("POST", "/associations/{}/{}/batch/archive", _part_many, "write"),
    Route("GET", "/associations/{}/{}/labels", _labels, "read"),
)
