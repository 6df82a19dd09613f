"""Cursors of change feeds: opaque words of whoever feeds us, kept under a name of ours."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.store import put
from kit.store.tables import FEED_CURSOR


async def feed_cursor(connection: AsyncConnection, name: str) -> str:
    """Where to go on in a feed; empty at the very beginning."""
    query = sa.select(FEED_CURSOR.c.cursor).where(FEED_CURSOR.c.name == name)
    return (await connection.execute(query)).scalar_one_or_none() or ""


async def move_feed(connection: AsyncConnection, name: str, cursor: str, *, at: dt.datetime) -> None:
    """Go on from here the next time, together with whatever else the transaction takes in."""
    await put(connection, FEED_CURSOR, {"name": name, "cursor": cursor, "at": at})
