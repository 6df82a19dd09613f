"""Many rows in one call: at most a hundred, answered in part by a 207 when some are not there."""

from collections.abc import Callable
from typing import Any, Final

from .errors import Refusal, invalid, unreadable
from .objects import created, seen
from .router import Account, Answer, Call, Route
from .schema import Kind
from .state import Row
from .values import shown_moment

_MOST: Final = 100


def _reading(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind, body, inputs = account.store.schema.kind(parts[0]), call.json(), call.inputs(most=_MOST)
    by = str(body.get("idProperty") or "")
    names = tuple(body.get("properties") or ())
    ids = [_id(each) for each in inputs]
    _refuse_doubles(ids)
    found = {row_id: account.store.find(kind, row_id, by=by) for row_id in ids}
    rows = [seen(account, row, names) for row in found.values() if row and not row.archived]
    return _told(account, rows, gone=[key for key, row in found.items() if row is None or row.archived], kind=kind)


def _creating(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = account.store.schema.kind(parts[0])
    rows = [created(account, kind, each) for each in call.inputs(most=_MOST)]
    return _told(account, [seen(account, row, tuple(row.values)) for row in rows], kind=kind, status=201)


def _changing(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind, inputs = account.store.schema.kind(parts[0]), call.inputs(most=_MOST)
    _refuse_doubles([_id(each) for each in inputs])
    rows, gone = [], []
    for each in inputs:
        row = account.store.find(kind, _id(each), by=str(each.get("idProperty") or ""))
        if row is None or row.archived:
            gone.append(_id(each))
            continue
        account.store.update(row, each.get("properties"))
        rows.append(seen(account, row, tuple(row.values)))
    return _told(account, rows, gone=gone, kind=kind)


def _upserting(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind, inputs = account.store.schema.kind(parts[0]), call.inputs(most=_MOST)
    _refuse_doubles([_id(each) for each in inputs])
    rows: list[dict[str, Any]] = []
    for each in inputs:
        by = str(each.get("idProperty") or "")
        if not by:
            raise invalid("idProperty is required for upsert")
        row = account.store.find(kind, _id(each), by=by)
        if row is None:
            row = account.store.create(kind, {**(each.get("properties") or {}), by: _id(each)})
            rows.append(_upserted(account, row, each, new=True))
        else:
            account.store.update(row, each.get("properties") or {})
            rows.append(_upserted(account, row, each, new=False))
    return _told(account, rows, kind=kind)


def _upserted(account: Account, row: Row, sent: dict[str, Any], *, new: bool) -> dict[str, Any]:
    told = seen(account, row, tuple(row.values)) | {"new": new}
    trace = sent.get("objectWriteTraceId")
    return told | ({"objectWriteTraceId": trace} if trace else {})


def _archiving(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = account.store.schema.kind(parts[0])
    for each in call.inputs(most=_MOST):
        row = account.store.find(kind, _id(each))
        if row is not None and not row.archived:
            account.store.archive(row)
    return Answer(204)


def _told(
    account: Account, rows: list[dict[str, Any]], *, kind: Kind, gone: list[str] | None = None, status: int = 200
) -> Answer:
    """The results, and what is missing from them: rows are not in the order in which they were asked for."""
    now = shown_moment(account.sandbox.now())
    body: dict[str, Any] = {"status": "COMPLETE", "results": rows, "startedAt": now, "completedAt": now}
    if not gone:
        return Answer(status, body)
    word = kind.singular.upper()
    message = f"Could not get some {word} objects, they may be deleted or not exist. Check that ids are valid."
    error = Refusal(404, message, category="OBJECT_NOT_FOUND", context={"ids": gone}).part()
    return Answer(207, body | {"numErrors": 1, "errors": [error]})


def _id(given: dict[str, Any]) -> str:
    found = given.get("id")
    if not isinstance(found, str):
        raise unreadable("Some required fields were not set: [id]")
    return found


def _refuse_doubles(ids: list[str]) -> None:
    doubles = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
    if doubles:
        message = f"Duplicate IDs found in batch input: [{', '.join(doubles)}]. IDs must be unique"
        raise invalid(message, context={"ids": doubles})


def _route(verb: str, handler: Callable[[Account, Call, tuple[str, ...]], Answer], needs: str) -> Route:
    return Route("POST", f"/objects/{{}}/batch/{verb}", handler, needs)


ROUTES = (
    _route("read", _reading, "read"),
    _route("create", _creating, "write"),
    _route("update", _changing, "write"),
    _route("upsert", _upserting, "write"),
    _route("archive", _archiving, "write"),
)
