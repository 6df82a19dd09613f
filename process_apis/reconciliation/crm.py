"""What sales has: every deal that was won, or that something of ours stands on, and what it was told of its bills."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Final

from contracts.canonical.deal import Opportunity, OpportunityChange
from contracts.canonical.money import Money
from contracts.canonical.party import Hierarchy
from contracts.canonical.reconciliation import ObjectKind
from contracts.process.quote_to_project import ProvisionedPart
from contracts.system.crm import Crm
from process_apis.reconciliation.held import Held, Standing, held, stated
from process_apis.reconciliation.own import DEAL, Spines
from process_apis.reconciliation.source import PAGE, Page, Wanted, more_of, unless_missing
from process_apis.reconciliation.spine import Contract
from process_apis.reconciliation.terms import CRM

_CUSTOMER, _CONTRACT = ObjectKind.CUSTOMER.value, ObjectKind.CONTRACT.value
_BILLING, _PAYMENT = ObjectKind.BILLING.value, ObjectKind.PAYMENT.value
_AT_ONCE: Final = 8


class Deals:
    """Deals by the feed of their changes, from the oldest that the CRM keeps; each is read whole."""

    name = "crm deals"
    tells = frozenset({_CONTRACT, _BILLING, _PAYMENT})

    def __init__(self, crm: Crm, spines: Spines) -> None:
        self._crm = crm
        self._spines = spines

    async def lacking(self) -> str:
        """Nothing: every CRM tells its changes."""
        return ""

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """Deals in the order of their changes."""
        page = await self._crm.opportunity_changes(cursor=cursor, limit=PAGE)
        met = {change.opportunity_id: change for change in page.changes}
        async with self._spines() as spine:
            known = await spine.contracts_of(met)
        asked = [change for deal, change in met.items() if change.won or deal in known]
        turns = asyncio.Semaphore(_AT_ONCE)
        reports = not {_BILLING, _PAYMENT}.isdisjoint(wanted.kinds)

        async def read(change: OpportunityChange) -> list[Held]:
            async with turns:
                return await self._read(change, known.get(change.opportunity_id), reports=reports)

        records = [one for each in await asyncio.gather(*map(read, asked)) for one in each]
        return Page(records, page.cursor, page.cursor == cursor or not page.changes)

    async def _read(self, change: OpportunityChange, contract: Contract | None, *, reports: bool) -> list[Held]:
        deal = await unless_missing(self._crm.opportunity(opportunity_id=change.opportunity_id))
        if deal is None or (contract is not None and contract.taken_back and not deal.won):
            return []
        told = {"title": deal.name, "deal": deal.opportunity_id, "changed_at": change.changed_at.isoformat()}
        records = _contracts(deal, contract, told)
        if contract is None or not contract.parts:
            return records
        return records + (await self._reported(deal) if reports else [])

    async def _reported(self, deal: Opportunity) -> list[Held]:
        report = await unless_missing(self._crm.billing(opportunity_id=deal.opportunity_id))
        if report is None:
            return []
        sums = {_BILLING: report.invoiced, _PAYMENT: report.open}
        told = {"title": deal.name, "deal": deal.opportunity_id}
        return [
            held(
                kind,
                deal.opportunity_id,
                CRM,
                deal.opportunity_id,
                amount=stated(money.amount, money.currency),
                currency=money.currency,
                **told,
            )
            for kind, money in sums.items()
        ]


class Accounts:
    """The customers of our contracts, each found by the id that the CRM gave it."""

    name = "crm accounts"
    tells = frozenset({_CUSTOMER})

    def __init__(self, crm: Crm, spines: Spines) -> None:
        self._crm = crm
        self._spines = spines

    async def lacking(self) -> str:
        """Nothing: every CRM shows an account."""
        return ""

    async def page(self, cursor: str, wanted: Wanted) -> Page:
        """In the order of our cases."""
        del wanted  # a customer is there or not
        async with self._spines() as spine:
            found = await spine.contracts(cursor, PAGE)
        customers = sorted({each.customer_id for each in found if each.customer_id and each.parts})
        turns = asyncio.Semaphore(_AT_ONCE)

        async def read(customer_id: str) -> Hierarchy | None:
            async with turns:
                return await unless_missing(self._crm.hierarchy(account_id=customer_id))

        told = zip(customers, await asyncio.gather(*map(read, customers)), strict=True)
        records = [
            held(_CUSTOMER, key, CRM, key, title=chain.customers[-1].name) for key, chain in told if chain is not None
        ]
        return Page(records, found[-1].case_id if found else cursor, not found)


def _contracts(deal: Opportunity, contract: Contract | None, told: dict[str, str]) -> list[Held]:
    state = (Standing.OPEN if deal.won else Standing.CLOSED).value
    if contract is None or not contract.parts:
        if not deal.won:
            return []
        values = [(f"{DEAL}{deal.opportunity_id}", deal.amount)]
    else:
        values = [(part.project_id, sold(deal, part, contract)) for part in contract.parts]
    return [
        held(
            _CONTRACT,
            key,
            CRM,
            deal.opportunity_id,
            amount=stated(money.amount, money.currency),
            currency=money.currency,
            state=state,
            **more_of(dict(told)),
        )
        for key, money in values
    ]


def sold(deal: Opportunity, part: ProvisionedPart, contract: Contract) -> Money:
    """What the CRM says now that one part comes to: the deal, or the lines of its seller in its currency."""
    if len(contract.parts) == 1:
        return deal.amount
    own = deal.legal_entity_id or contract.entity
    lines = [
        line
        for line in deal.lines
        if (line.legal_entity_id or own, line.amount.currency) == (part.legal_entity_id, part.currency)
    ]
    return Money(amount=sum((line.amount.amount for line in lines), Decimal(0)), currency=part.currency)
