"""Rows written: created, changed, upserted by an alternate key, deleted, and several at once."""

from typing import Any

from .address import Target, target
from .call import Answer, Call, Environment
from .payload import accepted
from .reading import absent, need
from .refusal import Refusal, bad_payload, exists, missing, version_moved
from .schema import Table
from .shaping import shape, shown
from .state import Row

BULK = frozenset({"CreateMultiple", "UpdateMultiple", "UpsertMultiple"})


def create(environment: Environment, call: Call, table: Table) -> Answer:
    """Make a row: 204 and where it is, or 201 and the row where it is preferred."""
    values = accepted(environment, table, call.json(table.plural), creating=True)
    _check_duplicate(environment, call, table, values)
    row = environment.store.create(table, values, user=call.user)
    return _written(environment, call, table, row, created=True)


def patch(environment: Environment, call: Call, where: Target) -> Answer:
    """Change a row, or make it, as the conditions in the headers allow."""
    row = where.find(environment)
    match, none_match = call.headers.get("if-match"), call.headers.get("if-none-match")
    if row is not None and none_match == "*":
        raise exists()
    _check_match(where, row, match)
    body = call.json(where.table.plural)
    values = accepted(environment, where.table, body, creating=row is None)
    _check_key(where, values)
    if row is not None:
        environment.store.update(where.table, row, values, user=call.user)
        return _written(environment, call, where.table, row, created=False)
    row = environment.store.create(
        where.table, {**(where.values or {}), **values}, user=call.user, row_id=where.row_id or None
    )
    return _written(environment, call, where.table, row, created=True)


def delete(environment: Environment, call: Call, where: Target) -> Answer:
    """Take a row away."""
    row = need(environment, where)
    _check_match(where, row, call.headers.get("if-match"))
    environment.store.delete(where.table, row, user=call.user)
    return Answer(204)


def bulk(environment: Environment, call: Call, table: Table, action: str) -> Answer:
    """Several rows of one table, all or none."""
    targets = call.json(table.plural).get("Targets")
    if not isinstance(targets, list) or not targets:
        raise bad_payload(table.plural, "InnerException : Targets is missing.")
    saved = environment.store.savepoint()
    try:
        ids = [_one_of_many(environment, call, table, action, body) for body in targets]
    except Refusal:
        environment.store.rollback(saved)
        raise
    if action == "CreateMultiple":
        context = f"{call.root}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
        return Answer(200, {"@odata.context": context, "Ids": ids})
    return Answer(204)


def _one_of_many(environment: Environment, call: Call, table: Table, action: str, body: Any) -> str:
    if not isinstance(body, dict) or body.get("@odata.type") != f"Microsoft.Dynamics.CRM.{table.name}":
        raise bad_payload(table.plural, "InnerException : each target names its '@odata.type'.")
    where = _meant(environment, table, body)
    row = where.find(environment) if where else None
    if action == "CreateMultiple":
        where, row = None, None
    elif row is None and (where is None or action == "UpdateMultiple"):
        raise missing(table.name, where.row_id if where else "")
    values = accepted(environment, table, body, creating=row is None)
    if row is None:
        named = where.values if where and where.values else {}
        row = environment.store.create(table, {**named, **values}, user=call.user)
    else:
        environment.store.update(table, row, values, user=call.user)
    row_id: str = row[table.key]
    return row_id


def _meant(environment: Environment, table: Table, body: dict[str, Any]) -> Target | None:
    """Which row a target of a bulk action is: by `@odata.id`, or by its key column."""
    if "@odata.id" in body:
        return target(environment, str(body["@odata.id"]))
    return Target(table, str(body[table.key])) if table.key in body else None


def _check_match(where: Target, row: Row | None, match: str | None) -> None:
    if match is None:
        return
    if row is None:
        raise absent(where)
    if match not in {"*", f'W/"{row["versionnumber"]}"'}:
        raise version_moved()


def _check_key(where: Target, values: Row) -> None:
    """Key values need not be repeated in the body, and must not contradict the address."""
    for name, value in (where.values or {}).items():
        if name in values and values[name] != value:
            reason = f"The key attribute '{name}' contradicts the address."
            raise bad_payload(where.table.plural, f"InnerException : {reason}")


def _check_duplicate(environment: Environment, call: Call, table: Table, values: Row) -> None:
    """Duplicates are looked for only when the caller says that they must not be suppressed."""
    if call.headers.get("mscrm.suppressduplicatedetection", "").lower() != "false":
        return
    for name in environment.duplicate_rules.get(table.name, ()):
        twins = [row for row in environment.store.rows(table.name) if values.get(name) and row[name] == values[name]]
        if twins:
            raise Refusal(412, "0x80040333", "A record was not created or updated because a duplicate already exists.")


def _written(environment: Environment, call: Call, table: Table, row: Row, *, created: bool) -> Answer:
    headers = {"OData-EntityId": f"{call.root}/{table.plural}({row[table.key]})"}
    if call.preferences.get("return") != "representation":
        return Answer(204, None, headers)
    given = shape(table, call.query.get("$select", ""), call.query.get("$expand", ""))
    record = shown(environment.store, given, row, annotations=call.annotations)
    context = f"{call.root}/$metadata#{table.plural}/$entity"
    applied = {"Preference-Applied": "return=representation"}
    return Answer(201 if created else 200, {"@odata.context": context, **record}, headers | applied)
