"""Invoices and credit notes in one environment: drafted in one changeset, posted by the environment's own job.

No program posts a free text invoice: a job of the environment does, in its own time, for those that were released. So
posting releases the draft and looks until the number is there; who does not want to wait longer comes again later.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from contracts.canonical.posting import BookedDocument, DocumentKind, PostingDocument
from contracts.problem import FieldError, Kind, Problem, Retry
from kit.clock import Clock
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.batch import Change
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.document_mapping import booked, header, invoice_number, kind_of, lines
from system_apis.dynamics_finance.mapping import absent, conflict, refused
from system_apis.dynamics_finance.odata import YES, keyed, text
from system_apis.dynamics_finance.refusals import AGAIN, MAY_STAND, of_log

_ROUNDS: Final = 4
_AT_ONCE: Final = 15


class Documents:
    """The free text invoices that stand under our ids."""

    def __init__(self, client: Finance, config: Config, *, clock: Clock) -> None:
        self._client = client
        self._config = config
        self._clock = clock
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, document: PostingDocument) -> BookedDocument:
        """Draft a document once; one that stands is told as it is."""
        fresh, rows = header(document, config=self._config), lines(document, config=self._config)
        found = await self._find(document.document_id)
        if found is None:
            await self._check_corrected(document)
            found = await self._make(document.document_id, fresh, rows)
        if kind_of(found) is not document.kind or found.company != fresh.company:
            detail = f"'{document.document_id}' stands as {kind_of(found).value} of company {found.company}"
            raise conflict("document_differs", detail)
        return (await self.told([found]))[0]

    async def read(self, document_id: str) -> BookedDocument:
        """The document under our id.

        Raises:
            Problem: `not_found`.

        """
        return (await self.told([await self._standing(document_id)]))[0]

    async def post(self, document_id: str) -> BookedDocument:
        """Release a draft, and look until the environment has posted it.

        Raises:
            Problem: `conflict` `period_closed` or another reason of the posting job's; `unavailable`
                `posting_pending`, when the job has not come to it yet: it is released, and asking again is safe.

        """
        async with self._locks[document_id]:
            found = await self._through(document_id, await self._standing(document_id))
        return (await self.told([found]))[0]

    async def credited(self, credit_id: str, fresh: wire.Invoice, rows: Sequence[wire.InvoiceLine]) -> wire.Invoice:
        """Let a credit note of the room's own stand and be posted; as `post`, and as safe to repeat."""
        async with self._locks[credit_id]:
            found = await self._find(credit_id) or await self._make(credit_id, fresh, rows)
            return await self._through(credit_id, found)

    async def stands(self, document_id: str) -> bool:
        """Whether something stands under an id."""
        return await self._find(document_id) is not None

    async def discard(self, document_id: str) -> None:
        """Delete a draft; one that is gone is fine.

        Raises:
            Problem: `conflict`, when it is posted, or the posting job has it in hand.

        """
        for left in reversed(range(_ROUNDS)):
            found = await self._find(document_id)
            if found is None:
                return
            if found.invoice_number:
                raise conflict("document_posted", f"'{document_id}' is posted as {found.invoice_number} and stays")
            if found.sluice_release == YES:
                raise conflict("document_released", f"'{document_id}' waits to be posted")
            try:
                await self._client.remove(_at(self._config, found), etag=str(found.etag))
            except Problem as problem:
                if problem.kind not in AGAIN or not left:
                    raise

    async def told(self, found: Sequence[wire.Invoice]) -> list[BookedDocument]:
        """Free text invoices with their lines counted and what is open of them."""
        counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        posted: dict[tuple[str, str], wire.Transaction] = {}
        for start in range(0, len(found), _AT_ONCE):
            some = found[start : start + _AT_ONCE]
            mine = _one_of("FreeTextNumber", [str(each.free_text_number) for each in some])
            async for row in self._client.rows(self._config.sets.invoice_lines, into=wire.InvoiceLine, filter=mine):
                counts[str(row.company), str(row.free_text_number)] += 1
            ours = _one_of("SluiceDocumentId", [str(each.sluice_document_id) for each in some])
            async for entry in self._client.rows(self._config.sets.transactions, into=wire.Transaction, filter=ours):
                posted[str(entry.company), entry.sluice_document_id] = entry
        return [
            booked(
                each,
                count=counts[str(each.company), str(each.free_text_number)],
                posted=posted.get((str(each.company), str(each.sluice_document_id))),
            )
            for each in found
        ]

    async def under(self, document_ids: Sequence[str]) -> list[BookedDocument]:
        """The documents under some of our ids, as far as they stand, in the order of the ids."""
        found: dict[str, wire.Invoice] = {}
        for start in range(0, len(document_ids), _AT_ONCE):
            mine = _one_of("SluiceDocumentId", document_ids[start : start + _AT_ONCE])
            async for row in self._client.rows(self._config.sets.invoices, into=wire.Invoice, filter=mine):
                found[str(row.sluice_document_id)] = row
        return await self.told([found[each] for each in document_ids if each in found])

    async def _make(self, document_id: str, fresh: wire.Invoice, rows: Sequence[wire.InvoiceLine]) -> wire.Invoice:
        sets = self._config.sets
        asked = [Change(method="POST", address=sets.invoices, body=wire.said(fresh))]
        asked += [Change(method="POST", address=sets.invoice_lines, body=wire.said(row)) for row in rows]
        try:
            await self._client.commit(asked)
        except Problem as problem:
            found = await self._find(document_id) if problem.kind in MAY_STAND else None
            if found is None:
                raise
            return found
        return await self._standing(document_id)

    async def _through(self, document_id: str, found: wire.Invoice) -> wire.Invoice:
        if not found.invoice_number and found.sluice_release != YES:
            wanted = wire.Invoice(sluice_release=YES, sluice_posting_log="")
            await self._client.decide(_at(self._config, found), wire.Invoice, lambda held: _release(held, wanted))
        return await self._posted(document_id)

    async def _posted(self, document_id: str) -> wire.Invoice:
        """Look until the posting job has come to a document."""
        until = self._clock.monotonic() + self._config.posting_wait_s
        while True:
            found = await self._standing(document_id)
            if found.invoice_number:
                return found
            if found.sluice_posting_log:
                raise _unposted(found)
            if self._clock.monotonic() >= until:
                detail = f"'{document_id}' is released; the environment's posting job has not come to it"
                hint = "look at the batch job that posts free text invoices, when this does not pass"
                raise Problem(Kind.UNAVAILABLE, "posting_pending", detail, retry=Retry.LATER, hint=hint)
            await self._clock.sleep(self._config.posting_poll_s)

    async def _check_corrected(self, document: PostingDocument) -> None:
        """Refuse a credit note for what is no posted invoice of its company and currency."""
        if document.corrects is None:
            return
        found = await self._find(document.corrects, pointer="/corrects")
        if found is None or kind_of(found) is not DocumentKind.INVOICE:
            detail = f"the environment has no invoice under '{document.corrects}'"
            raise refused("corrects_unknown", "/corrects", detail)
        if found.currency_code != document.currency:
            raise refused("currency_differs", "/currency", f"the invoice is in {found.currency_code}")
        if not found.invoice_number:
            raise conflict("invoice_not_posted", f"'{document.corrects}' is not posted; nothing is to be credited")

    async def _standing(self, document_id: str) -> wire.Invoice:
        found = await self._find(document_id)
        if found is None:
            raise absent("free text invoice", document_id)
        return found

    async def _find(self, document_id: str, *, pointer: str = "document_id") -> wire.Invoice | None:
        mine = f"FreeTextNumber eq {text(invoice_number(document_id, pointer=pointer))}"
        rows = await self._client.all(self._config.sets.invoices, into=wire.Invoice, filter=mine, orderby="dataAreaId")
        return rows[0] if rows else None


def _release(held: wire.Invoice, wanted: wire.Invoice) -> wire.Invoice | None:
    """What to change of a draft; one that was posted meanwhile is left alone."""
    return None if held.invoice_number else wanted


def _at(config: Config, found: wire.Invoice) -> str:
    return keyed(config.sets.invoices, str(found.company), FreeTextNumber=str(found.free_text_number))


def _one_of(name: str, values: Sequence[str]) -> str:
    return " or ".join(f"{name} eq {text(value)}" for value in values)


def _unposted(found: wire.Invoice) -> Problem:
    problem = of_log(str(found.sluice_posting_log))
    if problem.code == "period_closed":
        problem.hint = "open the period of the company's ledger calendar, then post again"
        problem.errors = (FieldError(pointer="/issued_on", code="period_closed", detail=problem.detail),)
    return problem
