"""The road of a write-off: work that will never be billed, by a decision, as lines of its own (rule BIL-10).

The lines are held until somebody decided, so that no invoice takes them meanwhile. Nothing is deleted: what is written
off stands on the ledger with its reason and whoever decided, its cost stays, and caps have it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from contracts.canonical.actuals import Actual
from contracts.canonical.money import Money
from contracts.canonical.trade.ledger.correcting import written_down
from contracts.canonical.trade.ledger.lines import Refused
from contracts.events.billing import WorkWrittenOff
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartWriteOff
from kit.durable import ApprovalRequest, Effect, Held, Road, publish, record, step
from process_apis.time_to_bill.accounts import Accounts, move_caps
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import open_day
from process_apis.time_to_bill.patient import Patient, decided

PROCESS: Final = "write_off"
_PENDING: Final = "pending"


class Loss(Struct, frozen=True, kw_only=True):
    """What a write-off takes out of what would be billed, net: its effect on the margin, for the cost stays."""

    customer_id: str
    legal_entity_id: str
    lines: int
    amount: Money


class WriteOffSteps(Patient):
    """The steps of a write-off, over one ledger."""

    def __init__(self, *, accounts: Accounts, config: Config) -> None:
        self._accounts = accounts
        self._config = config

    @property
    def config(self) -> Config:
        """What the process was told."""
        return self._config

    @step(undo="let_go")
    async def prepare(self, effect: Effect, start: StartWriteOff) -> Loss:
        """Hold the lines, and say what would be lost.

        Raises:
            Held: a line is on a draft, is being written off already, or is not what it was.

        """
        del effect
        async with self._accounts.write() as books:
            agreement = await books.agreed(start.project_id)
            try:
                appended = await _made(books, start, decided_by=_PENDING)
                await books.hold(start.write_off_id, [line.actual_id for line in start.lines])
            except (Refused, Problem) as refusal:
                if isinstance(refusal, Problem) and refusal.kind is not Kind.CONFLICT:
                    raise
                detail = f"{refusal.detail if isinstance(refusal, Problem) else refusal}."
                context = {"project_id": start.project_id, "write_off_id": start.write_off_id}
                raise Held(fault("WRITE_OFF_BLOCKED", detail, context=context)) from refusal
        lost = -sum((line.amount.amount for line in appended if line.chargeability == "chargeable"), Decimal(0))
        return Loss(
            customer_id=agreement.customer_id,
            legal_entity_id=agreement.legal_entity_id,
            lines=len(start.lines),
            amount=Money(amount=lost, currency=agreement.currency),
        )

    async def let_go(self, effect: Effect, start: StartWriteOff) -> None:
        """Free the lines of a write-off that is given up."""
        del effect
        async with self._accounts.write() as books:
            await books.release(start.write_off_id)

    @step(pivot=True)
    async def write_off(self, effect: Effect, start: StartWriteOff, decided_by: str) -> int:
        """Settle the lines as written off, for good; how many were appended, none when that was done before."""
        del effect
        async with self._accounts.write() as books:
            if not await books.holds(start.write_off_id):
                return 0
            agreement = await books.agreed(start.project_id)
            appended = await _made(books, start, decided_by=decided_by)
            await books.release(start.write_off_id)
            await books.ledger.append(appended)
            await move_caps(books, agreement, start.write_off_id, appended)
            return len(appended)


async def work_write_off(steps: WriteOffSteps, start: StartWriteOff) -> None:
    """Lines held, decision, ledger; then it is told."""
    loss = await steps.prepare(start)
    await record(
        title=f"{start.write_off_id}: {loss.amount.amount} {loss.amount.currency} of {start.project_id}",
        at_stake=loss.amount,
        legal_entity_id=loss.legal_entity_id,
        facts={
            "project_id": start.project_id,
            "lines": str(loss.lines),
            "amount": f"{loss.amount.amount} {loss.amount.currency}",
            "reason": start.reason,
        },
    )
    by = await decided(steps, start.write_off_id, _request(start, loss, due_in_h=steps.config.approval_due_h))
    await steps.write_off(start, by)
    await record(facts={"decided_by": by})
    event = WorkWrittenOff(
        write_off_id=start.write_off_id,
        project_id=start.project_id,
        customer_id=loss.customer_id,
        legal_entity_id=loss.legal_entity_id,
        amount=loss.amount,
        written_on=start.written_on,
        reason=start.reason,
        decided_by=by,
    )
    await publish(WorkWrittenOff.TYPE, start.write_off_id, event)


def write_off_road(steps: WriteOffSteps, *, version: int) -> Road:
    """The road of a write-off over these steps."""
    return Road(process=PROCESS, version=version, run=work_write_off, steps=steps, starts=StartWriteOff)


async def _made(books: Books, start: StartWriteOff, *, decided_by: str) -> list[Actual]:
    """The lines that a write-off appends, dated in a month that takes bookings.

    Raises:
        Refused: as `written_down`.

    """
    lines: Sequence[Actual] = await books.lines(start.project_id)
    held = await books.ledger.held() - await books.holds(start.write_off_id)
    agreement = await books.agreed(start.project_id)
    written_on = open_day(start.written_on, closed=await books.closed(agreement.legal_entity_id))
    appended: list[Actual] = []
    for wanted in start.lines:
        down = written_down(
            [*lines, *appended],
            wanted.actual_id,
            wanted.quantity,
            held=held,
            written_on=written_on,
            reason=start.reason,
            decided_by=decided_by,
        )
        appended += down.lines
    return appended


def _request(start: StartWriteOff, loss: Loss, *, due_in_h: float) -> ApprovalRequest:
    return ApprovalRequest(
        subject=f"Write-off of work for {loss.customer_id}",
        reason=f"{loss.amount.amount} {loss.amount.currency} will not be billed: {start.reason}",
        role="finance",
        object="unbilled_work",
        attribute="write_off",
        legal_entity_id=loss.legal_entity_id,
        evidence={
            "project_id": start.project_id,
            "written_on": start.written_on.isoformat(),
            "amount": f"{loss.amount.amount} {loss.amount.currency}",
            "reason": start.reason,
            **{line.actual_id: str(line.quantity) for line in start.lines},
        },
        due_in_h=due_in_h,
        at_stake=loss.amount,
        amount=loss.amount,
        submitted_by=start.requested_by,
    )
