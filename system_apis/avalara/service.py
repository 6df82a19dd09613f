"""AvaTax as the role of tax: our keys as document codes, our wishes as references, amounts from its books."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from contracts.canonical.capability import Capabilities
from contracts.canonical.jurisdictions import PlaceQuestion, PlaceVerdict, ResolvedAddress, TaxCoverage
from contracts.canonical.party import Address
from contracts.canonical.taxation import (
    Commitment,
    TaxDocument,
    TaxDocumentKind,
    TaxDocumentState,
    TaxedItem,
    TaxRefund,
    TaxRequest,
    TaxVoiding,
)
from contracts.canonical.trade.jurisdictions import judged
from contracts.problem import Kind, Problem
from system_apis.avalara import mapping, places, wire
from system_apis.avalara.checking import check
from system_apis.avalara.client import AvataxClient
from system_apis.avalara.codes import code_of
from system_apis.avalara.config import Config
from system_apis.avalara.keyed import Keyed, changeable
from system_apis.avalara.refunds import refund_model
from system_apis.avalara.wire import ESTIMATES, REFUND, SALE

_PROBE: Final = Decimal(100)
_ADJUSTED: Final = "the document was changed before it was posted"


class AvataxTax:
    """One account behind the role; remembers nothing between calls."""

    def __init__(self, client: AvataxClient, *, config: Config, capabilities: Capabilities) -> None:
        self._client = client
        self._config = config
        self._capabilities = capabilities
        self._keyed = Keyed(client)

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def coverage(self, *, legal_entity_id: str) -> TaxCoverage:
        """Where a company is registered, page by page."""
        company_id = await self._client.company_id(self._company(legal_entity_id))
        if company_id is None:
            raise _unknown(legal_entity_id)
        return TaxCoverage(
            legal_entity_id=legal_entity_id,
            resolves=list(places.RESOLVES),
            records=True,
            adjusts=True,
            registrations=[places.registration(each) async for each in self._client.nexus(company_id)],
        )

    async def resolve(self, *, body: Address) -> ResolvedAddress:
        """Locate an address."""
        places.check(body)
        found = await self._client.resolve(mapping.place(body))
        return places.located(found, body, floor=self._config.quality_floor)

    async def check_place(self, *, body: PlaceQuestion) -> PlaceVerdict:
        """Ask for the place, the company and the tax of a hundred, and judge."""
        coverage = await self.coverage(legal_entity_id=body.legal_entity_id)
        resolved = await self.resolve(body=body.sold_to) if body.sold_to.country in places.RESOLVES else None
        probe = TaxRequest(
            kind=TaxDocumentKind.SALE,
            legal_entity_id=body.legal_entity_id,
            customer_id="place-check",
            issued_on=body.taxed_on,
            currency=body.currency,
            sold_from=body.sold_from,
            sold_to=body.sold_to,
            lines=[TaxedItem(line_id="1", net=_PROBE, service_code=body.service_code)],
            buyer_registration=body.buyer_registration,
        )
        estimate = await self.estimate(document_id="place-check", body=probe)
        return judged(body, resolved=resolved, coverage=coverage, estimate=estimate)

    async def estimate(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        """Compute as an order, which the vendor keeps nowhere."""
        company = self._company(body.legal_entity_id)
        check(body)
        code = code_of(document_id, noun="document_id")
        kind = ESTIMATES[mapping.TYPES[body.kind]]
        found = await self._client.estimate(mapping.model(body, code=code, company=company, kind=kind, commit=None))
        return self._told(found, document_id, body.legal_entity_id, body)

    async def record(self, *, document_id: str, body: TaxRequest) -> TaxDocument:
        """Keep a document; an adjusted one stays committed if it was."""
        check(body)
        where = self._where(document_id, body.legal_entity_id, body.kind)
        company, code, kind = where
        async with self._keyed.turn(*where):
            found = await self._client.find(*where)
            if found is None or not _stands(found, body):
                changeable(found)
                commit = found is not None and mapping.state_of(found) is TaxDocumentState.COMMITTED
                model = mapping.model(body, code=code, company=company, kind=kind, commit=commit)
                found = await self._keyed.written(
                    where,
                    lambda: self._client.create_or_adjust(model, because=_ADJUSTED),
                    fits=lambda there: _stands(there, body),
                )
        return self._told(found, document_id, body.legal_entity_id, body)

    async def document(
        self, *, document_id: str, legal_entity_id: str, kind: TaxDocumentKind = TaxDocumentKind.SALE
    ) -> TaxDocument:
        """Find a document by our id."""
        found = await self._keyed.need(*self._where(document_id, legal_entity_id, kind))
        return self._told(found, document_id, legal_entity_id)

    async def commit(self, *, document_id: str, body: Commitment) -> TaxDocument:
        """Let a document be reported."""
        where = self._where(document_id, body.legal_entity_id, body.kind)
        async with self._keyed.turn(*where):
            found = await self._committed(where, await self._keyed.need(*where))
        return self._told(found, document_id, body.legal_entity_id)

    async def void(self, *, document_id: str, body: TaxVoiding) -> TaxDocument:
        """Let a document count no more."""
        where = self._where(document_id, body.legal_entity_id, body.kind)
        async with self._keyed.turn(*where):
            found = await self._keyed.need(*where)
            if mapping.state_of(found) is not TaxDocumentState.VOIDED:
                changeable(found)
                found = await self._keyed.written(where, lambda: self._client.void(*where), fits=_is_voided)
        return self._told(found, document_id, body.legal_entity_id)

    async def refund(self, *, document_id: str, body: TaxRefund) -> TaxDocument:
        """Give back a sale or lines of it, exactly as it was taxed; the refund is committed with the same call."""
        company = self._company(body.legal_entity_id)
        where = company, code_of(document_id, noun="document_id"), REFUND
        sale_code = code_of(body.refunds, noun="/refunds")
        wanted = mapping.fingerprint(body)
        async with self._keyed.turn(*where):
            found = await self._client.find(*where)
            if found is None:
                sale = await self._keyed.need(company, sale_code, SALE)
                model = refund_model(sale, body, code=where[1], reference=wanted)
                found = await self._keyed.written(
                    where,
                    lambda: self._client.refund(company, sale_code, model),
                    fits=lambda there: there.reference_code == wanted,
                )
            if found.reference_code != wanted:
                raise Problem(Kind.CONFLICT, "tax_refund_differs", "another refund stands under this key")
            found = await self._committed(where, found)
        return self._told(found, document_id, body.legal_entity_id)

    async def _committed(self, where: tuple[str, str, str], found: wire.Transaction) -> wire.Transaction:
        if _is_committed(found):
            return found
        changeable(found)
        return await self._keyed.written(where, lambda: self._client.commit(*where), fits=_is_committed)

    def _where(self, document_id: str, legal_entity_id: str, kind: TaxDocumentKind) -> tuple[str, str, str]:
        return self._company(legal_entity_id), code_of(document_id, noun="document_id"), mapping.TYPES[kind]

    def _company(self, legal_entity_id: str) -> str:
        try:
            return self._config.companies[legal_entity_id]
        except KeyError:
            raise _unknown(legal_entity_id) from None

    def _told(
        self, found: wire.Transaction, document_id: str, legal_entity_id: str, body: TaxRequest | None = None
    ) -> TaxDocument:
        customer_id = body.customer_id if body is not None else ""
        told = mapping.told(found, document_id=document_id, legal_entity_id=legal_entity_id, customer_id=customer_id)
        return mapping.renamed(told, body) if body is not None else told


def _stands(found: wire.Transaction, body: TaxRequest) -> bool:
    return mapping.state_of(found) is not TaxDocumentState.VOIDED and mapping.stands_as(found, body)


def _is_committed(found: wire.Transaction) -> bool:
    return mapping.state_of(found) is TaxDocumentState.COMMITTED


def _is_voided(found: wire.Transaction) -> bool:
    return mapping.state_of(found) is TaxDocumentState.VOIDED


def _unknown(legal_entity_id: str) -> Problem:
    return Problem(
        Kind.NOT_FOUND,
        "tax_company_unknown",
        f"the engine keeps no company for {legal_entity_id}",
        hint="compare `companies` in the settings with the company codes at the vendor",
    )
