"""The steps at which a tax engine is asked before an invoice is posted, and told after; none where a firm has none."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.taxation import (
    Commitment,
    TaxDocument,
    TaxDocumentKind,
    TaxRefund,
    TaxRequest,
    TaxVoiding,
)
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartCorrection
from contracts.system.tax import Tax
from kit.durable import Effect, Held, step
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import Draft
from process_apis.time_to_bill.taxing import (
    ANSWER,
    AS_DECIDED,
    LEAVE_OUT,
    LEFT_OUT,
    is_taxed,
    kind_of,
    mismatched,
    request_of,
    unknown,
)

_LOCKED: Final = "tax_document_locked"


class TaxSteps:
    """What billing has to do with a tax engine, over the accounts of whoever bills."""

    _accounts: Accounts
    _config: Config
    _tax: Tax | None = None

    @step(system="tax")
    async def ask_tax(self, effect: Effect, draft: Draft) -> TaxDocument | None:
        """Ask what the engine makes of a draft; None where it is another tax, and a person says that ours is charged.

        Raises:
            Held: it comes to another tax, or nobody said where seller or buyer is.

        """
        body = request_of(draft, await self._agreed(draft), self._config)
        estimate = await self._engine.estimate(document_id=draft.invoice.invoice_id, body=replace(body, charged=None))
        problem = mismatched(draft, estimate)
        if problem is None:
            return estimate
        if effect.fixes.get(ANSWER.name) == AS_DECIDED:
            return None
        raise Held(problem)

    @step(system="tax")
    async def record_tax(self, effect: Effect, draft: Draft) -> TaxDocument:
        """Have the engine keep what was posted, with the tax that was charged, and report it."""
        del effect  # the id of the invoice is the key
        return await self._recorded(draft, request_of(draft, await self._agreed(draft), self._config))

    @step(system="tax")
    async def correct_tax(self, effect: Effect, start: StartCorrection, draft: Draft) -> TaxDocument | None:
        """Void the tax of an invoice that is credited whole, or give it back where it was reported.

        Any other correction is recorded as what it comes to, at the tax point of its original. None where a person
        says that the engine never knew the invoice.

        Raises:
            Held: the engine does not know the invoice; its own case may still be on the way there.

        """
        async with self._accounts.read() as books:
            original = await books.ledger.invoice(start.invoice_id)
        kind = kind_of(original)
        if not await self._is_known(original.invoice_id, original.legal_entity_id, kind):
            if effect.fixes.get(LEFT_OUT.name) == LEAVE_OUT:
                return None
            raise Held(unknown(draft, original))
        if not start.lines:
            given_back = await self._given_back(start, draft, original.legal_entity_id, kind)
            if given_back is not None:
                return given_back
        body = request_of(draft, await self._agreed(draft), self._config, taxed_on=original.posted_on)
        return await self._recorded(draft, body)

    def asking(self, draft: Draft) -> Draft:
        """The draft, marked where a tax engine has a say; a case that began without one goes on without."""
        return replace(draft, taxed=self._tax is not None and is_taxed(draft, self._config))

    async def _recorded(self, draft: Draft, body: TaxRequest) -> TaxDocument:
        document_id = draft.invoice.invoice_id
        await self._engine.record(document_id=document_id, body=body)
        commitment = Commitment(legal_entity_id=body.legal_entity_id, kind=body.kind)
        return await self._engine.commit(document_id=document_id, body=commitment)

    async def _given_back(
        self, start: StartCorrection, draft: Draft, seller_id: str, kind: TaxDocumentKind
    ) -> TaxDocument | None:
        """A whole invoice voided, or refunded; None for one that gave money back itself and was reported."""
        voiding = TaxVoiding(legal_entity_id=seller_id, kind=kind)
        try:
            return await self._engine.void(document_id=start.invoice_id, body=voiding)
        except Problem as problem:
            if problem.code != _LOCKED:
                raise
        if kind is TaxDocumentKind.REFUND:
            return None
        whole = TaxRefund(legal_entity_id=seller_id, refunds=start.invoice_id, issued_on=draft.issued_on)
        return await self._engine.refund(document_id=start.correction_id, body=whole)

    async def _is_known(self, document_id: str, seller_id: str, kind: TaxDocumentKind) -> bool:
        try:
            await self._engine.document(document_id=document_id, legal_entity_id=seller_id, kind=kind)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise
            return False
        return True

    @property
    def _engine(self) -> Tax:
        if self._tax is None:
            raise Problem(
                Kind.UNAVAILABLE,
                "tax_connection_missing",
                "this case began with a tax engine, and there is none now",
                hint="connect the role tax again; the case goes on by itself",
            )
        return self._tax

    async def _agreed(self, draft: Draft) -> BillingAgreement:
        async with self._accounts.read() as books:
            return await books.agreed(draft.project_id)
