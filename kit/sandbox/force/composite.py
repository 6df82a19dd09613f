"""Several things in one call: rows of a collection, steps that refer to each other, independent requests."""

import re
from collections.abc import Callable
from typing import Any, Final

from .errors import Refusal
from .router import Answer, Call, Org, Route
from .rows import need, need_key, saved, shown, upserted
from .schema import Entity
from .state import Row

_MOST_ROWS: Final = 200
_MOST_STEPS: Final = 25
_REFERENCE: Final = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.\w+|\[\d+\])+)\}")
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_HALTED: Final = "The transaction was rolled back since another operation in the same transaction failed."
_ROLLED_BACK: Final = "Record rolled back because not all records were valid and the request was using AllOrNone header"


def _create_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts

    def create(record: dict[str, Any]) -> dict[str, Any]:
        return saved(org.store.create(_kind(org, record), record))

    return _each(org, call, create, kind=None)


def _update_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts

    def update(record: dict[str, Any]) -> dict[str, Any]:
        body = {name: value for name, value in record.items() if name.lower() != "id"}
        kind = _kind(org, record)
        row = org.store.need(kind, str(record.get("id") or record.get("Id") or ""))
        org.store.update(kind, row, body)
        return saved(row)

    return _each(org, call, update, kind=None)


def _upsert_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind = need(org, parts[0])
    key = need_key(kind, parts[1])

    def upsert(record: dict[str, Any]) -> dict[str, Any]:
        value = record.get(key.name)
        if not value:
            message = f"{key.name} not specified"
            raise Refusal(400, "MISSING_ARGUMENT", message, fields=(key.name,))
        body = {name: value for name, value in record.items() if name != key.name}
        row, created = upserted(org, kind, key, str(value), body)
        return saved(row, created=created)

    return _each(org, call, upsert, kind=kind)


def _each(org: Org, call: Call, act: Callable[[dict[str, Any]], dict[str, Any]], *, kind: Entity | None) -> Answer:
    """Run every row, answer 200 whatever came of them, in the order in which they were sent."""
    body = call.json()
    records = body.get("records")
    if not isinstance(records, list):
        raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body is required: records")
    _limit(len(records))
    before = org.store.savepoint()
    results: list[dict[str, Any]] = []
    loads = _loads(org, [kind.name if kind else _type(record) for record in records])
    for record in records:
        try:
            results.append(_within(loads.get(kind.name if kind else _type(record)), act, record))
        except Refusal as refusal:
            results.append(refusal.saved())
    if body.get("allOrNone") is True and not all(result["success"] for result in results):
        org.store.rollback(before)
        undone = Refusal(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK).saved()
        results = [undone if result["success"] else result for result in results]
    return Answer(200, results)


def _loads(org: Org, names: list[str]) -> dict[str, Refusal | None]:
    """What becomes of the rows of each object, by how many of them come at once."""
    kinds = {name: org.store.schema.entity(name) for name in set(names)}
    return {name: org.store.rules.overload(kind, names.count(name)) for name, kind in kinds.items() if kind}


def _within(
    overload: Refusal | None, act: Callable[[dict[str, Any]], dict[str, Any]], record: dict[str, Any]
) -> dict[str, Any]:
    if overload is not None:
        raise overload
    return act(record)


def _delete_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    ids = [row_id for row_id in call.query.get("ids", "").split(",") if row_id]
    _limit(len(ids))
    return Answer(200, [_deleted(org, row_id) for row_id in ids])


def _deleted(org: Org, row_id: str) -> dict[str, Any]:
    kind = org.store.schema.of_id(row_id)
    if kind is None:
        return Refusal(400, "MALFORMED_ID", f"malformed id {row_id}").saved()
    try:
        row = org.store.need(kind, row_id)
        org.store.delete(kind, row)
    except Refusal as refusal:
        return refusal.saved()
    return saved(row)


def _read_all(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    kind, body = need(org, parts[0]), call.json()
    ids, fields = body.get("ids", []), ",".join(body.get("fields", []))
    rows: list[Row | None] = [org.store.find(kind.name, row_id) for row_id in ids]
    return Answer(200, [row and shown(kind, row, version=call.version, fields=fields) for row in rows])


def _composite(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del parts
    body = call.json()
    steps = _steps(body)
    before = org.store.savepoint()
    done: dict[str, Answer] = {}
    for step in steps:
        done[step["referenceId"]] = _step(call, step, done)
    failed = {name for name, answer in done.items() if answer.status >= 300}
    if failed and body.get("allOrNone") is True:
        org.store.rollback(before)
        halted = Answer(400, Refusal(400, "PROCESSING_HALTED", _HALTED).body())
        done = {name: answer if name in failed else halted for name, answer in done.items()}
    responses = [
        {
            "body": answer.body,
            "httpHeaders": dict(answer.headers),
            "httpStatusCode": answer.status,
            "referenceId": name,
        }
        for name, answer in done.items()
    ]
    return Answer(200, {"compositeResponse": responses})


def _steps(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The subrequests, refused as a whole when their structure is wrong."""
    steps = body.get("compositeRequest")
    if not isinstance(steps, list) or not steps:
        raise Refusal(400, "INVALID_INPUT", "compositeRequest must not be empty")
    if len(steps) > _MOST_STEPS:
        raise Refusal(400, "LIMIT_EXCEEDED", f"The limit on the number of subrequests is {_MOST_STEPS}")
    names = [step.get("referenceId") for step in steps]
    if len(set(names)) != len(names) or None in names:
        raise Refusal(400, "INVALID_INPUT", "Provided referenceId is missing or not unique")
    for step in steps:
        if step.get("method") not in _METHODS or not str(step.get("url", "")).startswith("/services/data/"):
            raise Refusal(400, "INVALID_INPUT", f"Invalid subrequest {step.get('referenceId')}")
        forbidden = {"accept", "authorization", "content-type"} & {name.lower() for name in step.get("httpHeaders", {})}
        if forbidden:
            raise Refusal(400, "INVALID_INPUT", f"Header not allowed: {', '.join(sorted(forbidden))}")
    return steps


def _step(call: Call, step: dict[str, Any], done: dict[str, Answer]) -> Answer:
    try:
        url = _resolved(step["url"], done)
        body = _resolved(step.get("body"), done)
    except Refusal as refusal:
        return Answer(refusal.status, refusal.body())
    return call.again(call.inner(step["method"], url, body))


def _resolved(value: Any, done: dict[str, Answer]) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(inner, done) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, done) for inner in value]
    if isinstance(value, str):
        return _REFERENCE.sub(lambda match: str(_referred(match, done)), value)
    return value


def _referred(match: re.Match[str], done: dict[str, Answer]) -> Any:
    answer = done.get(match.group(1))
    found: Any = answer.body if answer and answer.status < 300 else None
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", match.group(2)):
        try:
            found = found[name] if name else found[int(index)]
        except (KeyError, IndexError, TypeError):
            found = None
    if found is None:
        message = f"Invalid reference specified. No value for {match.group(0)[2:-1]} found in {match.group(1)}"
        raise Refusal(400, "PROCESSING_HALTED", message)
    return found


def _batch(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    del org, parts
    body = call.json()
    requests = body.get("batchRequests")
    if not isinstance(requests, list) or not 0 < len(requests) <= _MOST_STEPS:
        raise Refusal(400, "INVALID_BATCH_REQUEST", f"A batch has 1 to {_MOST_STEPS} requests")
    results: list[dict[str, Any]] = []
    broken = False
    for request in requests:
        if broken and body.get("haltOnError") is True:
            halted = Refusal(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")
            results.append({"statusCode": 412, "result": halted.body()})
            continue
        answer = call.again(call.inner(request.get("method", ""), request.get("url", ""), request.get("richInput")))
        broken = broken or answer.status >= 300
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(200, {"hasErrors": broken, "results": results})


def _kind(org: Org, record: dict[str, Any]) -> Entity:
    return need(org, _type(record))


def _type(record: dict[str, Any]) -> str:
    return str(record.get("attributes", {}).get("type", ""))


def _limit(count: int) -> None:
    if count > _MOST_ROWS:
        message = f"record limit reached. cannot submit more than {_MOST_ROWS} records into this call"
        raise Refusal(400, "EXCEEDED_ID_LIMIT", message)


ROUTES = (
    Route("POST", "/composite/sobjects", _create_all),
    Route("PATCH", "/composite/sobjects", _update_all),
    Route("DELETE", "/composite/sobjects", _delete_all),
    Route("POST", "/composite/sobjects/{}", _read_all),
    Route("PATCH", "/composite/sobjects/{}/{}", _upsert_all),
    Route("POST", "/composite", _composite),
    Route("POST", "/composite/batch", _batch),
)
