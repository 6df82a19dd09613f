"""What changed of documents of ours: transactions by when they were last updated, and receipts by the same.

A receipt changes the balance of an invoice and not its last update, so both are polled. The last seconds are read
again, because a change may be seen after a later one; what was told in the state it is in is left out: the cursor
remembers it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.posting import BookedChanges, BookedDocument
from kit.clock import Clock
from system_apis.oracle_fusion.client import Fusion, text
from system_apis.oracle_fusion.document_mapping import booked, our_id
from system_apis.oracle_fusion.document_wire import Invoice, Memo, Receipt
from system_apis.oracle_fusion.documents import Documents
from system_apis.oracle_fusion.mapping import refused
from system_apis.oracle_fusion.wire import Page

OVERLAP: Final = dt.timedelta(seconds=30)
_MOST: Final = 500
_DAY: Final = dt.timedelta(days=1)
_REMEMBERED: Final = 400
_AT_ONCE: Final = 20
_CHECK: Final = 8
_OLDEST: Final = dt.datetime(1970, 1, 2, tzinfo=dt.UTC)
_INVOICES: Final = "InvoiceStatus = 'Complete' and Comments is not null and "
_MEMOS: Final = "CreditMemoStatus = 'Complete' and CreditMemoComments is not null and "
_ORDER: Final = "LastUpdateDate,CustomerTransactionId"


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """From which moment invoices, credit memos and receipts are read next; `met` is what was told of them lately."""

    invoices: dt.datetime
    memos: dt.datetime
    receipts: dt.datetime
    met: dict[str, str] = {}


class Feed:
    """Polls one pod."""

    def __init__(self, client: Fusion, documents: Documents, *, clock: Clock) -> None:
        self._client = client
        self._documents = documents
        self._clock = clock

    async def page(self, cursor: str, *, limit: int) -> BookedChanges:
        """Documents that changed; a posted one is told, a draft is not. A page goes no further than it was read."""
        if not 0 < limit <= _MOST:
            raise refused("limit_invalid", "limit", f"the limit is 1 to {_MOST}")
        here = _decoded(cursor) or Cursor(_OLDEST, _OLDEST, self._clock.now() - _DAY)
        most = min(limit + len(here.met), _MOST)
        invoices = await self._documents.some(Invoice, _INVOICES + _since(here.invoices), limit=most, order=_ORDER)
        memos = await self._documents.some(Memo, _MEMOS + _since(here.memos), limit=most, order=_ORDER)
        receipts = await self._client.some(
            "standardReceipts",
            into=Receipt,
            order="LastUpdateDate,StandardReceiptId",
            q=_since(here.receipts),
            limit=most,
            expand="remittanceReferences",
        )
        paid = await self._paid(receipts)
        seen = {one.transaction_number: one for one in (*invoices, *memos, *paid) if our_id(one)}
        documents = [booked(one) for one in seen.values()]
        fresh = [one for one in documents if one.number and here.met.get(one.document_id) != _state(one)]
        told = fresh[:limit]
        there = here if len(fresh) > limit else _further(here, invoices, memos, receipts, most=most)
        met = here.met | {one.document_id: _state(one) for one in told}
        return BookedChanges(documents=told, cursor=_encoded(replace(there, met=_remembered(met))))

    async def _paid(self, receipts: Sequence[Receipt]) -> list[Invoice | Memo]:
        """The invoices of ours to which receipts were applied."""
        pages = [receipt.remittances for receipt in receipts if isinstance(receipt.remittances, Page)]
        numbers = sorted({str(one.reference_number) for page in pages for one in page.items})
        told: list[Invoice | Memo] = []
        for start in range(0, len(numbers), _AT_ONCE):
            few = ", ".join(text(number) for number in numbers[start : start + _AT_ONCE])
            told += await self._documents.some(
                Invoice, f"TransactionNumber in ({few})", limit=_AT_ONCE, order="CustomerTransactionId"
            )
        return told


def _further(
    here: Cursor,
    invoices: Sequence[Invoice | Memo],
    memos: Sequence[Invoice | Memo],
    receipts: Sequence[Receipt],
    *,
    most: int,
) -> Cursor:
    """From where each is read next."""
    return replace(
        here,
        invoices=_next(here.invoices, invoices, most=most),
        memos=_next(here.memos, memos, most=most),
        receipts=_next(here.receipts, receipts, most=most),
    )


def _next(before: dt.datetime, rows: Sequence[Invoice | Memo | Receipt], *, most: int) -> dt.datetime:
    """The last row's moment, less the overlap once there are no more rows: a full page would only be read again."""
    if not rows:
        return before
    last = max(dt.datetime.fromisoformat(str(row.last_update_date)) for row in rows)
    return max(before, last if len(rows) >= most else last - OVERLAP)


def _since(moment: dt.datetime) -> str:
    return f"LastUpdateDate >= {text(moment.isoformat())}"


def _remembered(met: dict[str, str]) -> dict[str, str]:
    return dict(list(met.items())[-_REMEMBERED:])


def _state(document: BookedDocument) -> str:
    told = f"{document.state}|{document.gross}|{document.open}"
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:6]).decode()


def _encoded(cursor: Cursor) -> str:
    content = msgspec.json.encode(cursor)
    return base64.urlsafe_b64encode(_check(content) + content).decode().rstrip("=")


def _decoded(told: str) -> Cursor | None:
    if not told:
        return None
    try:
        whole = base64.b64decode(told + "=" * (-len(told) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(whole[_CHECK:], type=Cursor)
    except (binascii.Error, ValueError):
        raise refused("cursor_invalid", "cursor", "the cursor was not handed out by this feed") from None
    if whole[:_CHECK] != _check(whole[_CHECK:]):
        raise refused("cursor_invalid", "cursor", "the cursor was not handed out by this feed")
    return cursor


def _check(content: bytes) -> bytes:
    return hashlib.sha256(b"fusion documents " + content).digest()[:_CHECK]
