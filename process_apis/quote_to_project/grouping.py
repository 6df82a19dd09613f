"""Which lines of a deal belong together: one group a selling company and currency (rule BIL-11). Pure."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.canonical.deal import BillingMethod, DealLine
from contracts.canonical.party import LegalEntity
from process_apis.quote_to_project.reading import Handoff


@dataclass(frozen=True, eq=False)
class Group:
    """The lines of one seller in one currency, each with the number of its first phase in the whole deal."""

    legal_entity_id: str
    currency: str
    seller: LegalEntity | None
    lines: list[tuple[int, DealLine]]


def grouped(handoff: Handoff) -> list[Group]:
    """The groups in the order of their first lines, the deal's own seller and currency leading."""
    deal = handoff.opportunity
    known = {entity.legal_entity_id: entity for entity in handoff.legal_entities}
    found: dict[tuple[str, str], list[tuple[int, DealLine]]] = {}
    number = 1
    for line in deal.lines:
        key = (line.legal_entity_id or deal.legal_entity_id or "", line.amount.currency)
        found.setdefault(key, []).append((number, line))
        number += 1 + (len(line.milestones) if line.method is BillingMethod.MILESTONE else 0)
    lead = (deal.legal_entity_id or "", deal.amount.currency)
    order = sorted(found, key=lambda key: key != lead)
    return [Group(entity, currency, known.get(entity), found[entity, currency]) for entity, currency in order]


def tax_code_of(handoff: Handoff, group: Group) -> str:
    """The tax code of a group, or nothing.

    A line's own code leads, then what people answered for the seller. What the customer carries counts for the
    deal's own seller and its country: another country's treatment is never assumed.
    """
    own = {line.tax_code for _, line in group.lines if line.tax_code}
    if own:
        return min(own)
    if group.legal_entity_id in handoff.line_tax_codes:
        return handoff.line_tax_codes[group.legal_entity_id]
    return handoff.billed.tax.tax_code or "" if at_home(handoff, group) else ""


def at_home(handoff: Handoff, group: Group) -> bool:
    """Whether a group is sold from where the deal's own seller is."""
    lead = handoff.opportunity.legal_entity_id or ""
    if group.legal_entity_id == lead:
        return True
    countries = {entity.legal_entity_id: entity.country for entity in handoff.legal_entities}
    return lead in countries and countries.get(lead) == countries.get(group.legal_entity_id)
