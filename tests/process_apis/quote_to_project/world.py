"""A CRM, an ERP and a PSA in memory: they keep what they are given under our keys and count every creation."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.deal import DeliveryReport, Opportunity, OpportunityChange, OpportunityChanges
from contracts.canonical.money import Money
from contracts.canonical.party import Customer, Hierarchy
from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.canonical.rates import RateCard
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.erp import Currencies, LegalEntities, TaxCodes
from contracts.system.psa import PsaPhases, PsaProject, RequestIds, StaffingRequests
from tests.process_apis.quote_to_project.story import ENTITIES, GROUP, TAX_CODES, deal


@dataclass
class Shelf:
    """Things under our keys, with how often each was created and taken away."""

    prefix: str
    standing: dict[str, Any] = field(default_factory=dict)
    created: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def put(self, key: str, thing: Any) -> Reference:
        """Create under a key, or change what stands there."""
        new = key not in self.standing
        if new:
            self.created[key] += 1
        self.standing[key] = thing
        return Reference(our_id=key, external_id=self.called(key), created=new)

    def get(self, key: str) -> Any:
        """What stands under a key."""
        if key not in self.standing:
            raise Problem(Kind.NOT_FOUND, "not_there", f"nothing stands under {key}")
        return self.standing[key]

    def remove(self, key: str) -> None:
        """Take away what stands under a key."""
        self.get(key)
        del self.standing[key]
        self.removed[key] += 1

    def called(self, key: str) -> str:
        """What this system calls the thing."""
        return f"{self.prefix}{key}"


class FakeCrm:
    """Answers the CRM role for one deal."""

    def __init__(self) -> None:
        self.deals = {"006A000001": deal()}
        self.parents: dict[str, Customer] = {"cus-group": GROUP}
        self.reports: dict[str, list[DeliveryReport]] = {}
        self.changes: list[OpportunityChange] = []
        self.asked: list[str] = []

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        if opportunity_id not in self.deals:
            raise Problem(Kind.NOT_FOUND, "opportunity_not_found", opportunity_id)
        return self.deals[opportunity_id]

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        customers = [each.customer for each in self.deals.values() if each.customer.customer_id == account_id]
        if not customers:
            raise Problem(Kind.NOT_FOUND, "account_not_found", account_id)
        chain = customers[:1]
        while (parent := chain[0].parent_id) in self.parents:
            chain.insert(0, self.parents[str(parent)])
        return Hierarchy(customers=chain, complete=chain[0].parent_id is None)

    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        self.asked.append(cursor)
        begin = int(cursor or 0)
        page = self.changes[begin : begin + limit]
        return OpportunityChanges(changes=page, cursor=str(begin + len(page)) if page else cursor)

    async def delivery(self, *, opportunity_id: str) -> DeliveryReport:
        if not self.reports.get(opportunity_id):
            raise Problem(Kind.NOT_FOUND, "not_reported", opportunity_id)
        return self.reports[opportunity_id][-1]

    async def report_delivery(self, *, opportunity_id: str, body: DeliveryReport) -> DeliveryReport:
        reports = self.reports.setdefault(opportunity_id, [])
        if not reports or reports[-1] != body:
            reports.append(body)
        return body

    def won(self, *ids: str, at: dt.datetime) -> None:
        """Let deals be won."""
        for each in ids:
            self.deals.setdefault(each, deal(opportunity_id=each))
            self.changes.append(OpportunityChange(opportunity_id=each, won=True, changed_at=at))


class FakeErp:
    """Answers the ERP role; `skew` makes its books differ from what it was given."""

    def __init__(self) -> None:
        self.customers, self.projects, self.schedules = Shelf("E-"), Shelf("P-"), Shelf("B-")
        self.order: list[str] = []
        self.skew = Decimal(0)
        self.needed: set[str] = set()
        self.kept = ["EUR", "GBP", "USD"]
        self.sellers: dict[str, list[str]] = {}
        self.added: dict[str, dict[str, Any]] = {}
        self.invoiced: dict[str, Decimal] = {}
        self.credited: dict[str, Decimal] = {}
        self.settled: set[str] = set()

    async def legal_entities(self) -> LegalEntities:
        return LegalEntities(items=ENTITIES)

    async def tax_codes(self) -> TaxCodes:
        return TaxCodes(items=TAX_CODES)

    async def currencies(self) -> Currencies:
        return Currencies(items=self.kept)

    async def put_customer(self, *, customer_id: str, legal_entity_id: str, body: Customer) -> Reference:
        if body.parent_id is not None and body.parent_id not in self.customers.standing:
            raise Problem(Kind.INVALID, "parent_missing", f"{body.parent_id} does not stand")
        if customer_id not in self.order:
            self.order.append(customer_id)
        sellers = self.sellers.setdefault(customer_id, [])
        sellers += [legal_entity_id] if legal_entity_id not in sellers else []
        return self.customers.put(customer_id, body)

    async def customer(self, *, customer_id: str) -> Reference:
        self.customers.get(customer_id)
        return Reference(our_id=customer_id, external_id=self.customers.called(customer_id))

    async def retire_customer(self, *, customer_id: str) -> None:
        if customer_id in self.needed:
            raise Problem(Kind.CONFLICT, "customer_in_use", f"{customer_id} has open documents")
        self.customers.remove(customer_id)

    async def put_project(self, *, project_id: str, body: Project) -> Reference:
        return self.projects.put(project_id, body)

    async def project(self, *, project_id: str) -> Reference:
        self.projects.get(project_id)
        return Reference(our_id=project_id, external_id=self.projects.called(project_id))

    async def put_phases(self, *, project_id: str, body: ProjectPhases) -> References:
        self.projects.get(project_id)
        self.added.setdefault(project_id, {}).update({phase.phase_id: phase for phase in body.phases})
        return References(references=[])

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        self.projects.get(project_id)
        for each in body.phase_ids:
            self.added.get(project_id, {}).pop(each, None)

    async def close_project(self, *, project_id: str) -> None:
        self.projects.remove(project_id)

    async def put_billing_schedule(self, *, schedule_id: str, body: BillingSchedule) -> ScheduleReceipt:
        if schedule_id not in self.schedules.standing:
            self.schedules.put(schedule_id, body)
        stands: BillingSchedule = self.schedules.get(schedule_id)
        amount = sum((each.amount.amount for each in stands.lines), self.skew)
        return ScheduleReceipt(
            schedule_id=schedule_id,
            external_id=self.schedules.called(schedule_id),
            lines=len(stands.lines),
            total=Money(amount=amount, currency=stands.currency),
        )

    async def void_billing_schedule(self, *, schedule_id: str) -> None:
        if self.invoiced.get(schedule_id):
            raise Problem(Kind.CONFLICT, "schedule_invoiced", f"lines of {schedule_id} were invoiced")
        self.schedules.remove(schedule_id)

    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        stands: BillingSchedule = self.schedules.get(schedule_id)
        amount = sum((each.amount.amount for each in stands.lines), Decimal(0))
        return ScheduleReceipt(
            schedule_id=schedule_id,
            external_id=self.schedules.called(schedule_id),
            lines=len(stands.lines),
            total=Money(amount=amount, currency=stands.currency),
            billed=Money(amount=self.invoiced.get(schedule_id, Decimal(0)), currency=stands.currency),
        )

    async def reverse_billing_schedule(self, *, schedule_id: str) -> ScheduleReversal:
        if schedule_id in self.settled:
            raise Problem(Kind.CONFLICT, "invoice_settled", f"an invoice of {schedule_id} was paid")
        stands: BillingSchedule | None = self.schedules.standing.get(schedule_id)
        if stands is None and schedule_id not in self.credited:
            raise Problem(Kind.NOT_FOUND, "not_there", schedule_id)
        if stands is not None:
            self.schedules.remove(schedule_id)
            self.credited[schedule_id] = self.invoiced.get(schedule_id, Decimal(0))
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=self.schedules.called(schedule_id),
            credits=[],
            credited=Money(amount=self.credited[schedule_id], currency="EUR" if stands is None else stands.currency),
        )


class FakePsa:
    """Answers the PSA role."""

    def __init__(self) -> None:
        self.clients, self.cards, self.projects, self.requests = Shelf("C-"), Shelf("R-"), Shelf("W-"), Shelf("S-")
        self.added: dict[str, dict[str, Any]] = {}

    async def put_client(self, *, customer_id: str, body: Customer) -> Reference:
        return self.clients.put(customer_id, body)

    async def retire_client(self, *, customer_id: str) -> None:
        self.clients.remove(customer_id)

    async def publish_rate_card(self, *, rate_card_id: str, body: RateCard) -> Reference:
        return self.cards.put(rate_card_id, body)

    async def withdraw_rate_card(self, *, rate_card_id: str) -> None:
        self.cards.remove(rate_card_id)

    async def put_project(self, *, project_id: str, body: PsaProject) -> References:
        ids = [project_id, *(phase.phase_id for phase in body.project.phases)]
        self.projects.put(project_id, body)
        return References(references=[Reference(our_id=each, external_id=f"W-{each}") for each in ids])

    async def project(self, *, project_id: str) -> References:
        self.projects.get(project_id)
        return References(references=[Reference(our_id=project_id, external_id=f"W-{project_id}")])

    async def put_phases(self, *, project_id: str, body: PsaPhases) -> References:
        self.projects.get(project_id)
        self.added.setdefault(project_id, {}).update({phase.phase_id: phase for phase in body.phases.phases})
        return References(references=[])

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        self.projects.get(project_id)
        for each in body.phase_ids:
            self.added.get(project_id, {}).pop(each, None)

    async def withdraw_requests(self, *, project_id: str, body: RequestIds) -> None:
        for each in body.request_ids:
            if each in self.requests.standing:
                self.requests.remove(each)

    async def archive_project(self, *, project_id: str) -> None:
        self.projects.remove(project_id)

    async def request_staffing(self, *, project_id: str, body: StaffingRequests) -> References:
        return References(references=[self.requests.put(each.request_id, each) for each in body.requests])

    async def withdraw_staffing(self, *, project_id: str) -> None:
        for each in [key for key, request in self.requests.standing.items() if request.project_id == project_id]:
            self.requests.remove(each)


class World:
    """The three systems of one firm."""

    def __init__(self) -> None:
        self.crm, self.erp, self.psa = FakeCrm(), FakeErp(), FakePsa()

    @property
    def shelves(self) -> dict[str, Shelf]:
        """Everything that is kept anywhere, by kind."""
        erp, psa = self.erp, self.psa
        return {
            "customers": erp.customers,
            "projects": erp.projects,
            "schedules": erp.schedules,
            "clients": psa.clients,
            "cards": psa.cards,
            "workspaces": psa.projects,
            "requests": psa.requests,
        }

    def standing(self) -> dict[str, list[str]]:
        """What stands, by kind; kinds of which nothing stands are left out."""
        return {kind: sorted(shelf.standing) for kind, shelf in self.shelves.items() if shelf.standing}

    def created_twice(self) -> list[str]:
        """Whatever was created more than once."""
        return [
            f"{kind} {key}" for kind, shelf in self.shelves.items() for key, times in shelf.created.items() if times > 1
        ]
