"""What finance has: billing schedules and customers under our keys, and every document billed to customers of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from contracts.canonical.held import HeldDocument
from contracts.canonical.posting import BookedDocument, BookedState
from contracts.canonical.reconciliation import ObjectKind
from contracts.system.erp import Erp
from process_apis.reconciliation.held import LOOSE, Held, Standing, held, stated
from process_apis.reconciliation.own import Spines, twin_of
from process_apis.reconciliation.source import PAGE, Page, Wanted, more_of, unless_missing
from process_apis.reconciliation.spine import Contract
from process_apis.reconciliation.terms import ERP

_CUSTOMER, _CONTRACT, _DOCUMENT = ObjectKind.CUSTOMER.value, ObjectKind.CONTRACT.value, ObjectKind.DOCUMENT.value
_SUMS: Final = (ObjectKind.BILLING.value, ObjectKind.PAYMENT.value)
_AT_ONCE: Final = 8
_STATES: Final = {BookedState.DRAFT: Standing.DRAFT, BookedState.VOIDED: Standing.CLOSED}


class Schedules:
    """Billing schedules and customers, each found by the key that our case gave it."""

    name = "erp contracts"
    tells = frozenset({_CUSTOMER, _CONTRACT})

    def __init__(self, erp: Erp, spines: Spines) -> None:
        self._erp = erp
        self._spines = spines

    async def lacking(self) -> str:
        """Nothing: every ERP finds a schedule by its key."""
        return ""

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """In the order of our cases."""
        del wanted  # a schedule is compared as it stands
        async with self._spines() as spine:
            found = await spine.contracts(cursor, PAGE)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def read(contract: Contract) -> list[Held]:
            async with turns:
                return await self._read(contract)

        records = [one for each in await asyncio.gather(*map(read, found)) for one in each]
        return Page(records, found[-1].case_id if found else cursor, not found)

    async def _read(self, contract: Contract) -> list[Held]:
        records = []
        for part in contract.parts:
            receipt = await unless_missing(self._erp.billing_schedule(schedule_id=part.schedule_id))
            if receipt is not None:
                total = receipt.total
                amount = stated(total.amount, total.currency)
                made = held(
                    _CONTRACT, part.project_id, ERP, receipt.external_id, amount=amount, currency=total.currency
                )
                records.append(made)
        if contract.parts and contract.customer_id:
            reference = await unless_missing(self._erp.customer(customer_id=contract.customer_id))
            if reference is not None:
                records.append(held(_CUSTOMER, contract.customer_id, ERP, reference.external_id))
        return records


class Documents:
    """Documents as the ERP lists them; where it cannot, those that our ledger knows, each found by its key."""

    name = "erp documents"
    tells = frozenset({_DOCUMENT, *_SUMS})

    def __init__(self, erp: Erp, spines: Spines) -> None:
        self._erp = erp
        self._spines = spines

    async def lacking(self) -> str:
        """Nothing: without a list each document is looked up."""
        return ""

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """In the order of the ERP's ids, or of ours."""
        lists = "held_documents" not in (await self._erp.capabilities()).lacks
        page = await (self._listed(cursor) if lists else self._looked_up(cursor))
        found, cursor, done = page
        async with self._spines() as spine:
            deals = await spine.deals({each.project_id for each in found if each.project_id})
        kept = [each for each in found if wanted.until(each.document.posted_on)]
        return Page([one for each in kept for one in _of_document(each, deals)], cursor, done)

    async def _listed(self, cursor: str) -> tuple[list[HeldDocument], str, bool]:
        page = await self._erp.held_documents(cursor=cursor, limit=PAGE)
        ours = [each for each in page.items if each.document.document_id or not each.schedule_id]
        return ours, page.cursor, not page.cursor

    async def _looked_up(self, cursor: str) -> tuple[list[HeldDocument], str, bool]:
        async with self._spines() as spine:
            known = await spine.documents(cursor, PAGE)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def read(document_id: str) -> BookedDocument | None:
            async with turns:
                return await unless_missing(self._erp.document(document_id=document_id))

        booked = await asyncio.gather(*(read(each.invoice.invoice_id) for each in known))
        found = [
            HeldDocument(document=document, customer_id=each.invoice.customer_id, project_id=each.project_id)
            for each, document in zip(known, booked, strict=True)
            if document is not None
        ]
        return found, known[-1].invoice.invoice_id if known else cursor, not known


def _of_document(one: HeldDocument, deals: Mapping[str, tuple[str, str]]) -> Iterable[Held]:
    document = one.document
    deal, told_in = deals.get(one.project_id, ("", ""))
    state = _STATES.get(document.state, Standing.OPEN)
    gross = stated(document.gross, document.currency)
    known = {
        "title": document.number or document.external_id,
        "deal": deal,
        "said_on": document.posted_on.isoformat() if document.posted_on else "",
        "tax": stated(document.tax, document.currency),
        "twin": "" if document.document_id else twin_of(one.customer_id, gross),
        "lines": max(document.lines, 1),
    }
    values = {"amount": gross, "currency": document.currency, "state": state.value}
    ours = bool(document.document_id)
    kind, key = (_DOCUMENT, document.document_id) if ours else (_DOCUMENT + LOOSE, document.external_id)
    yield held(kind, key, ERP, document.external_id, **values, **more_of(known))
    if ours and deal and told_in == document.currency and state is Standing.OPEN:
        for sum_kind, amount in zip(_SUMS, (document.gross, document.open), strict=True):
            told = stated(amount, document.currency)
            yield held(sum_kind, deal, ERP, document.external_id, amount=told, currency=document.currency, deal=deal)
