"""Everything that was read about a deal, with the answers people gave, and the hash that a plan is bound to. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.deal import DealLine, Opportunity
from contracts.canonical.party import Customer, Hierarchy, LegalEntity

TAX_CODE: Final = "tax_code"
LEGAL_ENTITY: Final = "legal_entity_id"
SERVICE_LINE: Final = "service_line"
DELIVERY_OWNER: Final = "delivery_owner"
STATEMENT_OF_WORK: Final = "statement_of_work"
NOBODY: Final = Hierarchy(customers=[])


class Handoff(Struct, frozen=True, kw_only=True):
    """Everything that was read about one deal, and what the firm and its ERP accept.

    `service_lines`, `currencies` and `payment_terms` may be empty: then any code is accepted.
    `earlier` are the deals this one goes on from, the nearest first; `chain_complete` is false when one of them
    could not be read or they form a loop. `standing_projects` are the projects of ours that the ERP holds.
    """

    opportunity: Opportunity
    hierarchy: Hierarchy
    legal_entities: list[LegalEntity]
    tax_codes: list[str]
    service_lines: list[str] = []
    currencies: list[str] = []
    payment_terms: list[str] = []
    billing: Hierarchy = NOBODY
    earlier: list[Opportunity] = []
    chain_complete: bool = True
    standing_projects: list[str] = []
    line_tax_codes: dict[str, str] = {}

    @property
    def billed(self) -> Customer:
        """Who is billed."""
        return self.opportunity.bill_to or self.opportunity.customer

    @property
    def departures(self) -> list[str]:
        """What the contract role has to approve, in words; empty when the firm's own terms were agreed."""
        deal, found = self.opportunity, list[str]()
        if deal.payment_terms and self.payment_terms and deal.payment_terms not in self.payment_terms:
            found.append(f"payment terms {deal.payment_terms}")
        if deal.special_terms:
            found.append("special terms")
        return found


def completed(handoff: Handoff, fixes: Mapping[str, str]) -> Handoff:
    """The deal with the answers that people gave; an answer takes the place of what the CRM says."""
    deal = handoff.opportunity
    answered = replace(
        deal,
        legal_entity_id=fixes.get(LEGAL_ENTITY) or deal.legal_entity_id,
        service_line=fixes.get(SERVICE_LINE) or deal.service_line,
        delivery_owner=fixes.get(DELIVERY_OWNER) or deal.delivery_owner,
        statement_of_work=fixes.get(STATEMENT_OF_WORK) or deal.statement_of_work,
    )
    if fixes.get(TAX_CODE):
        billed = handoff.billed
        taxed = replace(billed, tax=replace(billed.tax, tax_code=fixes[TAX_CODE]))
        answered = replace(answered, bill_to=taxed) if deal.bill_to else replace(answered, customer=taxed)
    prefix = f"{TAX_CODE}_"
    per_seller = {
        name.removeprefix(prefix): value for name, value in fixes.items() if name.startswith(prefix) and value
    }
    return replace(handoff, opportunity=answered, line_tax_codes=per_seller)


def fingerprint(handoff: Handoff, *, dates: bool = True) -> str:
    """The hash of what the CRM says of a deal; without its dates it tells whether anything else changed."""
    deal = handoff.opportunity
    if not dates:
        deal = replace(
            deal,
            lines=[_timeless(line) for line in deal.lines],
            staffing=[replace(need, starts_on=deal.closed_on, ends_on=deal.closed_on) for need in deal.staffing],
        )
    parts = [deal, handoff.hierarchy, handoff.billing, handoff.earlier]
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def root_of(handoff: Handoff) -> Opportunity:
    """The deal that everything began with."""
    return handoff.earlier[-1] if handoff.earlier else handoff.opportunity


def _timeless(line: DealLine) -> DealLine:
    milestones = [replace(milestone, due_on=None) for milestone in line.milestones]
    return replace(line, starts_on=None, ends_on=None, milestones=milestones)
