"""Whether a won deal may be handed to delivery and finance: every business problem at once, or none (rules VAL, PTY-3).

Pure. A missing value is never replaced by a default; it is asked for, and the answer is judged like any other value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contracts.canonical.casework import FixField
from contracts.canonical.deal import BillingMethod, DealLine, Opportunity
from contracts.canonical.money import quantum, total
from contracts.canonical.party import Hierarchy, LegalEntity
from kit.durable.fault import Fault
from process_apis.quote_to_project.catalogue import fault

_WHOLE: Final = Decimal(100)
_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_CODE: Final = r"[A-Za-z0-9][A-Za-z0-9 _/.-]{1,63}"

TAX_CODE: Final = "tax_code"
LEGAL_ENTITY: Final = "legal_entity_id"
SERVICE_LINE: Final = "service_line"
DELIVERY_OWNER: Final = "delivery_owner"
STATEMENT_OF_WORK: Final = "statement_of_work"


class Handoff(Struct, frozen=True, kw_only=True):
    """Everything that was read about one deal, and what the firm and its ERP accept.

    `service_lines` may be empty: then any code is accepted.
    """

    opportunity: Opportunity
    hierarchy: Hierarchy
    legal_entities: list[LegalEntity]
    tax_codes: list[str]
    service_lines: list[str] = []


def completed(handoff: Handoff, fixes: Mapping[str, str]) -> Handoff:
    """The deal with the answers that people gave; an answer takes the place of what the CRM says."""
    deal = handoff.opportunity
    customer = deal.customer
    if fixes.get(TAX_CODE):
        customer = replace(customer, tax=replace(customer.tax, tax_code=fixes[TAX_CODE]))
    answered = replace(
        deal,
        customer=customer,
        legal_entity_id=fixes.get(LEGAL_ENTITY) or deal.legal_entity_id,
        service_line=fixes.get(SERVICE_LINE) or deal.service_line,
        delivery_owner=fixes.get(DELIVERY_OWNER) or deal.delivery_owner,
        statement_of_work=fixes.get(STATEMENT_OF_WORK) or deal.statement_of_work,
    )
    return replace(handoff, opportunity=answered)


def validate(handoff: Handoff, *, fixes: Mapping[str, str]) -> list[Fault]:
    """Every problem that keeps the deal from delivery, so that people are asked once; empty when there is none."""
    known = completed(handoff, fixes)
    checks = (_closure, _contract, _parties, _seller, _tax, _ownership, _amounts, _milestones, _dates, _rates)
    return [problem for check in checks for problem in check(known)]


def context_of(deal: Opportunity) -> dict[str, str]:
    """What a person has to know to act on any problem of a deal."""
    return {
        "opportunity_id": deal.opportunity_id,
        "deal": deal.name,
        "customer": deal.customer.name,
        "customer_country": deal.customer.address.country,
        "contract_value": f"{deal.amount.amount} {deal.amount.currency}",
        "closed_on": deal.closed_on.isoformat(),
    }


def _closure(known: Handoff) -> Iterator[Fault]:
    if not known.opportunity.won:
        yield _told(known, "DEAL_NOT_WON", "The CRM does not hold the deal as closed and won.")


def _contract(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    if not deal.lines:
        yield _told(known, "CONTRACT_INCOMPLETE", "Nothing was sold: the deal has no lines.")
    if not deal.statement_of_work:
        ask = FixField(name=STATEMENT_OF_WORK, label="Reference of the signed statement of work", pattern=_CODE)
        yield _told(known, "CONTRACT_INCOMPLETE", "The deal names no signed statement of work.", form=(ask,))
    bare = [line.name for line in deal.lines if _by_milestone(line) and not line.milestones]
    if bare:
        detail = f"Billed by milestone, but without milestones: {', '.join(bare)}."
        yield _told(known, "CONTRACT_INCOMPLETE", detail)


def _parties(known: Handoff) -> Iterator[Fault]:
    chain, customer = known.hierarchy.customers, known.opportunity.customer
    reason = ""
    if not known.hierarchy.complete:
        reason = "A parent account cannot be read, or the accounts form a loop."
    elif not chain or chain[-1].customer_id != customer.customer_id:
        reason = "The chain of accounts does not end at the customer of the deal."
    elif chain[0].parent_id is not None:
        reason = f"{chain[0].name} stands at the top and still names a parent."
    elif any(child.parent_id != parent.customer_id for parent, child in pairwise(chain)):
        reason = "An account of the chain names another parent than the account above it."
    if reason:
        read = " > ".join(account.name for account in chain) or "nothing"
        yield _told(known, "ACCOUNT_HIERARCHY_INVALID", reason, more={"accounts_read": read})


def _seller(known: Handoff) -> Iterator[Fault]:
    entity = known.opportunity.legal_entity_id
    choices = [each.legal_entity_id for each in known.legal_entities]
    ask = FixField(name=LEGAL_ENTITY, label="Company of the firm that sells", choices=choices)
    if not entity:
        yield _told(known, "LEGAL_ENTITY_MISSING", "The deal names no selling legal entity.", form=(ask,))
    elif entity not in choices:
        detail = f"The ERP knows no legal entity {entity}."
        yield _told(known, "LEGAL_ENTITY_UNKNOWN", detail, form=(ask,), more={"legal_entity_id": entity})


def _tax(known: Handoff) -> Iterator[Fault]:
    customer = known.opportunity.customer
    code = customer.tax.tax_code
    ask = FixField(name=TAX_CODE, label=f"Tax code of {customer.name}", choices=list(known.tax_codes))
    more = {
        "seller": known.opportunity.legal_entity_id or "not known yet",
        "tax_registration": customer.tax.tax_registration or "none",
    }
    if not code:
        detail = f"{customer.name} ({customer.address.country}) has no tax code."
        yield _told(known, "TAX_CODE_MISSING", detail, form=(ask,), more=more)
    elif code not in known.tax_codes:
        detail = f"The ERP knows no tax code {code}, which {customer.name} carries."
        yield _told(known, "TAX_CODE_UNKNOWN", detail, form=(ask,), more=more)
    for parent in known.hierarchy.customers[:-1]:
        if parent.tax.tax_code and parent.tax.tax_code not in known.tax_codes:
            detail = f"The ERP knows no tax code {parent.tax.tax_code}, which the parent {parent.name} carries."
            hint = "Correct the tax code of the parent account in the CRM, then try again."
            yield _told(known, "TAX_CODE_UNKNOWN", detail, hint=hint)


def _ownership(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    choices = list(known.service_lines)
    if not deal.service_line or (choices and deal.service_line not in choices):
        pattern = "" if choices else _CODE
        ask = FixField(name=SERVICE_LINE, label="Service line that was sold", choices=choices, pattern=pattern)
        told = f"The firm sells no service line {deal.service_line}." if deal.service_line else "It was left empty."
        yield _told(known, "SERVICE_LINE_MISSING", told, form=(ask,))
    if not deal.delivery_owner:
        ask = FixField(name=DELIVERY_OWNER, label="E-mail address of the delivery owner", pattern=_EMAIL)
        yield _told(known, "DELIVERY_OWNER_MISSING", "The deal names no delivery owner.", form=(ask,))


def _amounts(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    currency = deal.amount.currency
    stated = {"the deal": deal.amount} | {_named(n, line): line.amount for n, line in enumerate(deal.lines, start=1)}
    foreign = {name: money.currency for name, money in stated.items() if money.currency != currency}
    if deal.currency != currency:
        foreign["the deal's currency"] = deal.currency
    if deal.rate_card is not None and deal.rate_card.currency != currency:
        foreign["the rate card"] = deal.rate_card.currency
    if foreign:
        yield _listed(known, "CURRENCY_MIXED", f"The contract value is in {currency}, but", foreign)
    low = {name: str(money.amount) for name, money in stated.items() if money.amount <= 0}
    low |= {f"hours of {need.role} {need.country}": str(need.hours) for need in deal.staffing if need.hours <= 0}
    if low:
        yield _listed(known, "AMOUNT_NOT_POSITIVE", "Not above zero:", low)
    fine = {name: str(m.amount) for name, m in stated.items() if m.amount % quantum(m.currency)}
    if fine:
        yield _listed(known, "AMOUNT_TOO_FINE", f"{currency} cannot state", fine)
    lines = total(line.amount for line in deal.lines).get(currency, Decimal(0))
    if deal.lines and lines != deal.amount.amount:
        detail = f"The lines add up to {lines} {currency}, the contract value is {deal.amount.amount} {currency}."
        more = {"lines_total": str(lines), "difference": str(lines - deal.amount.amount)}
        yield _told(known, "CONTRACT_TOTAL_MISMATCH", detail, more=more)


def _milestones(known: Handoff) -> Iterator[Fault]:
    wrong = {}
    for n, line in enumerate(known.opportunity.lines, start=1):
        shares = [milestone.percent for milestone in line.milestones]
        if not _by_milestone(line) or not shares:
            continue
        if sum(shares) != _WHOLE or any(share <= 0 for share in shares):
            wrong[_named(n, line)] = " + ".join(str(share) for share in shares)
    if wrong:
        yield _listed(known, "MILESTONE_PERCENT_MISMATCH", "Every share must be above zero and all make 100 %;", wrong)


def _dates(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    spans = [(_named(n, line), line.starts_on, line.ends_on) for n, line in enumerate(deal.lines, start=1)]
    spans += [(f"{need.role} {need.country}", need.starts_on, need.ends_on) for need in deal.staffing]
    reversed_ = {name: f"{start} to {end}" for name, start, end in spans if start > end}
    if reversed_:
        yield _listed(known, "DATES_REVERSED", "The end lies before the start:", reversed_)


def _rates(known: Handoff) -> Iterator[Fault]:
    deal = known.opportunity
    if not deal.staffing:
        return
    if deal.rate_card is None:
        yield _told(known, "RATE_CARD_MISSING", "The deal plans people without approved rates.")
        return
    entries = [entry for entry in deal.rate_card.entries if entry.hourly_rate > 0]
    gaps = {
        f"{need.role} {need.country}": f"no rate on {need.starts_on}"
        for need in deal.staffing
        if not any(
            (entry.role, entry.country) == (need.role, need.country) and entry.effective_from <= need.starts_on
            for entry in entries
        )
    }
    if gaps:
        yield _listed(known, "RATE_MISSING", f"{deal.rate_card.name} lacks", gaps)


def _by_milestone(line: DealLine) -> bool:
    return line.method is BillingMethod.MILESTONE


def _named(number: int, line: DealLine) -> str:
    return f"line {number} {line.name}"


def _listed(known: Handoff, code: str, begin: str, items: Mapping[str, str]) -> Fault:
    listed = "; ".join(f"{name}: {value}" for name, value in items.items())
    return _told(known, code, f"{begin} {listed}.", more=items)


def _told(
    known: Handoff,
    code: str,
    detail: str,
    *,
    form: tuple[FixField, ...] = (),
    more: Mapping[str, str] | None = None,
    hint: str = "",
) -> Fault:
    return fault(code, detail, context={**context_of(known.opportunity), **(more or {})}, form=form, hint=hint)
