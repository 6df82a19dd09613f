"""Approved expenses onto the ledger: what fits is booked at once, what does not waits, one exception for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.canonical.casework import FixField
from contracts.canonical.expenses import ExpenseEntry
from contracts.process.time_to_bill import StartExpenseIntake
from kit.durable import Effect, Fault, Held, Road, record, step
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.booking import Booked
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.expense_booking import ExpenseBooking
from process_apis.time_to_bill.intake import Wrong
from process_apis.time_to_bill.taking import LEAVE_OUT, LEAVE_UNBILLED, TRY_AGAIN

PROCESS: Final = "expense_intake"
_CAP: Final = "CAP_EXCEEDED"
_AT_ONCE: Final = 100


class ExpenseTaking:
    """The one step of intake, over one ledger."""

    def __init__(self, *, accounts: Accounts, config: Config) -> None:
        self._accounts = accounts
        self._config = config

    @step()
    async def take(self, effect: Effect, start: StartExpenseIntake) -> Booked:
        """Book every expense that can be booked, each once; the others stay for the next attempt.

        Raises:
            Held: with what is wrong with each of the others; what fits is booked all the same.

        """
        faults: list[Fault] = []
        became: Counter[str] = Counter()
        entries = sorted(start.entries, key=lambda each: (each.spent_on, each.entry_id, each.version))
        for first in range(0, len(entries), _AT_ONCE):
            faults += await self._take(start, entries[first : first + _AT_ONCE], effect.fixes, became)
        if faults:
            raise Held(*faults)
        return Booked(**became)

    async def _take(
        self, start: StartExpenseIntake, entries: Sequence[ExpenseEntry], fixes: Mapping[str, str], became: Counter[str]
    ) -> list[Fault]:
        faults: list[Fault] = []
        async with self._accounts.write() as books:
            found = await books.agreement(start.project_id)
            if found is None:
                detail = f"Nobody has said how {start.project_id} is billed; {len(start.entries)} expenses wait."
                raise Held(fault("AGREEMENT_MISSING", detail, context={"project_id": start.project_id}))
            booking = ExpenseBooking(books, found.agreement, system=start.system, config=self._config)
            for entry in entries:
                if fixes.get(_leave_out(entry)) == LEAVE_OUT:
                    became["left_out"] += 1
                    continue
                outcome = await booking.book(entry, trim=fixes.get(_over_cap(entry)) == LEAVE_UNBILLED)
                if isinstance(outcome, str):
                    became[outcome] += 1
                else:
                    faults += [_fault(start, entry, wrong) for wrong in outcome]
        return faults


async def expense_intake(steps: ExpenseTaking, start: StartExpenseIntake) -> None:
    """One batch onto the ledger."""
    await record(
        title=f"{len(start.entries)} expenses of {start.project_id}",
        facts={"project_id": start.project_id, "entries": str(len(start.entries))},
    )
    booked = await steps.take(start)
    await record(facts={name: str(getattr(booked, name)) for name in booked.__struct_fields__})


def expense_road(steps: ExpenseTaking, *, version: int) -> Road:
    """The road of a batch over this step."""
    return Road(process=PROCESS, version=version, run=expense_intake, steps=steps, starts=StartExpenseIntake)


def _fault(start: StartExpenseIntake, entry: ExpenseEntry, wrong: Wrong) -> Fault:
    context = {
        "project_id": start.project_id,
        "entry_id": entry.entry_id,
        "person_id": entry.person_id,
        "spent_on": entry.spent_on.isoformat(),
        "category": entry.category,
        "cost": f"{entry.cost.amount} {entry.cost.currency}",
    }
    label = f"What is done about expense {entry.entry_id}"
    form = [FixField(name=_leave_out(entry), label=label, choices=[TRY_AGAIN, LEAVE_OUT])]
    if wrong.code == _CAP:
        choices = [LEAVE_UNBILLED, "cap_raised"]
        form = [FixField(name=_over_cap(entry), label="What is done about the cap", choices=choices)]
    return fault(wrong.code, wrong.detail, context=context, form=tuple(form))


def _leave_out(entry: ExpenseEntry) -> str:
    return f"expense_decision_{entry.entry_id}"


def _over_cap(entry: ExpenseEntry) -> str:
    return f"expense_cap_{entry.entry_id}"
