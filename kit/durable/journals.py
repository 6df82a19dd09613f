"""The engine's journal in the words of a road: read, rewound, counted.

Besides the lease and `line_sql`, only this module knows the engine's tables.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from dbos import DBOSClient
from dbos import error as engine_error

from contracts.problem import Kind, Problem
from kit.durable.order import EngineStanding, Journal, Line, Order
from kit.durable.recording import encoded
from kit.store.script import Script

_LISTEN: Final = "DBOS.recv"
_SILENT: Final = frozenset({"DBOS.sleep"})  # the timer beside a recv
_QUEUE: Final = """
    select count(*) as queued, min(created_at) as oldest_ms, {now_s} as now_s,
           (select count(*) from {schema}workflow_status w
            where w.application_name = :app and w.status in ('ENQUEUED', 'PENDING')
              and (w.application_version <> :version or w.name not in (select value from json_each(:names)))) as strays
    from {schema}workflow_status q
    where q.application_name = :app and q.application_version = :version and q.status = 'ENQUEUED'"""
_STANDING: Final = Script(
    _QUEUE.replace("{schema}", ""),
    postgresql=_QUEUE.replace("{schema}", "dbos.").replace(
        "(select value from json_each(:names))", "(select json_array_elements_text(:names::json))"
    ),
)


def journal_of(client: DBOSClient, case_id: str) -> Journal:
    """What a run has recorded.

    Raises:
        Problem: not_found, when it was aged out.

    """
    found = client.list_workflows(workflow_ids=[case_id], load_output=False)
    if not found or found[0].input is None:
        raise Problem(Kind.NOT_FOUND, "journal_not_kept", f"the journal of {case_id} is no longer kept")
    order = msgspec.convert(found[0].input["args"][0], Order)
    steps = client.list_workflow_steps(case_id)
    lines = [_line(step) for step in steps if step["function_name"] not in _SILENT]
    return Journal(order=order, lines=lines)


def rewind_to(client: DBOSClient, case_id: str, name: str, *, queue: str, version: str) -> None:
    """Drop the journal from the first line of a name on and let the run go on from there.

    Raises:
        Problem: conflict, when the run is on its way or has no such line.

    """
    steps = client.list_workflow_steps(case_id)
    first = next((step["function_id"] for step in steps if step["function_name"] == name), None)
    if first is None:
        raise Problem(Kind.CONFLICT, "not_rewindable", f"{case_id} never came to {name}")
    try:
        client.rewind_workflow(case_id, start_step=first, application_version=version, queue_name=queue)
    except engine_error.DBOSException as refusal:
        raise Problem(Kind.CONFLICT, "not_rewindable", f"{case_id} is on its way") from refusal


def engine_standing(row: dict[str, Any], connection: sa.Connection) -> EngineStanding:
    """What the engine holds for one application and version."""
    (found,) = _STANDING.ask(connection, row | {"names": msgspec.json.encode(row["names"]).decode()})
    oldest_s = 0.0 if found.oldest_ms is None else max(0.0, float(found.now_s) - int(found.oldest_ms) / 1000)
    return EngineStanding(queued=int(found.queued), oldest_queued_s=oldest_s, strays=int(found.strays))


def _line(step: Any) -> Line:
    if step["function_name"] == _LISTEN:
        return Line(name="listen")
    return Line(name=step["function_name"], text=encoded(step["error"] or step["output"]))
