"""Whether the customers of a deal can be billed: known, in a sound hierarchy, taxed for every seller. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from contracts.canonical.casework import FixField
from contracts.canonical.party import Customer, Hierarchy
from kit.durable.fault import Fault
from process_apis.quote_to_project.grouping import at_home, grouped, tax_code_of
from process_apis.quote_to_project.reading import TAX_CODE, Handoff
from process_apis.quote_to_project.telling import listed, told


def customers(known: Handoff) -> Iterator[Fault]:
    """A customer there is, and each of them is established somewhere."""
    deal = known.opportunity
    if not deal.customer.customer_id:
        yield told(known, "CUSTOMER_MISSING", "The deal names no customer.")
    everybody = {one.customer_id: one for one in _everybody(known) if one.customer_id}
    nowhere = {one.name: "no country" for one in everybody.values() if not one.address.country}
    if nowhere:
        yield listed(known, "COUNTRY_MISSING", "Nobody knows where these are established:", nowhere)


def hierarchies(known: Handoff) -> Iterator[Fault]:
    """The chains of accounts lead from a root to the customer, and to whoever is billed."""
    deal = known.opportunity
    if deal.customer.customer_id:
        yield from _hierarchy(known, deal.customer, known.hierarchy)
    if deal.bill_to is not None:
        yield from _hierarchy(known, deal.bill_to, known.billing)


def tax(known: Handoff) -> Iterator[Fault]:
    """Whoever is billed has a tax code for every company that sells; the ERP knows every one that is used."""
    if known.opportunity.customer.customer_id:
        yield from _own_code(known)
    for group in grouped(known):
        if not at_home(known, group) and group.seller is not None:
            yield from _code_for(known, group.legal_entity_id, tax_code_of(known, group))
        codes = {line.tax_code for _, line in group.lines if line.tax_code}
        if len(codes) > 1:
            detail = f"What {group.legal_entity_id} sells in {group.currency} bears {', '.join(sorted(codes))}."
            yield told(known, "TAX_CODE_MIXED", detail)
        unknown = sorted(codes - set(known.tax_codes))
        if unknown and at_home(known, group):
            detail = f"The ERP knows no tax code {', '.join(unknown)}, which lines carry."
            hint = "Correct the tax code of the lines in the CRM, then try again."
            yield told(known, "TAX_CODE_UNKNOWN", detail, hint=hint)
    for parent in _parents(known):
        if parent.tax.tax_code and parent.tax.tax_code not in known.tax_codes:
            detail = f"The ERP knows no tax code {parent.tax.tax_code}, which the parent {parent.name} carries."
            hint = "Correct the tax code of the parent account in the CRM, then try again."
            yield told(known, "TAX_CODE_UNKNOWN", detail, hint=hint)


def _own_code(known: Handoff) -> Iterator[Fault]:
    billed = known.billed
    code = billed.tax.tax_code
    ask = FixField(name=TAX_CODE, label=f"Tax code of {billed.name}", choices=list(known.tax_codes))
    more = {
        "seller": known.opportunity.legal_entity_id or "not known yet",
        "tax_registration": billed.tax.tax_registration or "none",
    }
    if not code:
        detail = f"{billed.name} ({billed.address.country or 'no country'}) has no tax code."
        yield told(known, "TAX_CODE_MISSING", detail, form=(ask,), more=more)
    elif code not in known.tax_codes:
        detail = f"The ERP knows no tax code {code}, which {billed.name} carries."
        yield told(known, "TAX_CODE_UNKNOWN", detail, form=(ask,), more=more)


def _code_for(known: Handoff, seller: str, code: str) -> Iterator[Fault]:
    """Another country's seller taxes in its own way: what the customer carries says nothing about it."""
    label = f"Tax code of {known.billed.name} when {seller} sells"
    ask = FixField(name=f"{TAX_CODE}_{seller}", label=label, choices=list(known.tax_codes))
    more = {"seller": seller, "tax_registration": known.billed.tax.tax_registration or "none"}
    if not code:
        detail = f"{known.billed.name} has no tax code for what {seller} sells."
        yield told(known, "TAX_CODE_MISSING", detail, form=(ask,), more=more)
    elif code not in known.tax_codes:
        detail = f"The ERP knows no tax code {code} for what {seller} sells."
        yield told(known, "TAX_CODE_UNKNOWN", detail, form=(ask,), more=more)


def _everybody(known: Handoff) -> Iterator[Customer]:
    yield from known.hierarchy.customers[:-1]
    yield known.opportunity.customer
    if known.opportunity.bill_to is not None:
        yield from known.billing.customers[:-1]
        yield known.opportunity.bill_to


def _parents(known: Handoff) -> Iterator[Customer]:
    ends = {known.opportunity.customer.customer_id, known.billed.customer_id}
    return (one for one in {one.customer_id: one for one in _everybody(known)}.values() if one.customer_id not in ends)


def _hierarchy(known: Handoff, customer: Customer, hierarchy: Hierarchy) -> Iterator[Fault]:
    chain = hierarchy.customers
    reason = ""
    if not hierarchy.complete:
        reason = "A parent account cannot be read, or the accounts form a loop."
    elif not chain or chain[-1].customer_id != customer.customer_id:
        reason = f"The chain of accounts does not end at {customer.name}."
    elif chain[0].parent_id is not None:
        reason = f"{chain[0].name} stands at the top and still names a parent."
    elif any(child.parent_id != parent.customer_id for parent, child in pairwise(chain)):
        reason = "An account of the chain names another parent than the account above it."
    if reason:
        read = " > ".join(account.name for account in chain) or "nothing"
        yield told(known, "ACCOUNT_HIERARCHY_INVALID", reason, more={"accounts_read": read})
