"""What the collector and the scaler ask the store is asked of a real one: PostgreSQL, migrated as in production."""

import datetime as dt
from typing import Any

import psycopg
import pytest

from kit.durable import migrate_all
from tests.k8s.reading import K8S, rendered_by_us
from tests.k8s.rules import named
from tests.k8s.watching import collector
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - pytest finds fixtures by name

PLACE = rendered_by_us(K8S / "overlays" / "prod-eu")
FULL = """
    insert into dead_letter values ('c', 's', 'e', 't', '{}', 'dead', 3, 'x', now(), now());
    insert into executor_lease values ('alive', extract(epoch from now())), ('gone', extract(epoch from now()) - 600);
    insert into vendor_slot values ('h1', 'erp-main', 1, 0, 0, false), ('h2', 'erp-main', 1, 0, 0, true);
    insert into business_exception (exception_id, tenant, case_id, park, code, state, step, owner_role, title, detail,
        hint, cause, context, form, raised_at, due_at)
    values ('x1', 't', 'c', 'p', 'k', 'open', 's', 'tax', '', '', '', '', '{}', '{}', now(), now() - interval '1 hour'),
           ('x2', 't', 'c', 'p', 'k', 'open', 's', 'tax', '', '', '', '', '{}', '{}', now(), now() + interval '1 hour');
    insert into approval (approval_id, tenant, case_id, subject, reason, role, state, evidence, requested_at, due_at,
        etag) values ('a', 't', 'c', '', '', 'finance', 'open', '[]', now(), now() - interval '1 hour', 'e');
"""


@pytest.fixture
def store(postgres_url: str) -> str:  # noqa: F811 - the fixture
    """A store at today's schema, with something of everything in it."""
    migrate_all(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(FULL)
        _queued(connection, dt.timedelta(minutes=10))
    return postgres_url


@pytest.mark.postgres
@pytest.mark.req(258)
@pytest.mark.req(363)
def test_what_is_watched_can_be_asked(store: str) -> None:
    """Each question of collector and scaler is understood by the store, and its answer is what is there."""
    asked = [
        (metric["metric_name"], metric.get("attribute_columns", []), query["sql"])
        for query in collector(PLACE)["receivers"]["sqlquery"]["queries"]
        for metric in query["metrics"]
    ]
    trigger = named(PLACE, "ScaledObject")["worker"]["spec"]["triggers"][0]["metadata"]["query"]

    with psycopg.connect(store) as connection:
        answers = {name: _answer(connection, words, labels) for name, labels, words in asked}
        waiting = connection.execute(trigger).fetchone()

    oldest_s = answers.pop("sluice_queue_oldest_seconds")[()]
    assert 590 <= oldest_s <= 660
    assert {
        "sluice_queue_length": {(): 1.0},
        "sluice_cases_stuck": {(): 0.0},
        "sluice_exceptions_overdue": {(): 1.0},
        "sluice_exceptions_open": {("tax",): 2.0},
        "sluice_approvals_overdue": {(): 1.0},
        "sluice_dead_letters": {(): 1.0},
        "sluice_workers_alive": {(): 1.0},
        "sluice_calls_waiting": {("erp-main",): 1.0},
    } == answers
    assert (1,) == waiting


def _answer(connection: psycopg.Connection[Any], words: str, labels: list[str]) -> dict[tuple[str, ...], float]:
    cursor = connection.execute(words)
    names = [column.name for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return {tuple(row[label] for label in labels): float(row["value"]) for row in rows}


def _queued(connection: psycopg.Connection[Any], since: dt.timedelta) -> None:
    created_ms = int((dt.datetime.now(dt.UTC) - since).timestamp() * 1000)
    connection.execute(
        "insert into dbos.workflow_status (workflow_uuid, status, created_at, updated_at)"
        " values ('w', 'ENQUEUED', %s, %s)",
        (created_ms, created_ms),
    )
