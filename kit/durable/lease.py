"""The lease of one executor: a heartbeat by the database's clock, and the takeover of those whose heart stopped.

A process that cannot beat in time ends itself: its peers may already own its runs. A lease that is too short costs
repeated effects, never a wrong outcome.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from kit.store.url import blocking_url

LATE: Final = 70  # the exit status of a process that fenced itself

_NOW: Final = {
    "postgresql": "extract(epoch from clock_timestamp())",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}
_SCHEMA: Final = {"postgresql": "dbos.", "sqlite": ""}
_BEAT: Final = """
    insert into executor_lease (executor_id, beat_s) values (:me, {now})
    on conflict (executor_id) do update set beat_s = excluded.beat_s"""
_RELEASE: Final = "delete from executor_lease where executor_id = :me"
_ORPHANED: Final = """
    select distinct w.executor_id from {schema}workflow_status w
    where w.status = 'PENDING' and w.application_name = :app and w.application_version = :version
      and w.executor_id <> :me
      and not exists (select 1 from executor_lease l
                      where l.executor_id = w.executor_id and l.beat_s > {now} - :lease_s)"""


def end_process(status: int) -> None:
    """Say why, and end at once: no cleanup, because what would be cleaned up may belong to a peer by now."""
    logging.getLogger(__name__).critical("the lease was not renewed in time; this process ends with %d", status)
    os._exit(status)


class Lease(threading.Thread):
    """Beats and reaps on a connection and a thread of its own, so that a busy loop does not look like death."""

    def __init__(
        self,
        url: str,
        *,
        executor_id: str,
        app: str,
        version: str,
        beat_s: float,
        lease_s: float,
        recover: Callable[[list[str]], object],
        end: Callable[[int], object] | None = None,
    ) -> None:
        super().__init__(name="lease", daemon=True)
        # On SQLite a beat waits for its turn for as long as it may come late; the driver would give up after 5 s.
        wait = {"connect_args": {"timeout": max(lease_s / 2, 5.0)}} if blocking_url(url).startswith("sqlite") else {}
        self._engine = sa.create_engine(blocking_url(url), pool_size=1, max_overflow=1, pool_pre_ping=True, **wait)
        words = {
            "now": _NOW[self._engine.dialect.name],
            "schema": _SCHEMA[self._engine.dialect.name],
        }
        self._beat, self._orphaned = sa.text(_BEAT.format(**words)), sa.text(_ORPHANED.format(**words))
        self._me = {"me": executor_id}
        self._who = {"me": executor_id, "app": app, "version": version, "lease_s": lease_s}
        self._beat_s, self._lease_s = beat_s, lease_s
        self._recover, self._end = recover, end or end_process
        self._ended = threading.Event()
        self._reaping = threading.Lock()
        self._takes_over = True
        self._seen = time.monotonic()

    def beat(self) -> None:
        """Say that this executor lives; the first time before it claims anything."""
        with self._engine.begin() as connection:
            connection.execute(self._beat, self._me)
        self._seen = time.monotonic()

    def orphaned(self) -> list[str]:
        """The executors that hold runs of ours and no fresh lease."""
        with self._engine.begin() as connection:
            return [str(row[0]) for row in connection.execute(self._orphaned, self._who)]

    def reap(self) -> None:
        """Give the runs of dead executors back to their queue; repeated until nothing is left."""
        with self._reaping:
            dead = self.orphaned() if self._takes_over else []
            if dead:
                self._recover(dead)

    def stand_by(self) -> None:
        """Beat on, but take nothing over any more, because the engine is about to end; waits for a takeover on its way.

        The engine may let runs drain for a while, and they need the lease until it has ended.
        """
        with self._reaping:
            self._takes_over = False

    def run(self) -> None:
        """Beat and reap until stopped; end the process when a beat comes later than half a lease.

        Nothing but a late beat ends the heart: a process that lives on without one would work beside its heirs.
        """
        while not self._ended.wait(self._beat_s):
            if time.monotonic() - self._seen > self._lease_s / 2:
                self._end(LATE)
                return
            try:
                self.beat()
                self.reap()
            except Exception:
                logging.getLogger(__name__).warning("lease beat failed; the next one tries again", exc_info=True)

    def release(self) -> None:
        """Stop beating and let peers take over at once; when the store is busy, they do once the lease runs out."""
        self._ended.set()
        if self.is_alive():
            self.join(timeout=self._beat_s + 5)
        try:
            with self._engine.begin() as connection:
                connection.execute(sa.text(_RELEASE), self._me)
        except sa.exc.OperationalError:
            logging.getLogger(__name__).warning("the lease was not released; it runs out by itself", exc_info=True)
        self._engine.dispose()
