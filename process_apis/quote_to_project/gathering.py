"""Reads everything a plan is made of: the deal, the accounts above it, the deals before it, what the ERP accepts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Final, TypeVar

from msgspec.structs import replace

from contracts.canonical.deal import Opportunity
from contracts.canonical.party import Customer, Hierarchy
from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from contracts.system.erp import Erp
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.grouping import grouped
from process_apis.quote_to_project.plan import project_id_of
from process_apis.quote_to_project.reading import NOBODY, Handoff, completed

R = TypeVar("R")

_LONGEST: Final = 20


async def gathered(opportunity_id: str, *, crm: Crm, erp: Erp, config: Config, fixes: Mapping[str, str]) -> Handoff:
    """The hand-off of a deal as it stands now, before any answer is put into it."""
    deal, entities, codes, currencies = await asyncio.gather(
        crm.opportunity(opportunity_id=opportunity_id), erp.legal_entities(), erp.tax_codes(), erp.currencies()
    )
    hierarchy, billing, (earlier, complete) = await asyncio.gather(
        _hierarchy(crm, deal.customer),
        _hierarchy(crm, deal.bill_to),
        _earlier(crm, deal),
    )
    handoff = Handoff(
        opportunity=deal,
        hierarchy=hierarchy,
        legal_entities=entities.items,
        tax_codes=codes.items,
        service_lines=list(config.service_lines),
        currencies=currencies.items,
        payment_terms=list(config.payment_terms),
        billing=billing,
        earlier=earlier,
        chain_complete=complete,
    )
    return replace(handoff, standing_projects=await _standing(erp, completed(handoff, fixes)) if earlier else [])


async def unless_missing(answer: Awaitable[R]) -> R | None:
    """The answer, or None when there is nothing of that name."""
    try:
        return await answer
    except Problem as problem:
        if problem.kind is Kind.NOT_FOUND:
            return None
        raise


async def _hierarchy(crm: Crm, customer: Customer | None) -> Hierarchy:
    if customer is None or not customer.customer_id:
        return NOBODY
    found = await unless_missing(crm.hierarchy(account_id=customer.customer_id))
    return found or Hierarchy(customers=[], complete=False)


async def _earlier(crm: Crm, deal: Opportunity) -> tuple[list[Opportunity], bool]:
    """The deals this one goes on from, the nearest first, and whether all of them could be read."""
    found, met, wanted = list[Opportunity](), {deal.opportunity_id}, deal.extends
    while wanted:
        if wanted in met or len(found) >= _LONGEST:
            return found, False
        earlier = await unless_missing(crm.opportunity(opportunity_id=wanted))
        if earlier is None:
            return found, False
        met.add(earlier.opportunity_id)
        found.append(earlier)
        wanted = earlier.extends
    return found, True


async def _standing(erp: Erp, handoff: Handoff) -> list[str]:
    ids = [project_id_of(handoff, group) for group in grouped(handoff)]
    found = await asyncio.gather(*(unless_missing(erp.project(project_id=each)) for each in ids))
    return [each for each, reference in zip(ids, found, strict=True) if reference is not None]
