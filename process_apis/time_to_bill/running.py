"""The road of a billing run: what is ready of a legal entity is counted, signed off, and billed (rule CTL-7)."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Final

import msgspec
from msgspec import Struct, field

from contracts.canonical.money import Currency, Money, total
from contracts.canonical.trade.exchange import ExchangeRateUnknown
from contracts.canonical.trade.ledger.lines import Refused
from contracts.process.time_to_bill import StartBillingReport, StartBillingRun, StartInvoice
from kit.durable import ApprovalRequest, Effect, Road, Unwind, ask, record, step
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts, looked
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import by_treatment, draft_of
from process_apis.time_to_bill.naming import fitting
from process_apis.time_to_bill.steps import Steps

RUN: Final = "billing_run"
REPORT: Final = "billing_report"


class Planned(Struct, frozen=True, kw_only=True):
    """One invoice that a run would make."""

    start: StartInvoice
    lines: int
    net: Money
    gross: Money


class Survey(Struct, frozen=True, kw_only=True):
    """Everything that a run would make, and what keeps projects out of it."""

    planned: list[Planned]
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """What the sign-off is bound to."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    @property
    def gross(self) -> dict[Currency, Decimal]:
        """Control totals, one a currency; amounts of different currencies are never added."""
        return total(each.gross for each in self.planned)


class RunSteps:
    """The steps of a run, over one ledger and the engine that runs its cases."""

    def __init__(self, *, accounts: Accounts, durable: DurableSource, invoices: Road, config: Config) -> None:
        self._accounts = accounts
        self._durable = durable
        self._invoices = invoices
        self._config = config

    @property
    def config(self) -> Config:
        """What the process was told."""
        return self._config

    @step(reads=True)
    async def survey(self, effect: Effect, start: StartBillingRun) -> Survey:
        """Count what every project of the entity would be billed."""
        del effect
        planned: list[Planned] = []
        left_out: dict[str, str] = {}
        async with self._accounts.read() as books:
            held = await books.ledger.held()
            for project_id in await books.projects_of(start.legal_entity_id):
                version = await books.version(project_id)
                agreement = version.agreement
                try:
                    found = await looked(books, version, held=held, through=start.through)
                    kept = held | found.waiting
                    chosen_by = by_treatment(found.lines, agreement, held=kept, through=start.through)
                    for treatment, chosen in chosen_by.items():
                        invoice_id = name_of(start.run_id, project_id, treatment)
                        draft = draft_of(invoice_id, chosen, agreement, issued_on=start.issued_on)
                        wanted = StartInvoice(
                            invoice_id=invoice_id,
                            project_id=project_id,
                            through=start.through,
                            issued_on=start.issued_on,
                            treatment=treatment,
                        )
                        net = Money(amount=draft.document.net, currency=draft.document.currency)
                        planned.append(Planned(start=wanted, lines=len(chosen), net=net, gross=draft.gross))
                except (Refused, ExchangeRateUnknown) as reason:
                    left_out[project_id] = str(reason)
        return Survey(planned=planned, left_out=left_out)

    @step()
    async def launch(self, effect: Effect, survey: Survey) -> list[str]:
        """Begin one case an invoice; a case that was begun is attached to."""
        del effect
        begun = []
        for each in survey.planned:
            started = await self._durable().start(self._invoices, business_key=each.start.invoice_id, start=each.start)
            begun.append(started.case_id)
        return begun


async def billing_run(steps: RunSteps, start: StartBillingRun) -> None:
    """Counted, signed off, begun; a dry run only counts."""
    survey = await steps.survey(start)
    totals = {f"gross_{currency}": str(amount) for currency, amount in survey.gross.items()}
    left_out = {f"left_out_{project_id}": reason for project_id, reason in survey.left_out.items()}
    counted = {"invoices": str(len(survey.planned)), "survey_sha256": survey.sha256, **totals, **left_out}
    await record(
        title=f"{start.run_id} of {start.legal_entity_id} through {start.through}",
        legal_entity_id=start.legal_entity_id,
        facts=counted,
    )
    if start.dry_run or not survey.planned:
        return
    decision = await ask(_sign_off(start, counted, due_in_h=steps.config.approval_due_h))
    if not decision.approved:
        raise Unwind(f"The run was not signed off: {decision.comment or 'nobody decided in time'}")
    begun = await steps.launch(survey)
    await record(facts={"signed_off_by": decision.decided_by, "cases": str(len(begun))})


async def billing_report(steps: Steps, start: StartBillingReport) -> None:
    """Sales is told how the bills of a project stand."""
    facts = {"project_id": start.project_id, "document_id": start.document_id, "change": start.change}
    await record(title=f"{start.document_id}: {start.change}", facts=facts)
    await steps.tell_sales(start.project_id)


def run_road(steps: RunSteps, *, version: int) -> Road:
    """The road of a run over these steps."""
    return Road(process=RUN, version=version, run=billing_run, steps=steps, starts=StartBillingRun)


def report_road(steps: Steps, *, version: int) -> Road:
    """The road of word to sales over these steps."""
    return Road(process=REPORT, version=version, run=billing_report, steps=steps, starts=StartBillingReport)


def name_of(run_id: str, project_id: str, treatment: str) -> str:
    """The id of an invoice of a run: speaking, or by its hash where it would be too long."""
    return fitting(f"{run_id}-{project_id}-{treatment}")


def _sign_off(start: StartBillingRun, counted: dict[str, str], *, due_in_h: float) -> ApprovalRequest:
    return ApprovalRequest(
        subject=f"Billing run {start.run_id}",
        reason=f"{counted['invoices']} invoices of {start.legal_entity_id} through {start.through}",
        role="finance",
        object="invoice",
        attribute="run",
        legal_entity_id=start.legal_entity_id,
        evidence={"through": start.through.isoformat(), "issued_on": start.issued_on.isoformat(), **counted},
        due_in_h=due_in_h,
    )
