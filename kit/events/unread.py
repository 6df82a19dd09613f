"""How far consumers are behind: the age of the oldest event each has not read."""

from __future__ import annotations

import datetime as dt
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_OLDEST: Final = {
    "postgresql": """
        select c.consumer, (select l.event from event_log l where (l.xid, l.seq) > (c.xid, c.seq)
                            order by l.xid, l.seq limit 1) from consumer_cursor c""",
    "sqlite": """
        select c.consumer, (select l.event from event_log l where l.seq > c.seq order by l.seq limit 1)
        from consumer_cursor c""",
}


class _Timed(msgspec.Struct):
    time: dt.datetime


async def unread(connection: AsyncConnection, *, now: dt.datetime) -> dict[str, float]:
    """Seconds by consumer; 0 for one that has read everything. A consumer that never read is not known here."""
    found = await connection.execute(sa.text(_OLDEST[connection.dialect.name]))
    return {
        consumer: 0.0 if event is None else (now - msgspec.json.decode(event, type=_Timed).time).total_seconds()
        for consumer, event in found
    }
