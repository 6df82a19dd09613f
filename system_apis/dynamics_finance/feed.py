"""What changed of documents of ours: posted customer transactions by when they changed, as when they are settled.

A change may be seen after a later one, so the last seconds are read again; what was told of them is left out, and the
cursor remembers it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from contracts.canonical.posting import BookedChanges
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.documents import Documents
from system_apis.dynamics_finance.mapping import refused

OVERLAP: Final = dt.timedelta(seconds=30)
_MOST: Final = 1000
_CHECK: Final = 8
_START: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Changes up to `floor` were told; `met` is what was told of the seconds before it."""

    floor: dt.datetime
    met: dict[str, dt.datetime] = {}


class Feed:
    """Polls one environment."""

    def __init__(self, client: Finance, config: Config, documents: Documents) -> None:
        self._client = client
        self._config = config
        self._documents = documents

    async def page(self, cursor: str, *, limit: int) -> BookedChanges:
        """At most `limit` documents that changed, the oldest change first; a posted one is told, a draft is not."""
        if not 0 < limit <= _MOST:
            raise refused("limit_invalid", "limit", f"the limit is 1 to {_MOST}")
        here = _decoded(cursor)
        rows = await self._changed(here, most=limit + len(here.met))
        fresh = [row for row in rows if _mark(row) not in here.met][:limit]
        floor = max([here.floor, *(_moment(row) for row in fresh)])
        met = here.met | {_mark(row): _moment(row) for row in fresh}
        kept = {mark: moment for mark, moment in met.items() if moment >= floor - OVERLAP}
        ids = list(dict.fromkeys(row.sluice_document_id for row in fresh))
        told = await self._documents.under(ids)
        return BookedChanges(documents=told, cursor=_encoded(Cursor(floor, kept)))

    async def _changed(self, here: Cursor, *, most: int) -> list[wire.Transaction]:
        since = max(_START, here.floor - OVERLAP).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return await self._client.all(
            self._config.sets.transactions,
            into=wire.Transaction,
            filter=f"SluiceDocumentId ne '' and ModifiedDateTime ge {since}",
            orderby="ModifiedDateTime,Voucher",
            top=str(most),
        )


def _mark(row: wire.Transaction) -> str:
    told = f"{row.company}|{row.voucher}|{row.settled_amount_cur}|{row.modified_date_time}"
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:6]).decode()


def _moment(row: wire.Transaction) -> dt.datetime:
    return dt.datetime.fromisoformat(row.modified_date_time)


def _encoded(cursor: Cursor) -> str:
    content = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def _decoded(told: str) -> Cursor:
    if not told:
        return Cursor(_START)
    try:
        whole = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(whole[_CHECK:], type=Cursor)
    except (binascii.Error, ValueError):
        raise refused("cursor_invalid", "cursor", "the cursor was not handed out by this feed") from None
    if whole[:_CHECK] != _check(whole[_CHECK:]):
        raise refused("cursor_invalid", "cursor", "the cursor was not handed out by this feed")
    return cursor


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"finance documents " + content).digest()[:_CHECK]
