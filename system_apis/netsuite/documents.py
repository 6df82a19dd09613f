"""Invoices and credit notes: drafted pending approval, posted by approval, told from the account's own lines.

A draft is created and never upserted: an upsert would overwrite the lines of a document that somebody approved between
our look and our write, while a create under a key that stands is refused and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from contracts.canonical.posting import BookedChanges, BookedDocument, BookedState, DocumentKind, PostingDocument
from contracts.problem import FieldError, Kind, Problem
from system_apis.netsuite import feed
from system_apis.netsuite.client import NetSuite
from system_apis.netsuite.currencies import KnownCurrencies
from system_apis.netsuite.document_mapping import RECORDS, approval, booked, document_write
from system_apis.netsuite.mapping import key, refused

DOCUMENTS: Final = (
    "SELECT t.id, t.externalid, t.recordtype, t.tranid, t.posting, t.voided, c.symbol AS currency, "
    "t.custbody_sluice_corrects AS corrects, TO_CHAR(t.trandate, 'YYYY-MM-DD') AS trandate, "
    "t.foreignamountunpaid AS unpaid, t.foreignpaymentamountunused AS unused, "
    "TO_CHAR(t.lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified, "
    "SUM(CASE WHEN l.mainline = 'T' THEN l.foreignamount ELSE 0 END) AS gross, "
    "SUM(CASE WHEN l.mainline = 'F' AND l.taxline = 'F' THEN l.foreignamount ELSE 0 END) AS net, "
    "SUM(CASE WHEN l.taxline = 'T' THEN l.foreignamount ELSE 0 END) AS tax, "
    "SUM(CASE WHEN l.mainline = 'F' AND l.taxline = 'F' THEN 1 ELSE 0 END) AS lines "
    "FROM transaction t JOIN transactionline l ON l.transaction = t.id JOIN currency c ON c.id = t.currency "
    "WHERE t.recordtype IN ('invoice', 'creditmemo') AND t.externalid = t.custbody_sluice_document_id{which} "
    "GROUP BY t.id, t.externalid, t.recordtype, t.tranid, t.posting, t.voided, c.symbol, t.custbody_sluice_corrects, "
    "t.trandate, t.foreignamountunpaid, t.foreignpaymentamountunused, t.lastmodifieddate "
    "ORDER BY t.lastmodifieddate, t.id"
)
UNDER_KEY: Final = " AND t.externalid = '{key}'"
IN_LEDGER: Final = " AND (t.posting = 'T' OR t.voided = 'T')"
SINCE: Final = (
    " AND (t.lastmodifieddate > TO_DATE('{floor}', 'YYYY-MM-DD HH24:MI:SS') "
    "OR (t.lastmodifieddate = TO_DATE('{floor}', 'YYYY-MM-DD HH24:MI:SS') AND t.id > {floor_id}))"
)
FIRST: Final = " FETCH FIRST {count} ROWS ONLY"
OPEN_PERIODS: Final = (
    "SELECT id FROM accountingperiod WHERE startdate <= TO_DATE('{day}', 'YYYY-MM-DD') "
    "AND enddate >= TO_DATE('{day}', 'YYYY-MM-DD') AND closed = 'F' AND arlocked = 'F' "
    "AND isquarter = 'F' AND isyear = 'F' AND isadjust = 'F' ORDER BY id"
)
_MOST_CHANGES: Final = 1000
_ISSUED_ON: Final = "/issued_on"


class Documents:
    """The invoices and credit notes of one account that stand under our keys."""

    def __init__(self, client: NetSuite, *, currencies: KnownCurrencies, service_item: str) -> None:
        self._client = client
        self._currencies = currencies
        self._item = service_item

    async def put(self, document_id: str, body: PostingDocument) -> BookedDocument:
        """Draft a document once; one that stands is told as it is."""
        document_write(body, currency_id="", service_item=self._item)  # refuses before any call
        standing = await self._find(document_id)
        if standing is None:
            await self._draft(document_id, body)
            standing = await self._find(document_id)
        if standing is None:
            raise _conflict("document_key_taken", f"another transaction of the account bears the key '{document_id}'")
        if standing.kind is not body.kind:
            raise _conflict("document_differs", f"'{document_id}' stands as {standing.kind.value}")
        return standing

    async def read(self, document_id: str) -> BookedDocument:
        """The document under our id.

        Raises:
            Problem: `not_found`.

        """
        return booked(await self._standing(document_id))

    async def post(self, document_id: str) -> BookedDocument:
        """Approve a draft, so that it posts; a credit note is applied to its invoice in the same change.

        Raises:
            Problem: `conflict`, when its period is closed, or the account keeps it pending.

        """
        row = await self._standing(document_id)
        draft = booked(row)
        if draft.state is not BookedState.DRAFT:
            return draft
        invoice = await self._row(row["corrects"]) if "corrects" in row else None
        change = approval(invoice=invoice, credit=draft if draft.kind is DocumentKind.CREDIT_NOTE else None)
        replace = ("apply",) if change.apply is not None else ()
        try:
            await self._client.patch(RECORDS[draft.kind], document_id, change, replace=replace)
        except Problem as problem:
            if problem.kind is Kind.INVALID:
                await self._blame_period(problem, dt.date.fromisoformat(row["trandate"]))
                raise _conflict("posting_refused", problem.detail) from problem
            raise
        posted = await self.read(document_id)
        if posted.state is BookedState.DRAFT:
            detail = f"'{document_id}' was approved and NetSuite keeps it pending"
            raise _conflict("document_pending", detail, hint="look at the approval routing of the account")
        return posted

    async def discard(self, document_id: str) -> None:
        """Delete a draft; one that is gone is fine.

        Raises:
            Problem: `conflict`, when it is posted.

        """
        standing = await self._find(document_id)
        if standing is None:
            return
        if standing.state is not BookedState.DRAFT:
            raise _conflict("document_posted", f"'{document_id}' is posted as {standing.number} and stays")
        try:
            await self._client.remove(RECORDS[standing.kind], document_id)
        except Problem as problem:
            if problem.kind is Kind.INVALID:
                raise _conflict("document_posted", problem.detail) from problem
            raise

    async def changes(self, cursor: str, limit: int) -> BookedChanges:
        """Documents in the ledger that changed since the cursor, oldest change first."""
        if not 0 < limit <= _MOST_CHANGES:
            raise refused("limit_invalid", "limit", f"the limit is 1 to {_MOST_CHANGES}")
        here = feed.decoded(cursor)
        since = SINCE.format(floor=here.floor.strftime(feed.STAMP), floor_id=here.floor_id) if here else ""
        known = here.met if here else []
        query = DOCUMENTS.format(which=IN_LEDGER + since) + FIRST.format(count=limit + len(known))
        rows = [(feed.met(row), row) async for row in self._client.rows(query)]
        fresh = [(met, row) for met, row in rows if met not in known][:limit]
        return BookedChanges(
            documents=[booked(row) for _, row in fresh],
            cursor=feed.encoded(feed.advanced(here, [met for met, _ in fresh])),
        )

    async def _draft(self, document_id: str, body: PostingDocument) -> None:
        if body.corrects is not None:
            await self._check_corrected(body.corrects, currency=body.currency)
        currency_id = await self._currencies.id_of(body.currency)
        wire = document_write(body, currency_id=currency_id, service_item=self._item)
        try:
            await self._client.add(RECORDS[body.kind], document_id, wire)
        except Problem as problem:
            if problem.kind is Kind.INVALID:
                await self._blame_period(problem, body.issued_on)
            raise

    async def _check_corrected(self, invoice_id: str, *, currency: str) -> None:
        """Refuse to credit what is no posted invoice of the same currency."""
        invoice = await self._find(invoice_id, pointer="/corrects")
        if invoice is None or invoice.kind is not DocumentKind.INVOICE:
            raise refused("corrects_unknown", "/corrects", f"NetSuite has no invoice under '{invoice_id}'")
        if invoice.currency != currency:
            raise refused("currency_differs", "/currency", f"the invoice is in {invoice.currency}")
        if invoice.state in {BookedState.DRAFT, BookedState.VOIDED}:
            raise _conflict("invoice_not_posted", f"'{invoice_id}' is {invoice.state.value}; nothing is to be credited")

    async def _blame_period(self, problem: Problem, day: dt.date) -> None:
        """Say so, when the refusal can be of the date and no period of that day is open."""
        if any(error.pointer != _ISSUED_ON for error in problem.errors):
            return
        async for _ in self._client.rows(OPEN_PERIODS.format(day=day.isoformat())):
            return
        fault = FieldError(pointer=_ISSUED_ON, code="period_closed", detail=problem.detail)
        hint = "open the period in NetSuite, or date the document in an open one"
        detail = f"NetSuite has no open period for {day.isoformat()}"
        raise _conflict("period_closed", detail, hint=hint, errors=(fault,)) from problem

    async def _standing(self, document_id: str) -> Mapping[str, str]:
        row = await self._row(document_id)
        if row is None:
            raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"NetSuite has no document under '{document_id}'")
        return row

    async def _find(self, document_id: str, *, pointer: str = "document_id") -> BookedDocument | None:
        row = await self._row(document_id, pointer=pointer)
        return None if row is None else booked(row)

    async def _row(self, document_id: str, *, pointer: str = "document_id") -> Mapping[str, str] | None:
        which = UNDER_KEY.format(key=key(document_id, pointer=pointer))
        async for row in self._client.rows(DOCUMENTS.format(which=which)):
            return row
        return None


def _conflict(code: str, detail: str, *, hint: str = "", errors: tuple[FieldError, ...] = ()) -> Problem:
    return Problem(Kind.CONFLICT, code, detail, hint=hint, errors=errors)
