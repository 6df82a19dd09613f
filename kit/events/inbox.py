"""The inbox: an event from outside is taken in once, whoever delivers it how often."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncConnection

from kit.store import insert_once
from kit.store.tables import INBOX


async def first_seen(connection: AsyncConnection, *, source: str, event_id: str, received_at: dt.datetime) -> bool:
    """Note an event in the transaction that handles it; False when it was noted before, and then do nothing."""
    row = {"source": source, "event_id": event_id, "received_at": received_at}
    return await insert_once(connection, INBOX, row)
