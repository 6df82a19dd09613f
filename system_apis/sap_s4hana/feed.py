"""What changed of documents of ours: billing documents by when they changed, and payments by the day they were entered.

A billing document is not touched when it is paid, so two things are polled. Billing documents carry a moment; the last
seconds are read again, because a change may be seen after a later one. Journal items carry a day only, so a day is read
again until it has passed. What was told in the state it is in is left out; the cursor remembers it.
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
from system_apis.sap_s4hana.client import JOURNAL, S4
from system_apis.sap_s4hana.document_wire import Billed, JournalItem
from system_apis.sap_s4hana.documents import Documents
from system_apis.sap_s4hana.mapping import refused
from system_apis.sap_s4hana.odata import asked_day, text
from system_apis.sap_s4hana.open_items import CUBE, CUSTOMER_LINES

OVERLAP: Final = dt.timedelta(seconds=30)
_MOST: Final = 1000
_REMEMBERED: Final = 400
_AT_ONCE: Final = 15
_DAY: Final = dt.timedelta(days=1)
_CHECK: Final = 8
_OURS: Final = "YY1_SluiceDocument_BDH ne ''"


class Cursor(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Everything up to `floor` was told, payments of days before `day` too; `met` is what was told of the rest."""

    floor: dt.datetime
    day: dt.date
    met: dict[str, str] = {}


class Feed:
    """Polls one tenant."""

    def __init__(self, client: S4, documents: Documents, *, clock: Clock) -> None:
        self._client = client
        self._documents = documents
        self._clock = clock

    async def page(self, cursor: str, *, limit: int) -> BookedChanges:
        """At most `limit` documents that changed, the oldest change first; a posted one is told, a draft is not."""
        if not 0 < limit <= _MOST:
            raise refused("limit_invalid", "limit", f"the limit is 1 to {_MOST}")
        here = _decoded(cursor)
        if here is None:
            here = Cursor(dt.datetime(1970, 1, 1, tzinfo=dt.UTC), self._clock.now().date() - _DAY)
        changed = await self._changed(here, limit=limit)
        whole = len(changed) < limit + len(here.met)
        touched = await self._touched(here) if whole else []
        seen = {one.billing_document: one for one in (*changed, *touched)}
        booked = await self._documents.told(list(seen.values()))
        fresh = [one for one in booked if one.number and here.met.get(one.number) != _state(one)][:limit]
        told = {one.number for one in fresh}
        return BookedChanges(documents=fresh, cursor=_encoded(self._next(here, changed, booked, told, whole=whole)))

    def _next(
        self, here: Cursor, changed: Sequence[Billed], booked: Sequence[BookedDocument], told: set[str], *, whole: bool
    ) -> Cursor:
        """Go on to the last document before the first that was left out; days go on when nothing was."""
        known = here.met | {one.number: _state(one) for one in booked if one.number in told}
        left_out = {one.number for one in booked if one.number and known.get(one.number) != _state(one)}
        floor = here.floor
        for document in changed:
            if document.billing_document in left_out:
                break
            floor = max(floor, _moment(document))
        whole = whole and not left_out
        day = max(here.day, self._clock.now().date() - _DAY) if whole else here.day
        remembered = dict(list(known.items())[-_REMEMBERED:])
        return replace(here, floor=floor, day=day, met=remembered)

    async def _changed(self, here: Cursor, *, limit: int) -> list[Billed]:
        since = (here.floor - OVERLAP).isoformat(timespec="microseconds").replace("+00:00", "Z")
        which = f"{_OURS} and LastChangeDateTime ge {since}"
        order = "LastChangeDateTime,BillingDocument"
        return await self._documents.billed(which, orderby=order, top=str(limit + len(here.met)))

    async def _touched(self, here: Cursor) -> list[Billed]:
        """Documents of ours to which a payment or a clearing was entered since the cursor's day."""
        since = asked_day(here.day)
        dates = f"(AccountingDocumentCreationDate ge {since} or ClearingCreationDate ge {since})"
        lines = await self._client.all(JOURNAL, CUBE, into=JournalItem, filter=f"{CUSTOMER_LINES} and {dates}")
        numbers = {(line.company_code, line.invoice_reference) for line in lines if line.invoice_reference}
        numbers |= {(line.company_code, line.accounting_document) for line in lines if line.billing_document}
        wanted, told = sorted(numbers), []
        for start in range(0, len(wanted), _AT_ONCE):
            asked = " or ".join(
                f"(CompanyCode eq {text(company)} and AccountingDocument eq {text(number)})"
                for company, number in wanted[start : start + _AT_ONCE]
            )
            told += await self._documents.billed(f"{_OURS} and ({asked})", orderby="BillingDocument")
        return told


def _state(document: BookedDocument) -> str:
    told = f"{document.state}|{document.gross}|{document.open}"
    return base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()[:6]).decode()


def _moment(document: Billed) -> dt.datetime:
    return dt.datetime.fromisoformat(document.changed_at)


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
    return hashlib.sha256(b"s4hana documents " + content).digest()[:_CHECK]
