"""Keeps agreements: a faulty one is refused whole, and a new cap begins with what was worked and billed before it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from contracts.canonical.actuals import CapTerm, Side
from contracts.canonical.agreements import AgreementVersion, BillingAgreement
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import rounded
from contracts.canonical.trade.ledger.caps import weight
from contracts.canonical.trade.ledger.lines import live
from contracts.canonical.trade.lists import faults_among
from contracts.problem import FieldError, Kind, Problem
from process_apis.time_to_bill.accounts import counts, reaching
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.faults import term_faults


async def keep(books: Books, agreement: BillingAgreement, *, by: str) -> AgreementVersion:
    """Keep an agreement and its caps, all or nothing; the same again changes nothing.

    Raises:
        Problem: invalid, with every fault; conflict, when a cap would vanish or reach other work, when the customer,
            the seller or the currency would change, or when somebody else wrote meanwhile.

    """
    must_be_sound(agreement)
    before = await books.agreement(agreement.project_id)
    if before is not None:
        _same_parties(before.agreement, agreement)
    known = {cap.term.cap_id: cap.term for cap in await books.caps.of_contract(agreement.contract_id)}
    gone = sorted(known.keys() - {term.cap_id for term in agreement.caps})
    if gone:
        detail = f"{', '.join(gone)} would vanish with what was counted on it"
        raise Problem(Kind.CONFLICT, "cap_missing", detail, hint="leave the cap in, with the limit that holds now")
    for term in agreement.caps:
        if term.cap_id not in known:
            await _open(books, agreement, term)
        elif known[term.cap_id] != term:
            await books.caps.amend(term)
    return await books.agree(agreement, by=by)


def must_be_sound(agreement: BillingAgreement) -> None:
    """Refuse lists with gaps and overlaps, lines that cover one phase twice, and caps of something else (RAT-4).

    Raises:
        Problem: invalid, with every fault.

    """
    errors = tuple(
        FieldError(pointer=pointer, code="agreement_unsound", detail=detail) for pointer, detail in _faults(agreement)
    )
    if errors:
        detail = f"{len(errors)} faults: {errors[0].detail}"
        raise Problem(Kind.INVALID, "agreement_unsound", detail, errors=errors)


def _faults(agreement: BillingAgreement) -> Iterator[tuple[str, str]]:
    for pointer, lists in (("/price_lists", agreement.price_lists), ("/cost_lists", agreement.cost_lists)):
        for found in faults_among(lists):
            yield pointer, f"{found.about} {found.detail}"
    for number, prices in enumerate(agreement.price_lists):
        if prices.currency != agreement.currency:
            yield f"/price_lists/{number}/currency", f"it is in {prices.currency}, bills are in {agreement.currency}"
    yield from _line_faults(agreement)
    yield from _milestone_faults(agreement)
    yield from term_faults(agreement)
    for number, term in enumerate(agreement.caps):
        if term.contract_id != agreement.contract_id:
            yield f"/caps/{number}/contract_id", f"it is of contract {term.contract_id}"
    if agreement.ends_before is not None and agreement.ends_before <= agreement.starts_on:
        yield "/ends_before", "it ends before it begins"


def _milestone_faults(agreement: BillingAgreement) -> Iterator[tuple[str, str]]:
    methods = {line.line_id: line.method for line in agreement.lines}
    ids = [each.milestone_id for each in agreement.milestones]
    for number, milestone in enumerate(agreement.milestones):
        if ids.count(milestone.milestone_id) > 1:
            yield f"/milestones/{number}/milestone_id", f"{milestone.milestone_id} is given twice"
        if methods.get(milestone.line_id) is not BillingMethod.MILESTONE:
            yield f"/milestones/{number}/line_id", f"{milestone.line_id} is no line that is billed by milestones"
        if milestone.amount.currency != agreement.currency:
            yield f"/milestones/{number}/amount", f"it is in {milestone.amount.currency}"
        amount, currency = milestone.amount.amount, milestone.amount.currency
        if amount <= 0 or rounded(amount, currency) != amount:
            yield f"/milestones/{number}/amount", "it is not positive, or finer than its currency can state"


def _line_faults(agreement: BillingAgreement) -> Iterator[tuple[str, str]]:
    covered: dict[str, str] = {}
    for number, line in enumerate(agreement.lines):
        if [each.line_id for each in agreement.lines].count(line.line_id) > 1:
            yield f"/lines/{number}/line_id", f"{line.line_id} is given twice"
        for phase_id in line.phase_ids:
            if covered.setdefault(phase_id, line.line_id) != line.line_id:
                yield f"/lines/{number}/phase_ids", f"{phase_id} falls under {covered[phase_id]} already"
    if sum(1 for line in agreement.lines if not line.phase_ids) > 1:
        yield "/lines", "more than one line names no phase, so that work would fall under either"


def _same_parties(before: BillingAgreement, after: BillingAgreement) -> None:
    for name in ("contract_id", "customer_id", "legal_entity_id", "currency", "entity_currency"):
        if getattr(before, name) != getattr(after, name):
            detail = f"{name} was {getattr(before, name)}; lines of the ledger stand under it"
            raise Problem(Kind.CONFLICT, "agreement_party_changed", detail, hint="agree about another project")


async def _open(books: Books, agreement: BillingAgreement, term: CapTerm) -> None:
    """A new cap with what was consumed before it was agreed: what is unbilled as committed, what is billed as such."""
    await books.caps.agree(term)
    committed = invoiced = Decimal(0)
    for line in live(await books.lines(agreement.project_id)):
        if not counts(line):
            continue
        if term in reaching(agreement, line):
            size = weight(term, line.quantity, line.unit_rate, line.amount.currency, mode=line.rounding)
            if line.side is Side.BILLED_SALES:
                invoiced += size
            else:
                committed += size
    if committed or invoiced:
        await books.caps.shift(term.cap_id, "opening", committed=committed, invoiced=invoiced)
