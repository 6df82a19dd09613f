"""Whether a won deal may be handed to delivery and finance: every business problem at once, or none (rules VAL, PTY-3).

Pure. A missing value is never replaced by a default; it is asked for, and the answer is judged like any other value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from contracts.canonical.casework import FixField
from kit.durable.fault import Fault
from process_apis.quote_to_project import contents, parties
from process_apis.quote_to_project.reading import (
    DELIVERY_OWNER,
    LEGAL_ENTITY,
    SERVICE_LINE,
    Handoff,
    completed,
)
from process_apis.quote_to_project.telling import CODE_PATTERN, listed, told

_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s]+"


def validate(handoff: Handoff, *, fixes: Mapping[str, str]) -> list[Fault]:
    """Every problem that keeps the deal from delivery, so that people are asked once; empty when there is none."""
    known = completed(handoff, fixes)
    checks = (
        _closure,
        contents.contract,
        contents.readable,
        parties.customers,
        parties.hierarchies,
        _seller,
        parties.tax,
        _ownership,
        contents.amounts,
        contents.currencies,
        contents.caps,
        contents.milestones,
        contents.completeness,
        contents.dates,
        contents.rates,
        contents.predecessor,
    )
    return [problem for check in checks for problem in check(known)]


def _closure(known: Handoff) -> Iterator[Fault]:
    if not known.opportunity.won:
        yield told(known, "DEAL_NOT_WON", "The CRM does not hold the deal as closed and won.")


def _seller(known: Handoff) -> Iterator[Fault]:
    entity = known.opportunity.legal_entity_id
    choices = [each.legal_entity_id for each in known.legal_entities]
    ask = FixField(name=LEGAL_ENTITY, label="Company of the firm that sells", choices=choices)
    unsold = not known.opportunity.lines or any(not line.legal_entity_id for line in known.opportunity.lines)
    if not entity and unsold:
        yield told(known, "LEGAL_ENTITY_MISSING", "The deal names no selling legal entity.", form=(ask,))
    elif entity and entity not in choices:
        detail = f"The ERP knows no legal entity {entity}."
        yield told(known, "LEGAL_ENTITY_UNKNOWN", detail, form=(ask,), more={"legal_entity_id": entity})
    foreign = {
        f"line {number} {line.name}": line.legal_entity_id
        for number, line in enumerate(known.opportunity.lines, start=1)
        if line.legal_entity_id and line.legal_entity_id not in choices
    }
    if foreign:
        hint = "Correct the selling entity of the lines in the CRM, or set it up in the ERP, then try again."
        yield listed(known, "LEGAL_ENTITY_UNKNOWN", "The ERP does not know the seller of", foreign, hint=hint)


def _ownership(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    choices = list(known.service_lines)
    if not deal.service_line or (choices and deal.service_line not in choices):
        pattern = "" if choices else CODE_PATTERN
        ask = FixField(name=SERVICE_LINE, label="Service line that was sold", choices=choices, pattern=pattern)
        missing = f"The firm sells no service line {deal.service_line}." if deal.service_line else "It was left empty."
        yield told(known, "SERVICE_LINE_MISSING", missing, form=(ask,))
    if not deal.delivery_owner:
        ask = FixField(name=DELIVERY_OWNER, label="E-mail address of the delivery owner", pattern=_EMAIL)
        yield told(known, "DELIVERY_OWNER_MISSING", "The deal names no delivery owner.", form=(ask,))
