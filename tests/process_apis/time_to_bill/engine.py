"""A tax engine in memory: keeps documents under our ids, takes one rate of each country, and cuts line by line."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from contracts.canonical.einvoice import InvoiceParty, Issuer, PaymentInstructions, PaymentMeans
from contracts.canonical.jurisdictions import Jurisdiction, JurisdictionLevel
from contracts.canonical.party import Address
from contracts.canonical.taxation import (
    Commitment,
    TaxDocument,
    TaxDocumentKind,
    TaxDocumentState,
    TaxedItem,
    TaxedLine,
    TaxRefund,
    TaxRequest,
    TaxShare,
    TaxVoiding,
)
from contracts.problem import Kind, Problem

SELLER = InvoiceParty(name="Sluicegate Deutschland GmbH", address=Address(country="DE", city="Hamburg"))
BUYER = InvoiceParty(name="Northwind GmbH", address=Address(country="DE", city="Munich"), vat_id="DE811234567")
ISSUER = Issuer(seller=SELLER, payment=PaymentInstructions(means=PaymentMeans.CREDIT_TRANSFER, account="DE75"))
_CENT = Decimal("0.01")


class FakeTax:
    """What it was sent stands in `sent`, what it keeps in `documents`, how often it acted in `acts`."""

    def __init__(self) -> None:
        self.rates = {"DE": Decimal(19), "FR": Decimal(20)}
        self.documents: dict[str, TaxDocument] = {}
        self.sent: dict[str, TaxRequest] = {}
        self.acts: Counter[str] = Counter()
        self.asked: list[TaxRequest] = []

    async def estimate(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        self.asked.append(body)
        return self._computed(document_id, body)

    async def record(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        if self.sent.get(document_id) != body:
            self.acts[f"record {document_id}"] += 1
            self.sent[document_id] = body
            made = self._computed(document_id, body)
            tax = made.tax if body.charged is None else body.charged
            self._put(replace(made, tax=tax, state=TaxDocumentState.UNCOMMITTED, external_id=f"T-{document_id}"))
        return self.documents[document_id]

    async def document(
        self, *, document_id: str, legal_entity_id: str, kind: TaxDocumentKind = TaxDocumentKind.SALE
    ) -> TaxDocument:
        found = self.documents.get(document_id)
        if found is None or (found.legal_entity_id, found.kind) != (legal_entity_id, kind):
            raise Problem(Kind.NOT_FOUND, "tax_document_not_found")
        return found

    async def commit(self, *, document_id: str, body: Commitment) -> TaxDocument:
        found = await self.document(document_id=document_id, legal_entity_id=body.legal_entity_id, kind=body.kind)
        return self._put(replace(found, state=TaxDocumentState.COMMITTED))

    async def void(self, *, document_id: str, body: TaxVoiding) -> TaxDocument:
        found = await self.document(document_id=document_id, legal_entity_id=body.legal_entity_id)
        if found.locked:
            raise Problem(Kind.CONFLICT, "tax_document_locked")
        if found.state is not TaxDocumentState.VOIDED:
            self.acts[f"void {document_id}"] += 1
        return self._put(replace(found, state=TaxDocumentState.VOIDED))

    async def refund(self, *, document_id: str, body: TaxRefund) -> TaxDocument:
        sale = await self.document(document_id=body.refunds, legal_entity_id=body.legal_entity_id)
        if document_id not in self.documents:
            self.acts[f"refund {document_id}"] += 1
        given = replace(sale, document_id=document_id, kind=TaxDocumentKind.REFUND, net=-sale.net, tax=-sale.tax)
        return self._put(replace(given, locked=False, external_id=f"T-{document_id}"))

    def lock(self, document_id: str) -> None:
        """Report a document to its authority."""
        self._put(replace(self.documents[document_id], locked=True))

    def standing(self) -> dict[str, tuple[str, str, Decimal]]:
        """Kind, state and tax of everything that is kept."""
        return {key: (each.kind.value, each.state.value, each.tax) for key, each in self.documents.items()}

    def _put(self, document: TaxDocument) -> TaxDocument:
        self.documents[document.document_id] = document
        return document

    def _computed(self, document_id: str, body: TaxRequest) -> TaxDocument:
        crossed = bool(body.buyer_registration) and body.sold_from.country != body.sold_to.country
        country = str(body.sold_to.country)
        rate = Decimal(0) if crossed else self.rates.get(country)
        lines = [_line(item, country, rate) for item in body.lines]
        net, tax = sum((line.net for line in lines), Decimal(0)), sum((line.tax for line in lines), Decimal(0))
        return TaxDocument(
            document_id=document_id,
            external_id="",
            kind=body.kind,
            state=TaxDocumentState.ESTIMATE,
            legal_entity_id=body.legal_entity_id,
            customer_id=body.customer_id,
            currency=body.currency,
            issued_on=body.issued_on,
            taxed_on=body.taxed_on or body.issued_on,
            net=net,
            taxable=net,
            exempt=Decimal(0),
            tax=tax,
            computed=tax,
            lines=lines,
        )


def _line(item: TaxedItem, country: str, rate: Decimal | None) -> TaxedLine:
    """A line; without a registration there is no share, no tax, and no word of it."""
    place = Jurisdiction(country=country, level=JurisdictionLevel.COUNTRY, code=country, name=country)
    tax = ((rate or Decimal(0)) * item.net / 100).quantize(_CENT, ROUND_HALF_UP)
    share = TaxShare(
        jurisdiction=place, name="VAT", percent=rate or Decimal(0), taxable=item.net, exempt=Decimal(0), tax=tax
    )
    shares = [] if rate is None else [share]
    return TaxedLine(line_id=item.line_id, net=item.net, taxable=item.net, exempt=Decimal(0), tax=tax, shares=shares)
