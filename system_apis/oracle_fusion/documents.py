"""Invoices and credit notes in one pod: a draft is a transaction that is not complete, posting is its completion."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from contracts.canonical.posting import BookedDocument, PostingDocument
from contracts.problem import FieldError, Kind, Problem
from system_apis.oracle_fusion.client import AGAIN, ROUNDS, Fusion
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.document_mapping import booked, kind_of, our_id, transaction
from system_apis.oracle_fusion.document_wire import Invoice, Memo
from system_apis.oracle_fusion.mapping import absent, conflict, refused, transaction_number
from system_apis.oracle_fusion.transactions import COMPLETE, Transactions


class Documents:
    """The documents that stand under our ids."""

    def __init__(self, client: Fusion, config: Config) -> None:
        self._config = config
        self._transactions = Transactions(client, source=config.source)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, document: PostingDocument) -> BookedDocument:
        """Draft a document once; one that stands is told as it is."""
        body = transaction(document, config=self._config)
        async with self._locks[document.document_id]:
            found = await self._find(document.document_id, pointer="/document_id")
            if found is None:
                await self._check_corrected(document)
                found = await self._transactions.make(body, str(body.transaction_number))
        if kind_of(found) is not document.kind or our_id(found) != document.document_id:
            raise conflict("document_differs", f"'{document.document_id}' stands as {kind_of(found).value}")
        return booked(found)

    async def read(self, document_id: str) -> BookedDocument:
        """The document under our id.

        Raises:
            Problem: `not_found`.

        """
        return booked(await self._standing(document_id))

    async def post(self, document_id: str) -> BookedDocument:
        """Complete a draft; one that is complete is told as it is.

        Raises:
            Problem: `conflict` `period_closed`, when no period is open for its day.

        """
        async with self._locks[document_id]:
            found = await self._standing(document_id)
            try:
                return booked(await self._transactions.complete(found))
            except Problem as problem:
                if problem.code == "period_closed":
                    raise _closed(problem) from problem
                raise

    async def discard(self, document_id: str) -> None:
        """Delete the draft of an invoice; one that is gone is fine.

        Raises:
            Problem: `conflict`, when it is posted; also for the draft of a credit note, which Fusion cannot delete.

        """
        async with self._locks[document_id]:
            for left in reversed(range(ROUNDS)):
                found = await self._find(document_id, pointer="document_id")
                if found is None:
                    return
                if found.status == COMPLETE:
                    detail = f"'{document_id}' is posted as {found.document_number} and stays"
                    raise conflict("document_posted", detail)
                if not isinstance(found, Invoice):
                    detail = f"Fusion deletes no credit memo: '{document_id}' stays as a draft"
                    hint = "remove it at the pod's own screen, or post it"
                    raise conflict("credit_note_stays", detail, hint=hint)
                try:
                    await self._transactions.remove(found)
                except Problem as problem:
                    if problem.kind not in AGAIN or not left:
                        raise

    async def some(self, kind: type[Invoice | Memo], q: str, *, limit: int, order: str) -> Sequence[Invoice | Memo]:
        """Transactions of ours that fit, with every line."""
        return await self._transactions.some(kind, q, limit=limit, order=order)

    async def _check_corrected(self, document: PostingDocument) -> None:
        """Refuse to credit what is no invoice, or none that is posted."""
        if document.corrects is None:
            return
        found = await self._find(document.corrects, pointer="/corrects")
        if not isinstance(found, Invoice):
            raise refused("corrects_unknown", "/corrects", f"Fusion has no invoice under '{document.corrects}'")
        if found.currency != document.currency:
            raise refused("currency_differs", "/currency", f"the invoice is in {found.currency}")
        if found.status != COMPLETE:
            raise conflict("invoice_not_posted", f"'{document.corrects}' is not posted; nothing is to be credited")

    async def _standing(self, document_id: str) -> Invoice | Memo:
        found = await self._find(document_id, pointer="document_id")
        if found is None:
            raise absent("transaction", document_id)
        return found

    async def _find(self, document_id: str, *, pointer: str) -> Invoice | Memo | None:
        return await self._transactions.find(transaction_number(document_id, pointer=pointer))


def _closed(problem: Problem) -> Problem:
    fault = FieldError(pointer="/issued_on", code="period_closed", detail=problem.detail)
    hint = "open the receivables period of the business unit's ledger, then post again"
    return Problem(Kind.CONFLICT, "period_closed", problem.detail, hint=hint, errors=(fault,), context=problem.context)
