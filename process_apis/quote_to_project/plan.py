"""What a won deal becomes in every system, exact to the cent: one project and one schedule a seller and currency.

Pure. One reading of the contract for every region: a deal always gives the same plan (rules BIL-1 to BIL-11, MON-5).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from contracts.canonical.billing import BillingSchedule, ScheduleLine
from contracts.canonical.deal import Opportunity
from contracts.canonical.money import Money, rounded, total
from contracts.canonical.party import Customer, LegalEntity
from contracts.canonical.project import Evidence, Phase, Project, StaffingRequest
from contracts.canonical.rates import RateCard
from process_apis.quote_to_project.grouping import Group, grouped, tax_code_of
from process_apis.quote_to_project.phasing import phases_of, slices_of
from process_apis.quote_to_project.reading import Handoff, fingerprint, root_of

_NAME: Final = 255


class Part(Struct, frozen=True, kw_only=True):
    """What one of the firm's companies sells in one currency. With `extends` the project stands and is added to."""

    seller: LegalEntity
    project: Project
    schedule: BillingSchedule
    rate_card_id: str
    rate_card: RateCard | None
    staffing: list[StaffingRequest]
    value: Money
    extends: bool = False
    standing_card_id: str = ""
    standing_card: RateCard | None = None


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that will be put into other systems, bound to the hash of what was read.

    `customers` has every customer of the deal, parents before their children; `customer` is who is billed.
    """

    opportunity_id: str
    name: str
    read: str
    shape: str
    customer: Customer
    sold_to: Customer
    customers: list[Customer]
    parts: list[Part]
    contract_value: Money
    evidence: Evidence
    special_terms: str = ""
    departures: list[str] = field(default_factory=list)

    @property
    def seller(self) -> LegalEntity:
        """The company that leads on the contract."""
        return self.parts[0].seller

    @property
    def values(self) -> list[Money]:
        """What was sold, by currency."""
        sums = total(part.value for part in self.parts)
        return [Money(amount=amount, currency=currency) for currency, amount in sums.items()]

    @property
    def sellers(self) -> list[LegalEntity]:
        """Every company of the firm that sells, once."""
        return list({part.seller.legal_entity_id: part.seller for part in self.parts}.values())


def plan(handoff: Handoff) -> Plan:
    """The plan of a deal that `validate` found nothing wrong with.

    Raises:
        ValueError: the deal was not validated.

    """
    deal = handoff.opportunity
    groups = grouped(handoff)
    if not groups or any(group.seller is None or not tax_code_of(handoff, group) for group in groups):
        message = f"opportunity {deal.opportunity_id} is planned before it was validated"
        raise ValueError(message)
    chains = [*handoff.hierarchy.customers[:-1], deal.customer]
    if deal.bill_to is not None:
        chains += [*handoff.billing.customers[:-1], deal.bill_to]
    return Plan(
        opportunity_id=deal.opportunity_id,
        name=deal.name,
        read=fingerprint(handoff),
        shape=fingerprint(handoff, dates=False),
        customer=deal.bill_to or deal.customer,
        sold_to=deal.customer,
        customers=list({customer.customer_id: customer for customer in chains}.values()),
        parts=[_part(handoff, group, groups) for group in groups],
        contract_value=stated(deal.amount),
        evidence=_evidence(deal),
        special_terms=deal.special_terms or "",
        departures=handoff.departures,
    )


def stated(money: Money) -> Money:
    """With exactly the digits its currency has."""
    return Money(amount=rounded(money.amount, money.currency), currency=money.currency)


def project_id_of(handoff: Handoff, group: Group) -> str:
    """The project of a seller and a currency: that of the deal everything began with, told apart beyond the first."""
    root = root_of(handoff)
    leads = root.legal_entity_id or handoff.opportunity.legal_entity_id, root.amount.currency
    first = leads == (group.legal_entity_id, group.currency)
    return f"prj-{root.opportunity_id}" + ("" if first else f"-{group.legal_entity_id}-{group.currency}")


def _part(handoff: Handoff, group: Group, groups: list[Group]) -> Part:
    deal = handoff.opportunity
    assert group.seller is not None  # noqa: S101 - `plan` has refused a group without a seller
    project_id = project_id_of(handoff, group)
    phases = [phases_of(deal, line, first=number) for number, line in group.lines]
    mark = "" if group is groups[0] else f"-{group.legal_entity_id}-{group.currency}"
    value = Money(
        amount=sum((stated(line.amount).amount for _, line in group.lines), 0 * deal.amount.amount),
        currency=group.currency,
    )
    root = root_of(handoff)
    return Part(
        seller=group.seller,
        project=_project(handoff, group, project_id, [phase for some in phases for phase in some], stated(value)),
        schedule=_schedule(handoff, group, project_id, phases, schedule_id=f"bsc-{deal.opportunity_id}{mark}"),
        rate_card_id=f"rc-{deal.opportunity_id}{mark}",
        rate_card=_card(deal, group.currency),
        staffing=_staffing(deal, group, groups, project_id),
        value=stated(value),
        extends=project_id in handoff.standing_projects,
        standing_card_id=f"rc-{project_id.removeprefix('prj-')}",
        standing_card=None if root is deal else _card(root, group.currency),
    )


def _card(deal: Opportunity, currency: str) -> RateCard | None:
    return next((card for card in deal.rate_cards if card.currency == currency), None)


def _project(handoff: Handoff, group: Group, project_id: str, phases: list[Phase], value: Money) -> Project:
    deal = handoff.opportunity
    return Project(
        project_id=project_id,
        name=deal.name[:_NAME],
        customer_id=deal.customer.customer_id,
        legal_entity_id=group.legal_entity_id,
        service_line=deal.service_line or "",
        delivery_owner=deal.delivery_owner or "",
        starts_on=min(phase.starts_on for phase in phases),
        ends_on=max(phase.ends_on for phase in phases),
        currency=group.currency,
        budget=value,
        phases=phases,
        bill_to_id=None if deal.bill_to is None else deal.bill_to.customer_id,
    )


def _schedule(
    handoff: Handoff, group: Group, project_id: str, phases: list[list[Phase]], *, schedule_id: str
) -> BillingSchedule:
    deal = handoff.opportunity
    mark = schedule_id.removeprefix("bsc-")
    slices = [
        (line, part) for (_, line), own in zip(group.lines, phases, strict=True) for part in slices_of(line, phases=own)
    ]
    lines = [
        ScheduleLine(
            line_id=f"bsl-{mark}-{number}",
            name=part.name[:_NAME],
            method=part.method,
            trigger=part.trigger,
            due_on=part.due_on,
            amount=part.amount,
            phase_id=part.phase_id,
            revenue_rule=part.revenue_rule,
            cap=line.cap,
        )
        for number, (line, part) in enumerate(slices, start=1)
    ]
    return BillingSchedule(
        schedule_id=schedule_id,
        project_id=project_id,
        customer_id=(deal.bill_to or deal.customer).customer_id,
        legal_entity_id=group.legal_entity_id,
        tax_code=tax_code_of(handoff, group),
        currency=group.currency,
        lines=lines,
        evidence=_evidence(deal),
    )


def _evidence(deal: Opportunity) -> Evidence:
    return Evidence(
        statement_of_work=deal.statement_of_work or "",
        sha256=(deal.statement_of_work_sha256 or "").lower(),
        signed_on=deal.signed_on,
        payment_terms=deal.payment_terms or "",
    )


def _staffing(deal: Opportunity, group: Group, groups: list[Group], project_id: str) -> list[StaffingRequest]:
    """People for the lines of this group; people for no line in particular are the first group's to ask for."""
    own = {line.line_id for _, line in group.lines}
    others = {line.line_id for other in groups if other is not group for _, line in other.lines}
    return [
        StaffingRequest(
            request_id=f"stf-{deal.opportunity_id}-{number}",
            project_id=project_id,
            role=need.role,
            country=need.country,
            hours=need.hours,
            starts_on=need.starts_on,
            ends_on=need.ends_on,
        )
        for number, need in enumerate(deal.staffing, start=1)
        if need.line_id in own or (group is groups[0] and need.line_id not in others)
    ]
