"""The tax role: estimates that are kept nowhere, documents that are kept under our keys, and places put to the test.

What the engine answers is decision support: what a customer is charged is decided where the invoice is.
"""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.capability import Capabilities
from contracts.canonical.jurisdictions import PlaceQuestion, PlaceVerdict, ResolvedAddress, TaxCoverage
from contracts.canonical.party import Address
from contracts.canonical.taxation import Commitment, TaxDocument, TaxDocumentKind, TaxRefund, TaxRequest, TaxVoiding
from contracts.port import get, post, put


class Tax(Protocol):
    """System that knows rates, rules and jurisdictions, and keeps what is reported to authorities."""

    @get("/capabilities", scope="tax:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @get("/coverage/{legal_entity_id}", scope="tax:read", problems=(404,))
    async def coverage(self, *, legal_entity_id: str) -> TaxCoverage:
        """What the engine does for a seller, and where it is registered; 404 when the engine does not know it."""
        ...

    @post("/addresses/resolution", scope="tax:read", problems=(501,))
    async def resolve(self, *, body: Address) -> ResolvedAddress:
        """Locate an address and say who may tax there; one that cannot be relied on is answered, and not accepted.

        422 for an address of too few words to be looked for; 501 in a country whose addresses the engine cannot locate.
        """
        ...

    @post("/places/check", scope="tax:read", problems=(404,))
    async def check_place(self, *, body: PlaceQuestion) -> PlaceVerdict:
        """Put a place to the test in five steps: address, stack, registration, estimate, and what crosses a border."""
        ...

    @put("/estimates/{document_id}", scope="tax:read", problems=(404,))
    async def estimate(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        """Compute the tax of a document and keep nothing.

        422 for lines given twice, an address that cannot be taxed, or an amount finer than the currency states.
        """
        ...

    @put("/documents/{document_id}", scope="tax:write", problems=(404, 409))
    async def record(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        """Keep a document once, uncommitted; one that stands is adjusted where something else is wanted now.

        One that stands as wanted is returned as it is, committed or not; adjusting a committed one leaves it committed.
        409 when it was reported (`tax_document_locked`) or voided (`tax_document_voided`): its key is spent.
        """
        ...

    @get("/documents/{document_id}", scope="tax:read", problems=(404,))
    async def document(
        self, *, document_id: str, legal_entity_id: str, kind: TaxDocumentKind = TaxDocumentKind.SALE
    ) -> TaxDocument:
        """Find a document by our id, with what the engine's own books say of it."""
        ...

    @put("/documents/{document_id}/commitment", scope="tax:write", problems=(404, 409))
    async def commit(self, *, document_id: str, body: Commitment) -> TaxDocument:
        """Let a document be reported; one that is committed is returned as it is, one that is voided is a conflict."""
        ...

    @put("/documents/{document_id}/voiding", scope="tax:write", problems=(404, 409))
    async def void(self, *, document_id: str, body: TaxVoiding) -> TaxDocument:
        """Let a document count no more; a voided one is returned as it is, a reported one is a conflict."""
        ...

    @put("/refunds/{document_id}", scope="tax:write", problems=(404, 409))
    async def refund(self, *, document_id: str, body: TaxRefund) -> TaxDocument:
        """Give back a committed sale or some of its lines under a key of its own, once, with exactly its own tax.

        409 when the sale is not committed, or another refund stands under the key.
        """
        ...
