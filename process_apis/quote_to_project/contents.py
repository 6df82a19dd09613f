"""Whether what was sold can be planned: complete, in sums that tie, with dates, rates and an earlier deal. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from contracts.canonical.casework import FixField
from contracts.canonical.deal import BillingMethod, DealKind, DealLine
from contracts.canonical.money import Money, quantum, total
from kit.durable.fault import Fault
from process_apis.quote_to_project.grouping import grouped
from process_apis.quote_to_project.reading import STATEMENT_OF_WORK, Handoff
from process_apis.quote_to_project.telling import CODE_PATTERN, listed, named, told

_WHOLE: Final = Decimal(100)
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")


def contract(known: Handoff) -> Iterator[Fault]:
    """There is something sold, and a signed document that says so."""
    deal = known.opportunity
    if not deal.lines:
        yield told(known, "CONTRACT_INCOMPLETE", "Nothing was sold: the deal has no lines.")
    if not deal.statement_of_work:
        ask = FixField(name=STATEMENT_OF_WORK, label="Reference of the signed statement of work", pattern=CODE_PATTERN)
        yield told(known, "CONTRACT_INCOMPLETE", "The deal names no signed statement of work.", form=(ask,))
    if deal.statement_of_work_sha256 and _SHA256.fullmatch(deal.statement_of_work_sha256) is None:
        yield told(known, "CONTRACT_INCOMPLETE", "The hash of the signed statement of work is no SHA-256.")
    bare = [line.name for line in deal.lines if _by_milestone(line) and not line.milestones]
    if bare:
        yield told(known, "CONTRACT_INCOMPLETE", f"Billed by milestone, but without milestones: {', '.join(bare)}.")


def readable(known: Handoff) -> Iterator[Fault]:
    """Every record of the deal could be read, and every name can be written into another system."""
    deal = known.opportunity
    if deal.gaps:
        gaps = {f"{gap.record} {gap.field}": gap.detail for gap in deal.gaps}
        yield listed(known, "CRM_RECORD_INCOMPLETE", "These records cannot be read:", gaps)
    names = {"the deal": deal.name, "the customer": deal.customer.name, "who is billed": known.billed.name}
    names |= {f"line {number}": line.name for number, line in enumerate(deal.lines, start=1)}
    names |= {
        f"milestone {place} of line {number}": milestone.name
        for number, line in enumerate(deal.lines, start=1)
        for place, milestone in enumerate(line.milestones, start=1)
    }
    wrong = {where: "empty or with control characters" for where, name in names.items() if _unusable(name)}
    if not deal.customer.customer_id:
        wrong = {where: what for where, what in wrong.items() if where not in {"the customer", "who is billed"}}
    if wrong:
        yield listed(known, "NAME_UNUSABLE", "Nothing can be called by the name of", wrong)


def amounts(known: Handoff) -> Iterator[Fault]:
    """Sums are above zero, exact, and make the contract value in the deal's own currency."""
    deal = known.opportunity
    currency = deal.amount.currency
    numbered = list(enumerate(deal.lines, start=1))
    stated = {"the deal": deal.amount} | {named(n, line): line.amount for n, line in numbered}
    low = {name: str(money.amount) for name, money in stated.items() if money.amount <= 0}
    low |= {f"hours of {need.role} {need.country}": str(need.hours) for need in deal.staffing if need.hours <= 0}
    if low:
        yield listed(known, "AMOUNT_NOT_POSITIVE", "Not above zero:", low)
    fine = {name: str(m.amount) for name, m in stated.items() if m.amount % quantum(m.currency)}
    if fine:
        yield listed(known, "AMOUNT_TOO_FINE", f"{currency} cannot state", fine)
    counted = [line.deal_value or line.amount for line in deal.lines]
    lines = total(money for money in counted).get(currency, Decimal(0))
    if deal.lines and lines != deal.amount.amount:
        detail = f"The lines add up to {lines} {currency}, the contract value is {deal.amount.amount} {currency}."
        more = {"lines_total": str(lines), "difference": str(lines - deal.amount.amount)}
        yield told(known, "CONTRACT_TOTAL_MISMATCH", detail, more=more)


def currencies(known: Handoff) -> Iterator[Fault]:
    """Another currency is agreed line by line, with what it counts as; the ERP keeps documents in every one."""
    deal = known.opportunity
    currency = deal.amount.currency
    foreign = {
        named(number, line): line.amount.currency
        for number, line in enumerate(deal.lines, start=1)
        if (line.deal_value or line.amount).currency != currency
    }
    if deal.currency != currency:
        foreign["the deal's currency"] = deal.currency
    used = {currency, *(line.amount.currency for line in deal.lines)}
    foreign |= {f"the rate card {card.name}": card.currency for card in deal.rate_cards if card.currency not in used}
    if foreign:
        yield listed(known, "CURRENCY_MIXED", f"The contract value is in {currency}, but", foreign)
    unknown = sorted(used - set(known.currencies)) if known.currencies else []
    if unknown:
        yield told(known, "CURRENCY_UNSUPPORTED", f"The ERP keeps no documents in {', '.join(unknown)}.")


def caps(known: Handoff) -> Iterator[Fault]:
    """A cap is for what is billed by actuals, in the line's currency, not below its estimate, with a behaviour."""
    wrong: dict[str, str] = {}
    for number, line in enumerate(known.opportunity.lines, start=1):
        if line.cap is None:
            continue
        if line.method is not None and line.method is not BillingMethod.TIME_AND_MATERIALS:
            wrong[named(number, line)] = f"a cap on {line.method.value}"
        elif line.cap.behaviour is None:
            wrong[named(number, line)] = "a cap without what becomes of work above it"
        elif line.cap.amount.currency != line.amount.currency or line.cap.amount.amount < line.amount.amount:
            wrong[named(number, line)] = f"estimated {_words(line.amount)}, capped at {_words(line.cap.amount)}"
    if wrong:
        yield listed(known, "CAP_INVALID", "A cap that cannot hold:", wrong)


def milestones(known: Handoff) -> Iterator[Fault]:
    """The shares of a line make the whole."""
    wrong = {}
    for number, line in enumerate(known.opportunity.lines, start=1):
        shares = [milestone.percent or Decimal(0) for milestone in line.milestones]
        if not _by_milestone(line) or not shares:
            continue
        if sum(shares) != _WHOLE or any(share <= 0 for share in shares):
            wrong[named(number, line)] = " + ".join(str(share) for share in shares)
    if wrong:
        yield listed(known, "MILESTONE_PERCENT_MISMATCH", "Every share must be above zero and all make 100 %;", wrong)


def completeness(known: Handoff) -> Iterator[Fault]:
    """Every line says how it is billed, where it is delivered and when it begins and ends."""
    lines = list(enumerate(known.opportunity.lines, start=1))
    unbilled = {named(number, line): "no billing method" for number, line in lines if line.method is None}
    if unbilled:
        yield listed(known, "BILLING_METHOD_MISSING", "Nobody knows how these are billed:", unbilled)
    nowhere = {named(number, line): "no country" for number, line in lines if not line.country}
    if nowhere:
        yield listed(known, "DELIVERY_COUNTRY_MISSING", "Nobody knows where these are delivered:", nowhere)
    undated: dict[str, str] = {}
    for number, line in lines:
        missing = [word for word, day in (("start", line.starts_on), ("end", line.ends_on)) if day is None]
        if missing:
            undated[named(number, line)] = f"no {' and no '.join(missing)}"
        if _by_milestone(line):
            undated |= {f"{named(number, line)}, {m.name}": "no day" for m in line.milestones if m.due_on is None}
    if undated:
        yield listed(known, "DATES_MISSING", "Without a date there is no plan:", undated)


def dates(known: Handoff) -> Iterator[Fault]:
    """Nothing ends before it starts."""
    deal = known.opportunity
    spans = [(named(n, line), line.starts_on, line.ends_on) for n, line in enumerate(deal.lines, start=1)]
    spans += [(f"{need.role} {need.country}", need.starts_on, need.ends_on) for need in deal.staffing]
    reversed_ = {name: f"{start} to {end}" for name, start, end in spans if start and end and start > end}
    if reversed_:
        yield listed(known, "DATES_REVERSED", "The end lies before the start:", reversed_)


def rates(known: Handoff) -> Iterator[Fault]:
    """People who are planned have a rate on their first day, in the currency they are billed in."""
    deal = known.opportunity
    if not deal.staffing:
        return
    earlier = [card for other in known.earlier for card in other.rate_cards]
    if not deal.rate_cards and not earlier:
        yield told(known, "RATE_CARD_MISSING", "The deal plans people without approved rates.")
        return
    since: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for card in [*deal.rate_cards, *earlier]:
        for entry in card.entries:
            if entry.hourly_rate > 0:
                since[card.currency, entry.role, entry.country].append(entry.effective_from.isoformat())
    groups = grouped(known)
    of_line = {line.line_id: group.currency for group in groups for _, line in group.lines}
    lead = groups[0].currency if groups else deal.amount.currency
    gaps = {}
    for need in deal.staffing:
        key = (of_line.get(need.line_id or "", lead), need.role, need.country)
        if min(since.get(key, ["9"])) > need.starts_on.isoformat():
            gaps[f"{need.role} {need.country}"] = f"no rate on {need.starts_on} in {key[0]}"
    if gaps:
        card_name = deal.rate_cards[0].name if deal.rate_cards else "The earlier rate card"
        yield listed(known, "RATE_MISSING", f"{card_name} lacks", gaps)


def predecessor(known: Handoff) -> Iterator[Fault]:
    """A deal that goes on from another names it; that one was won, for the same customer, and its project stands."""
    deal = known.opportunity
    if deal.kind is not DealKind.NEW and not deal.extends:
        yield told(known, "EXTENSION_BASE_MISSING", f"The deal is a {deal.kind.value} and names no earlier deal.")
    if not deal.extends:
        return
    root = known.earlier[-1] if known.earlier else None
    reason = ""
    if not known.chain_complete or root is None:
        reason = f"The earlier deal {deal.extends} cannot be read, or the deals form a loop."
    elif not all(each.won for each in known.earlier):
        reason = "An earlier deal is not won."
    elif root.customer.customer_id != deal.customer.customer_id:
        reason = f"The earlier deal {root.name} was made with {root.customer.name}."
    elif not known.standing_projects:
        reason = f"No project of the earlier deal {root.name} stands in the ERP."
    if reason:
        yield told(known, "EXTENSION_BASE_MISSING", reason, more={"extends": deal.extends})


def _by_milestone(line: DealLine) -> bool:
    return line.method is BillingMethod.MILESTONE


def _unusable(name: str) -> bool:
    return not name.strip() or any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in name)


def _words(money: Money) -> str:
    return f"{money.amount} {money.currency}"
