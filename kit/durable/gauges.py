"""What an operator looks at before anything burns: ages and counts, each zero when all is well."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from msgspec import Struct

from contracts.canonical.casework import CaseState
from kit.durable.order import EngineStanding
from kit.durable.versions import VersionStanding
from kit.events import unread
from kit.store import Store
from kit.store.tables import BUSINESS_EXCEPTION, CASE_FILE, CASE_WAIT, DEAD_LETTER, VENDOR_SLOT


class Gauges(Struct, frozen=True, kw_only=True):
    """Ages in seconds.

    `stuck` are open cases that wait for nobody and have not moved for long; `strays` are open cases and runs whose
    road nobody here carries; `unread_s` is by consumer how old its oldest unread event is; `queueing` is by
    connection how many calls wait at its gate.
    """

    queued: int
    oldest_queued_s: float
    open_cases: int
    stuck: list[str]
    strays: int
    overdue_exceptions: int
    dead_letters: int
    unread_s: dict[str, float]
    queueing: dict[str, int]

    @property
    def alarms(self) -> list[str]:
        """What somebody has to look at, in words."""
        found = {
            f"{len(self.stuck)} cases do not move": bool(self.stuck),
            f"{self.strays} cases run on a version that nobody here carries": bool(self.strays),
            f"{self.dead_letters} events could not be handled": bool(self.dead_letters),
            f"{self.overdue_exceptions} exceptions are overdue": bool(self.overdue_exceptions),
        }
        return [words for words, holds in found.items() if holds]


async def gauged(
    store: Store,
    *,
    tenant: str,
    now: dt.datetime,
    stuck_after_s: float,
    engine: EngineStanding,
    versions: list[VersionStanding],
) -> Gauges:
    """Read every gauge."""
    exceptions = BUSINESS_EXCEPTION.c
    overdue = sa.select(sa.func.count()).where(
        exceptions.tenant == tenant, exceptions.state == "open", exceptions.due_at < now
    )
    dead = sa.select(sa.func.count()).where(DEAD_LETTER.c.state == "dead")
    waiting = (
        sa.select(VENDOR_SLOT.c.connection, sa.func.count())
        .where(VENDOR_SLOT.c.held.is_(False))
        .group_by(VENDOR_SLOT.c.connection)
    )
    async with store.read() as connection:
        before = now - dt.timedelta(seconds=stuck_after_s)
        stuck = await connection.execute(_stuck(tenant, before=before))
        return Gauges(
            queued=engine.queued,
            oldest_queued_s=engine.oldest_queued_s,
            open_cases=sum(version.open for version in versions),
            stuck=[row.case_id for row in stuck],
            strays=max(engine.strays, sum(version.open for version in versions if version.stray)),
            overdue_exceptions=(await connection.execute(overdue)).scalar_one(),
            dead_letters=(await connection.execute(dead)).scalar_one(),
            unread_s=await unread(connection, now=now),
            queueing={row[0]: row[1] for row in await connection.execute(waiting)},
        )


def _stuck(tenant: str, *, before: dt.datetime) -> sa.Select[tuple[str]]:
    table = CASE_FILE.c
    waits = sa.exists().where(CASE_WAIT.c.case_id == table.case_id, CASE_WAIT.c.ended_at.is_(None))
    moving = (CaseState.RUNNING.value, CaseState.UNWINDING.value)
    return (
        sa.select(table.case_id)
        .where(table.tenant == tenant, table.state.in_(moving), table.changed_at < before, ~waits)
        .order_by(table.changed_at)
        .limit(200)
    )
