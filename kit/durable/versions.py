"""Which versions of roads carry open cases, and which of them nobody here would go on with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from msgspec import Struct

from kit.durable.road import Road
from kit.store import Store
from kit.store.tables import CASE_FILE


class VersionStanding(Struct, frozen=True, kw_only=True):
    """Open cases of one version of a process; `stray` when it is not registered here."""

    process: str
    version: int
    open: int
    oldest: dt.datetime | None
    newest_version: bool
    stray: bool


async def versions_of(store: Store, *, tenant: str, roads: Iterable[Road]) -> list[VersionStanding]:
    """Every version that is registered or has open cases, by process and version."""
    table = CASE_FILE.c
    query = (
        sa.select(
            table.process, table.version, sa.func.count().label("number"), sa.func.min(table.opened_at).label("oldest")
        )
        .where(table.tenant == tenant, table.closed_at.is_(None))
        .group_by(table.process, table.version)
    )
    async with store.read() as connection:
        open_cases = {(row.process, row.version): row for row in await connection.execute(query)}
    known = {(road.process, road.version) for road in roads}
    newest = {process: max(version for name, version in known if name == process) for process, _ in known}
    return [
        VersionStanding(
            process=process,
            version=version,
            open=open_cases[process, version].number if (process, version) in open_cases else 0,
            oldest=open_cases[process, version].oldest if (process, version) in open_cases else None,
            newest_version=newest.get(process) == version,
            stray=(process, version) not in known,
        )
        for process, version in sorted(known | open_cases.keys())
    ]
