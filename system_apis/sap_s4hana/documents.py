"""Invoices and credit notes in one tenant: a chain of three documents behind one draft and one posting.

A draft is a debit or credit memo request under our id, blocked for billing: it bears no number that a customer sees,
and it can be deleted. Posting lifts the block, makes the billing document, which draws the legal number, and posts that
to the ledger. Each step looks first at how far the chain got, so that a posting that was cut off is gone on with, under
the number it drew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.canonical.posting import BookedDocument, DocumentKind, PostingDocument
from contracts.problem import FieldError, Kind, Problem
from system_apis.sap_s4hana.client import BILLING, S4
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.document_mapping import ITEMS, Request, billing, booked, drafted, kind_of, request
from system_apis.sap_s4hana.document_wire import Billed, Credit, Debit
from system_apis.sap_s4hana.keyed import KeyedDocuments, address_of, items_of, service_of
from system_apis.sap_s4hana.mapping import absent, conflict, key, refused
from system_apis.sap_s4hana.odata import keyed, text
from system_apis.sap_s4hana.open_items import still_open
from system_apis.sap_s4hana.refusals import MAY_STAND

CREATE: Final = "BillingDocument/SAP__self.CreateFromSDDocument"
POST: Final = "SAP__self.PostToAccounting"
_ROUNDS: Final = 4
_AGAIN: Final = {Kind.PRECONDITION_FAILED, Kind.UNKNOWN_OUTCOME}


class Documents:
    """The documents that stand under our ids."""

    def __init__(self, client: S4, config: Config) -> None:
        self._client = client
        self._config = config
        self._keyed = KeyedDocuments(client)

    async def put(self, document: PostingDocument) -> BookedDocument:
        """Draft a document once; one that stands is told as it is."""
        request(document, config=self._config)  # refuses before any call
        async with self._keyed.one_at_a_time(document.document_id):
            found = await self._find(document.document_id)
            if found is None:
                number = await self._corrected(document)
                body = request(document, config=self._config, corrects=number)
                found = await self._make(document, body)
        if kind_of(found) is not document.kind:
            raise conflict("document_differs", f"'{document.document_id}' stands as {kind_of(found).value}")
        return await self._told(found)

    async def read(self, document_id: str) -> BookedDocument:
        """The document under our id.

        Raises:
            Problem: `not_found`.

        """
        return await self._told(await self._standing(document_id))

    async def post(self, document_id: str) -> BookedDocument:
        """Go on with the chain of a document until it is in the ledger.

        Raises:
            Problem: `conflict` `period_closed`, when no period is open for its day.

        """
        async with self._keyed.one_at_a_time(document_id):
            found = await self._standing(document_id)
            if not isinstance(found, Billed):
                found = await self._bill(document_id, found)
            if not found.accounting_document and found.is_cancelled is not True:
                found = await self._to_ledger(document_id, found)
        return await self._told(found)

    async def discard(self, document_id: str) -> None:
        """Delete a draft; one that is gone is fine.

        Raises:
            Problem: `conflict`, when it is posted, or has drawn its number and waits to be.

        """
        async with self._keyed.one_at_a_time(document_id):
            for left in reversed(range(_ROUNDS)):
                found = await self._find(document_id)
                if found is None:
                    return
                if isinstance(found, Billed):
                    raise _stays(document_id, found)
                try:
                    await self._keyed.remove(found)
                except Problem as problem:
                    if problem.kind not in _AGAIN or not left:
                        raise

    async def told(self, documents: Sequence[Billed]) -> list[BookedDocument]:
        """Billing documents with what is open of them."""
        still = await still_open(self._client, documents)
        return [booked(one, still=still[one.billing_document]) for one in documents]

    async def billed(self, which: str, *, orderby: str, top: str = "") -> list[Billed]:
        """Billing documents with their items, cancellations left out."""
        live = f"CancelledBillingDocument eq '' and {which}"
        options = {"filter": live, "orderby": orderby, "expand": "_Item", **({"top": top} if top else {})}
        return await self._client.all(BILLING, "BillingDocument", into=Billed, **options)

    async def _make(self, document: PostingDocument, body: Request) -> Request:
        if isinstance(body, Debit):
            return await self._keyed.make(Debit, document.document_id, body)
        return await self._keyed.make(Credit, document.document_id, body)

    async def _bill(self, document_id: str, found: Request) -> Billed:
        """Lift the block and make the billing document; SAP bills nothing twice, so what it refuses is looked up."""
        wanted = type(found)(header_billing_block_reason="")
        await self._client.settle(service_of(type(found)), address_of(found), wanted)
        refusal: Problem | None = None
        try:
            await self._client.call(BILLING, CREATE, body=billing(kind_of(found), found))
        except Problem as problem:
            if problem.kind not in MAY_STAND:
                raise
            refusal = problem
        now = await self._standing(document_id)
        if isinstance(now, Billed):
            return now
        detail = f"request {found.number} was billed and no billing document bears '{document_id}'"
        hint = "let the custom field of the request be copied to the billing document"
        raise refusal or Problem(Kind.UNEXPECTED, "vendor_record_invisible", detail, hint=hint)

    async def _to_ledger(self, document_id: str, found: Billed) -> Billed:
        address = keyed("BillingDocument", BillingDocument=text(found.billing_document))
        for left in reversed(range(_ROUNDS)):
            held = await self._client.get(BILLING, address, into=Billed)
            if held is not None and held.entity.accounting_document:
                break
            try:
                await self._client.call(BILLING, f"{address}/{POST}", etag="" if held is None else held.etag)
            except Problem as problem:
                if problem.code == "period_closed":
                    raise _closed(found, problem) from problem
                if not left or problem.kind not in _AGAIN | MAY_STAND or not await self._posted(address, problem):
                    raise
        now = await self._standing(document_id)
        if not isinstance(now, Billed) or not now.accounting_document:
            raise conflict("document_pending", f"billing document {found.billing_document} was not posted")
        return now

    async def _posted(self, address: str, problem: Problem) -> bool:
        """Whether to go on after a refusal: the document was posted meanwhile, or only its tag was an old one."""
        if problem.kind in _AGAIN:
            return True
        held = await self._client.get(BILLING, address, into=Billed)
        return held is not None and bool(held.entity.accounting_document)

    async def _corrected(self, document: PostingDocument) -> str:
        """The number of the invoice that is credited; refused where it is none, or none that is posted."""
        if document.corrects is None:
            return ""
        found = await self._find(document.corrects, pointer="/corrects")
        if found is None or kind_of(found) is not DocumentKind.INVOICE:
            detail = f"S/4HANA has no invoice under '{document.corrects}'"
            raise refused("corrects_unknown", "/corrects", detail)
        if found.transaction_currency != document.currency:
            raise refused("currency_differs", "/currency", f"the invoice is in {found.transaction_currency}")
        if not isinstance(found, Billed) or not found.accounting_document or found.is_cancelled is True:
            raise conflict("invoice_not_posted", f"'{document.corrects}' is not posted; nothing is to be credited")
        return found.billing_document

    async def _told(self, found: Request | Billed) -> BookedDocument:
        if isinstance(found, Billed):
            return (await self.told([found]))[0]
        items, mine = items_of(found)
        rows = await self._client.all(service_of(type(found)), items, into=ITEMS[type(found)], filter=mine)
        return drafted(found, rows)

    async def _standing(self, document_id: str) -> Request | Billed:
        found = await self._find(document_id)
        if found is None:
            raise absent("document", document_id)
        return found

    async def _find(self, document_id: str, *, pointer: str = "document_id") -> Request | Billed | None:
        """How far the chain of a document got: a billing document goes before the request it was made from."""
        mine = text(key(document_id, pointer=pointer))
        rows = await self.billed(f"YY1_SluiceDocument_BDH eq {mine}", orderby="BillingDocument")
        if rows:
            return rows[-1]
        return await self._keyed.find(Debit, document_id) or await self._keyed.find(Credit, document_id)


def _stays(document_id: str, found: Billed) -> Problem:
    if found.accounting_document or found.is_cancelled is True:
        return conflict("document_posted", f"'{document_id}' is posted as {found.billing_document} and stays")
    detail = f"'{document_id}' has drawn the number {found.billing_document} and waits to be posted"
    return conflict("document_numbered", detail, hint="post it once its period is open, then credit it")


def _closed(found: Billed, problem: Problem) -> Problem:
    detail = f"{problem.detail}: billing document {found.billing_document} waits for it"
    fault = FieldError(pointer="/issued_on", code="period_closed", detail=problem.detail)
    hint = "open the posting period of the company code in S/4HANA, then post again"
    return Problem(Kind.CONFLICT, "period_closed", detail, hint=hint, errors=(fault,), context=problem.context)
