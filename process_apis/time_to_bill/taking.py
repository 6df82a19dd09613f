"""Approved time onto the ledger: what fits is booked at once, what does not waits, one exception for each entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.canonical.casework import FixField
from contracts.canonical.timesheets import TimeEntry
from contracts.process.time_to_bill import StartTimeIntake
from kit.durable import Effect, Fault, Held, Road, record, step
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.booking import Booked, Booking
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.intake import Wrong

PROCESS: Final = "time_intake"
LEAVE_OUT: Final = "leave_out"
TRY_AGAIN: Final = "try_again"
LEAVE_UNBILLED: Final = "leave_unbilled"
_CAP: Final = "CAP_EXCEEDED"
_AT_ONCE: Final = 100


class Taking:
    """The one step of intake, over one ledger."""

    def __init__(self, *, accounts: Accounts, config: Config) -> None:
        self._accounts = accounts
        self._config = config

    @step()
    async def take(self, effect: Effect, start: StartTimeIntake) -> Booked:
        """Book every entry that can be booked, each once; the others stay for the next attempt.

        Raises:
            Held: with what is wrong with each of the others; what fits is booked all the same.

        """
        faults: list[Fault] = []
        became: Counter[str] = Counter()
        entries = sorted(start.entries, key=lambda each: (each.worked_on, each.entry_id, each.version))
        for first in range(0, len(entries), _AT_ONCE):
            faults += await self._take(start, entries[first : first + _AT_ONCE], effect.fixes, became)
        if faults:
            raise Held(*faults)
        return Booked(**became)

    async def _take(
        self, start: StartTimeIntake, entries: Sequence[TimeEntry], fixes: Mapping[str, str], became: Counter[str]
    ) -> list[Fault]:
        """A few entries in one transaction: nobody waits long for the store, and each stands alone anyhow."""
        faults: list[Fault] = []
        async with self._accounts.write() as books:
            found = await books.agreement(start.project_id)
            if found is None:
                raise Held(_unagreed(start))
            booking = Booking(books, found.agreement, system=start.system, config=self._config)
            wanted = [entry for entry in entries if fixes.get(_leave_out(entry)) != LEAVE_OUT]
            trimmed = {entry.entry_id for entry in wanted if fixes.get(_over_cap(entry)) == LEAVE_UNBILLED}
            outcomes = await booking.book_all(wanted, trimmed=trimmed)
        became["left_out"] += len(entries) - len(wanted)
        for entry in wanted:
            outcome = outcomes[entry.entry_id]
            if isinstance(outcome, str):
                became[outcome] += 1
            else:
                faults += [_fault(start, entry, wrong) for wrong in outcome]
        return faults


async def time_intake(steps: Taking, start: StartTimeIntake) -> None:
    """One batch onto the ledger."""
    await record(
        title=f"{len(start.entries)} entries of {start.project_id}",
        facts={"project_id": start.project_id, "entries": str(len(start.entries))},
    )
    booked = await steps.take(start)
    counts = {name: str(getattr(booked, name)) for name in booked.__struct_fields__}
    await record(facts=counts)


def intake_road(steps: Taking, *, version: int) -> Road:
    """The road of a batch over this step."""
    return Road(process=PROCESS, version=version, run=time_intake, steps=steps, starts=StartTimeIntake)


def _fault(start: StartTimeIntake, entry: TimeEntry, wrong: Wrong) -> Fault:
    context = {
        "project_id": start.project_id,
        "entry_id": entry.entry_id,
        "person_id": entry.person_id,
        "worked_on": entry.worked_on.isoformat(),
        "hours": str(entry.hours),
    }
    label = f"What is done about entry {entry.entry_id}"
    form = [FixField(name=_leave_out(entry), label=label, choices=[TRY_AGAIN, LEAVE_OUT])]
    if wrong.code == _CAP:
        choices = [LEAVE_UNBILLED, "cap_raised"]
        form = [FixField(name=_over_cap(entry), label="What is done about the cap", choices=choices)]
    return fault(wrong.code, wrong.detail, context=context, form=tuple(form))


def _unagreed(start: StartTimeIntake) -> Fault:
    detail = f"Nobody has said how {start.project_id} is billed; {len(start.entries)} entries wait."
    return fault("AGREEMENT_MISSING", detail, context={"project_id": start.project_id})


def _leave_out(entry: TimeEntry) -> str:
    return f"entry_decision_{entry.entry_id}"


def _over_cap(entry: TimeEntry) -> str:
    return f"cap_decision_{entry.entry_id}"
