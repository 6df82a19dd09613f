"""A lease beats whatever else fails, and takes nothing over once its engine is about to end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kit.durable import migrate_all
from kit.durable.lease import Lease
from tests.kit.durable.test_engine import rows

ORPHAN = """
    insert into dbos.workflow_status
        (workflow_uuid, status, name, executor_id, application_name, application_version, created_at, updated_at)
    values ('w', 'PENDING', 'road', 'dead', 'a', 'a-1', 1, 1)"""


def lease_at(url: str, *, recover: Callable[[list[str]], object]) -> Lease:
    return Lease(url, executor_id="me", app="a", version="a-1", beat_s=0.02, lease_s=60.0, recover=recover, end=print)


def test_a_takeover_that_fails_is_tried_again(url: str) -> None:
    """What the engine refuses does not end the heartbeat: the process would work on while peers own its runs."""
    migrate_all(url)
    rows(url, ORPHAN)
    asked: list[list[str]] = []
    again = threading.Event()

    def recover(executors: list[str]) -> None:
        asked.append(executors)
        if len(asked) > 1:
            again.set()
        message = "the engine is not there"
        raise RuntimeError(message)

    lease = lease_at(url, recover=recover)
    lease.beat()
    lease.start()
    assert again.wait(20)
    assert lease.is_alive()
    lease.release()
    assert ["dead"] == asked[0]


def test_standing_by_takes_nothing_over(url: str) -> None:
    """Before its engine ends a lease stops taking over, and beats on; what is orphaned is left to peers."""
    migrate_all(url)
    rows(url, ORPHAN)
    asked: list[list[str]] = []
    lease = lease_at(url, recover=asked.append)
    lease.beat()
    lease.reap()
    lease.stand_by()
    (first,) = rows(url, "select beat_s from executor_lease")
    lease.reap()
    lease.beat()
    (then,) = rows(url, "select beat_s from executor_lease")
    assert (1, ["dead"]) == (len(asked), lease.orphaned())
    assert then[0] > first[0]
    lease.release()


def test_standing_by_waits_for_a_takeover(url: str) -> None:
    """A takeover on its way is waited for, so that no engine ends under it."""
    migrate_all(url)
    rows(url, ORPHAN)
    order: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def recover(_executors: list[str]) -> None:
        inside.set()
        go_on.wait(20)
        order.append("taken over")

    lease = lease_at(url, recover=recover)
    reaping = threading.Thread(target=lease.reap)
    reaping.start()
    assert inside.wait(20)

    def stand_by() -> None:
        lease.stand_by()
        order.append("stands by")

    waiting = threading.Thread(target=stand_by)
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    go_on.set()
    reaping.join(20)
    waiting.join(20)
    assert ["taken over", "stands by"] == order
    lease.release()
