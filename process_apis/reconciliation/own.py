"""Our own side of a reconciliation: contracts of our cases, documents and hours of our ledger."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from contracts.canonical.invoices import InvoiceState
from contracts.canonical.reconciliation import ObjectKind
from process_apis.reconciliation.held import Held, Standing, held, stated, stated_hours
from process_apis.reconciliation.source import PAGE, Page, Wanted, more_of
from process_apis.reconciliation.spine import Contract, Document, Spine, Worked
from process_apis.reconciliation.terms import OURS

Spines = Callable[[], AbstractAsyncContextManager[Spine]]

_ROWS: Final = 5_000
_CUSTOMER, _CONTRACT = ObjectKind.CUSTOMER.value, ObjectKind.CONTRACT.value
_DOCUMENT, _HOURS = ObjectKind.DOCUMENT.value, ObjectKind.HOURS.value
DEAL: Final = "deal:"
"""Begins the key of a deal that has no project yet."""


class _Own:
    def __init__(self, spines: Spines) -> None:
        self._spines = spines

    async def lacking(self) -> str:
        """Nothing: our own books can always be read."""
        return ""


class OwnContracts(_Own):
    """What every deal became, and whose it is."""

    name = "sluice contracts"
    tells = frozenset({_CUSTOMER, _CONTRACT})

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Contracts in the order of their cases."""
        del wanted  # a contract is compared as it stands
        async with self._spines() as spine:
            found = await spine.contracts(cursor, PAGE)
        records = [one for each in found for one in _of_contract(each)]
        return Page(records, found[-1].case_id if found else cursor, not found)


class OwnDocuments(_Own):
    """Invoices and corrections on the ledger."""

    name = "sluice documents"
    tells = frozenset({_DOCUMENT})

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Documents in the order of their ids."""
        async with self._spines() as spine:
            found = await spine.documents(cursor, _ROWS)
            deals = await spine.deals({each.project_id for each in found})
        records = [
            _of_document(each, deals.get(each.project_id, ("", ""))[0])
            for each in found
            if wanted.until(each.invoice.posted_on)
        ]
        return Page(records, found[-1].invoice.invoice_id if found else cursor, not found)


class OwnHours(_Own):
    """Hours on the ledger, by the entry they come from; `system` is the connection that told them."""

    name = "sluice hours"
    tells = frozenset({_HOURS})

    def __init__(self, spines: Spines, *, system: str) -> None:
        super().__init__(spines)
        self._system = system

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Hours in the order of entries."""
        async with self._spines() as spine:
            found, last = await spine.hours(self._system, cursor, _ROWS)
        records = [_of_hours(each) for each in found if wanted.until(each.worked_on)]
        return Page(records, max((each.entry_id for each in found), default=cursor), last)


def _of_contract(one: Contract) -> list[Held]:
    if one.taken_back:
        return []
    told = {
        "title": one.title,
        "deal": one.deal,
        "changed_at": one.changed_at.isoformat(),
        "in_flight": one.in_flight,
        "entity": one.entity,
    }
    records = []
    if one.customer_id and one.parts:
        records.append(held(_CUSTOMER, one.customer_id, OURS, one.customer_id, **more_of(told)))
    if not one.parts:
        return [held(_CONTRACT, f"{DEAL}{one.deal}", OURS, one.case_id, **more_of(told))]
    for part in one.parts:
        refs = {"crm": one.deal, "psa": part.psa_project_id, "erp": part.erp_schedule_id}
        more = more_of(told | {"entity": part.legal_entity_id, "refs": refs})
        amount, currency = part.sold.amount, part.sold.currency
        record = held(
            _CONTRACT,
            part.project_id,
            OURS,
            part.schedule_id,
            amount=stated(amount, currency),
            currency=currency,
            **more,
        )
        records.append(record)
    return records


def _of_document(one: Document, deal: str) -> Held:
    invoice, totals = one.invoice, one.invoice.document
    number = invoice.erp_number or f"{invoice.series or ''}-{invoice.number or ''}".strip("-")
    told: dict[str, object] = {
        "title": number or invoice.invoice_id,
        "entity": invoice.legal_entity_id,
        "deal": deal,
        "said_on": invoice.posted_on.isoformat() if invoice.posted_on else "",
        "refs": {"erp": one.erp_id} if one.erp_id else {},
        "lines": len(invoice.lines),
        "changed_at": one.written_at.isoformat(),
    }
    posted = invoice.state is InvoiceState.POSTED
    values: dict[str, object] = {"state": (Standing.OPEN if posted else Standing.DRAFT).value}
    if totals is not None and posted:
        gross = stated(totals.gross, invoice.currency)
        told |= {"tax": stated(totals.tax, invoice.currency), "twin": twin_of(invoice.customer_id, gross)}
        values |= {"amount": gross, "currency": invoice.currency}
    return held(_DOCUMENT, invoice.invoice_id, OURS, invoice.invoice_id, **values, **more_of(told))


def _of_hours(one: Worked) -> Held:
    told = {
        "title": one.project_id,
        "entity": one.entity,
        "said_on": one.worked_on.isoformat(),
        "refs": {"psa": one.entry_id},
        "changed_at": one.written_at.isoformat(),
    }
    state = Standing.OPEN if one.hours else Standing.CLOSED
    return held(
        _HOURS, one.entry_id, OURS, one.entry_id, hours=stated_hours(one.hours), state=state.value, **more_of(told)
    )


def twin_of(customer_id: str, gross: str) -> str:
    """What two documents have in common when one of them was made twice."""
    return f"{customer_id}|{gross}"
