"""What stories of billing share: where one stands, how people carry its cases, pay, and wait for what is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from contracts.canonical.agreements import AgreedMilestone, BillingAgreement
from contracts.canonical.billing import BillingReport, BillingState
from contracts.canonical.casework import CaseFile, CaseState
from contracts.canonical.pricing import PriceList, RateRow
from contracts.process.quote_to_project import QuoteToProject
from contracts.process.time_to_bill import AcceptMilestone, TimeToBill, Unbilled
from kit.cli.demo.play import Cast, StoryError, pause_s
from kit.cli.demo.shapes import act, driven, scene_of
from kit.cli.demo.thread_totals import GeneralLedger
from kit.cli.real import is_real
from kit.clock import SystemClock
from kit.tier.documents import contract_of

_DEADLINE_S: Final = 300.0
_POLL_S: Final = 0.2
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})
T = TypeVar("T")


@dataclass
class Weaving:
    """One story while it is told: where it stands, and what people did."""

    cast: Cast
    facts: Mapping[str, Any]
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    documents: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    @property
    def through(self) -> dt.date:
        """Last day of the month that is billed."""
        return dt.date.fromisoformat(self.facts["through"])

    @property
    def billing(self) -> TimeToBill:
        """Whoever bills, through the operations of the process."""
        return self.cast.of("platform-admin").at(TimeToBill, "/process/time_to_bill")

    @property
    def served(self) -> Mapping[str, str]:
        """Which connection serves which role."""
        served: Mapping[str, str] = self.cast.landscape.estate.facts["process_apis"]["time_to_bill"]["connections"]
        return served

    def system(self, role: str) -> Any:
        """A system as the platform's administrator reads it."""
        served = self.served[role]
        return self.cast.of("platform-admin").at(contract_of("system", role), f"/system/{served}/{role}")

    async def general_ledger(self, legal_entity_id: str) -> GeneralLedger | None:
        """The books of a company, where the ERP is real."""
        landscape, connection = self.cast.landscape, self.served["erp"]
        vendor = landscape.estate.vendors[connection]
        if not is_real(vendor):
            return None
        read = vendor.module("landscape").general_ledger
        books = await asyncio.to_thread(read, landscape.vendors[connection], legal_entity_id=legal_entity_id)
        return msgspec.convert(books, GeneralLedger)


@dataclass(frozen=True)
class Provisioned:
    """A deal that became a project: what it says of its bills, and what the PSA calls each phase, in their order."""

    drawn: BillingAgreement
    phases: Mapping[str, str]


async def provisioned(weaving: Weaving) -> Provisioned:
    """Let sales win the deal, and let its project stand everywhere."""
    cast, facts = weaving.cast, weaving.facts
    weaving.saved = await scene_of(cast.landscape, {"script": facts["deal_script"]}, {})
    deal_id = str(weaving.saved[facts["deal"]]["id"])
    answers = {**cast.landscape.estate.story.get("answers", {}), **facts.get("answers", {})}
    case = await driven(cast, {"script": facts["deal_script"]}, deal_id, answers=answers, codes=[])
    admin = cast.of("platform-admin").at(QuoteToProject, "/process/quote_to_project")
    part = (await admin.standing(case_id=case.summary.case_id)).parts[0]
    drawn = await weaving.billing.propose(
        project_id=part.project_id, opportunity_id=deal_id, legal_entity_id=part.legal_entity_id
    )
    workspace, *phases = (await weaving.system("psa").project(project_id=part.project_id)).references
    weaving.saved |= {"project": {"id": workspace.external_id}}
    phases.sort(key=lambda phase: int(phase.our_id.rpartition("-")[2]))
    return Provisioned(drawn, {phase.our_id: phase.external_id for phase in phases})


async def accepted(weaving: Weaving, agreement: BillingAgreement, milestone: AgreedMilestone) -> None:
    """The customer signs that a milestone was reached."""
    proof = AcceptMilestone(
        project_id=agreement.project_id,
        accepted_on=weaving.through,
        accepted_by="the customer's project lead",
        document=f"protocol of {milestone.name}",
    )
    await weaving.billing.accept(milestone_id=milestone.milestone_id, body=proof)


async def worked(weaving: Weaving, agreement: BillingAgreement) -> Unbilled:
    """People write down their time and have it approved; the feed books it, up to the cap."""
    scene = {"script": weaving.facts["time_script"], "connection": weaving.served["psa"]}
    weaving.saved = await scene_of(weaving.cast.landscape, scene, weaving.saved)
    entries = int(weaving.facts["entries"])

    async def booked() -> Unbilled | None:
        cases = await cases_of(weaving, "time_intake")
        stuck = [case for case in cases if case.summary.state not in {CaseState.COMPLETED, CaseState.RUNNING}]
        if stuck:
            raise StoryError(f"{stuck[0].summary.title} stands {stuck[0].summary.state}")
        mine = [case for case in cases if case.facts.get("project_id") == agreement.project_id]
        if sum(int(case.facts.get("taken", 0)) for case in mine) < entries:
            return None
        return await weaving.billing.unbilled(project_id=agreement.project_id, through=weaving.through)

    return await until(booked, what=f"{entries} entries to be booked")


async def paid(weaving: Weaving) -> None:
    """The customer pays what is owed on balance, invoice by invoice, at the ERP's own screen.

    Where the ERP sets credits against invoices itself, less is open on each; the balance is the same.
    """
    erp = weaving.system("erp")
    booked = [await erp.document(document_id=each) for each in weaving.documents]
    balance = sum((each.open for each in booked), Decimal(0))
    for each in booked:
        if not 0 < each.open <= balance:
            continue
        balance -= each.open
        invoice = await weaving.billing.invoice(invoice_id=each.document_id)
        known = {
            "document_id": each.document_id,
            "customer_id": invoice.customer_id,
            "external_id": each.external_id,
            "open": str(each.open),
        }
        scene = {"script": weaving.facts["payment_script"], "connection": weaving.served["erp"]}
        await scene_of(weaving.cast.landscape, scene, weaving.saved | {"invoice": known})


async def settled(weaving: Weaving, agreement: BillingAgreement) -> BillingReport | None:
    report: BillingReport = await weaving.system("crm").billing(opportunity_id=agreement.opportunity_id)
    return report if report.state is BillingState.PAID else None


async def carried(weaving: Weaving, case_id: str) -> CaseFile:
    """A case to its end; people answer and decide on the way."""

    async def closed() -> CaseFile | None:
        case = await weaving.cast.tower.case(case_id=case_id)
        if case.summary.state in _CLOSED:
            return case
        await act(weaving.cast, case, answers={}, codes=[])
        return None

    case = await until(closed, what=f"case {case_id} to end")
    if case.summary.state is not CaseState.COMPLETED:
        raise StoryError(f"case {case_id} ended {case.summary.state} at {case.summary.step}")
    return case


async def cases_of(weaving: Weaving, process: str) -> list[CaseFile]:
    tower, found, cursor = weaving.cast.tower, [], ""
    while True:
        page = await tower.cases(process=process, limit=200, cursor=cursor)
        found += [await tower.case(case_id=summary.case_id) for summary in page.items]
        if page.next_cursor is None:
            return found
        cursor = page.next_cursor


async def until(look: Callable[[], Awaitable[T | None]], *, what: str) -> T:
    clock, began = SystemClock(), time.monotonic()
    while True:
        found = await look()
        if found is not None:
            return found
        if time.monotonic() - began > _DEADLINE_S:
            raise StoryError(f"five minutes were not enough for {what}")
        await clock.sleep(max(_POLL_S, pause_s(time.monotonic() - began)))


def costs(agreement: BillingAgreement, rate: Decimal) -> PriceList:
    """What an hour costs, whoever works it: finance's own list."""
    row = RateRow(row_id="cost-1", rate=rate, starts_on=agreement.starts_on)
    return PriceList(
        list_id="cost",
        name="Cost of an hour",
        currency=agreement.entity_currency,
        starts_on=agreement.starts_on,
        rows=[row],
    )
