"""Billing schedules in one environment: a contract line with its on-account transactions, all of it in one changeset.

A contract line is worth what its on-account transactions sum to, or the environment refuses it. One that was closed
stays, worth nothing and without any, so that closing it twice is no different from closing it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.money import Money, rounded
from contracts.canonical.reference import Reference
from contracts.problem import Problem
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.batch import Change
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.credit_notes import CreditNotes, net_of
from system_apis.dynamics_finance.customer_mapping import account
from system_apis.dynamics_finance.mapping import absent, conflict, refused
from system_apis.dynamics_finance.odata import NO, YES, keyed, text
from system_apis.dynamics_finance.projects import Projects
from system_apis.dynamics_finance.refusals import AGAIN, MAY_STAND
from system_apis.dynamics_finance.schedule_mapping import contract_line, line_number, milestones

OPEN: Final = "NotInvoiced"
_ROUNDS: Final = 4


class Schedules:
    """The contract lines that stand under our ids."""

    def __init__(self, client: Finance, config: Config, projects: Projects, credit_notes: CreditNotes) -> None:
        self._client = client
        self._config = config
        self._projects = projects
        self._credits = credit_notes

    async def put(self, schedule: BillingSchedule) -> ScheduleReceipt:
        """Create the schedule once; one that stands is told as it is, one that was closed is opened anew."""
        self._projects.check_master()
        line = contract_line(schedule, config=self._config)
        lines = milestones(schedule, config=self._config)
        for left in reversed(range(_ROUNDS)):
            held = await self._find(schedule.schedule_id)
            if held is not None and held.sluice_reversed == YES:
                detail = f"'{schedule.schedule_id}' was invoiced and credited; it is not opened again"
                raise conflict("schedule_reversed", detail, hint="bill what was agreed anew under another schedule")
            if held is not None and (held.line_amount or await self._lines(held)):
                break
            await self._check_contract(schedule, str(line.company))
            try:
                await self._client.commit([self._opened(line, held), *self._added(lines)])
            except Problem as problem:
                if problem.kind not in AGAIN | MAY_STAND or not left:
                    raise
            else:
                break
        return await self.receipt(schedule.schedule_id)

    async def receipt(self, schedule_id: str) -> ScheduleReceipt:
        """The schedule under our id, summed from the environment's own transactions.

        Raises:
            Problem: `not_found`, also when it was closed.

        """
        held = await self._standing(schedule_id)
        rows = await self._lines(held)
        if held.sluice_reversed == YES or (not held.line_amount and not rows):
            raise absent("contract line", schedule_id)
        currency = str(held.currency_id)
        return ScheduleReceipt(
            schedule_id=schedule_id,
            external_id=str(held.contract_line_id),
            lines=len(rows),
            total=_sum(rows, currency),
            billed=_sum([row for row in rows if row.transaction_status != OPEN], currency),
        )

    async def void(self, schedule_id: str) -> None:
        """Take back a schedule of which nothing was invoiced."""
        held = await self._standing(schedule_id)
        if any(row.transaction_status != OPEN for row in await self._lines(held)):
            raise conflict("schedule_invoiced", f"lines of {schedule_id} were invoiced")
        await self._close(schedule_id)

    async def reverse(self, schedule_id: str) -> ScheduleReversal:
        """Credit every invoice by a free text invoice of ours, in full and once, then close what is open.

        Raises:
            Problem: `conflict`, when an invoice is settled; as posting a document, when a credit note is not posted.

        """
        held = await self._standing(schedule_id)
        rows = [row for row in await self._lines(held) if row.transaction_status != OPEN]
        made = await self._credits.made(held, rows, schedule_id=schedule_id)
        await self._close(schedule_id)
        currency = str(held.currency_id)
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=str(held.contract_line_id),
            credits=[Reference(our_id=our_id, external_id=str(each.free_text_number)) for our_id, each in made],
            credited=Money(
                amount=rounded(sum((net_of(each) for _, each in made), Decimal(0)), currency), currency=currency
            ),
        )

    async def _close(self, schedule_id: str) -> None:
        """Take away what is open, so that the line is worth what was invoiced."""
        for left in reversed(range(_ROUNDS)):
            held = await self._standing(schedule_id)
            rows = await self._lines(held)
            billed = [row for row in rows if row.transaction_status != OPEN]
            gone = [row for row in rows if row.transaction_status == OPEN]
            worth = _sum(billed, str(held.currency_id)).amount
            wanted = wire.ContractLine(line_amount=worth, sluice_reversed=YES if billed else NO)
            body = wire.changes(held, wanted)
            if not body and not gone:
                return
            asked = self._removed(gone)
            if body:
                asked.append(Change(method="PATCH", address=self._at(held), body=body, etag=str(held.etag)))
            try:
                await self._client.commit(asked)
            except Problem as problem:
                if problem.kind not in AGAIN or not left:
                    raise

    async def _find(self, schedule_id: str) -> wire.ContractLine | None:
        mine = f"ContractLineId eq {text(line_number(schedule_id, pointer='schedule_id'))}"
        rows = await self._client.all(self._config.sets.contract_lines, into=wire.ContractLine, filter=mine)
        return rows[0] if rows else None

    async def _standing(self, schedule_id: str) -> wire.ContractLine:
        held = await self._find(schedule_id)
        if held is None:
            raise absent("contract line", schedule_id)
        return held

    async def _lines(self, held: wire.ContractLine) -> list[wire.Milestone]:
        mine = f"dataAreaId eq {text(str(held.company))} and ContractLineRef eq {text(str(held.contract_line_id))}"
        sets = self._config.sets
        return await self._client.all(sets.milestones, into=wire.Milestone, filter=mine, orderby="TransactionId")

    async def _check_contract(self, schedule: BillingSchedule, company: str) -> None:
        """Refuse a schedule that is for others than its project's contract says."""
        project = await self._projects.standing(schedule.project_id)
        if project.company != company:
            detail = f"project '{schedule.project_id}' is of company {project.company}"
            raise refused("legal_entity_differs", "/legal_entity_id", detail)
        where = keyed(self._config.sets.contracts, company, ProjectContractId=str(project.project_contract_id))
        held = await self._client.get(where, into=wire.Contract)
        if held is None:
            raise absent("project contract", schedule.project_id)
        if held.sales_currency_code != schedule.currency:
            raise refused("currency_differs", "/currency", f"the contract is in {held.sales_currency_code}")
        billed = account(schedule.customer_id)
        if held.customer_account_number != billed:
            detail = f"the contract of '{schedule.project_id}' is not billed to '{schedule.customer_id}'"
            raise refused("customer_differs", "/customer_id", detail)

    def _opened(self, line: wire.ContractLine, held: wire.ContractLine | None) -> Change:
        if held is None:
            return Change(method="POST", address=self._config.sets.contract_lines, body=wire.said(line))
        return Change(method="PATCH", address=self._at(held), body=wire.changes(held, line), etag=str(held.etag))

    def _added(self, lines: Sequence[wire.Milestone]) -> list[Change]:
        entity_set = self._config.sets.milestones
        return [Change(method="POST", address=entity_set, body=wire.said(line)) for line in lines]

    def _removed(self, rows: Sequence[wire.Milestone]) -> list[Change]:
        entity_set = self._config.sets.milestones
        return [
            Change(
                method="DELETE",
                address=keyed(entity_set, str(row.company), TransactionId=str(row.transaction_id)),
                etag=str(row.etag),
            )
            for row in rows
        ]

    def _at(self, held: wire.ContractLine) -> str:
        number, line = str(held.project_contract_id), str(held.contract_line_id)
        sets = self._config.sets
        return keyed(sets.contract_lines, str(held.company), ProjectContractId=number, ContractLineId=line)


def _sum(rows: Sequence[wire.Milestone], currency: str) -> Money:
    total = sum((row.amount for row in rows if isinstance(row.amount, Decimal)), Decimal(0))
    return Money(amount=rounded(total, currency), currency=currency)
