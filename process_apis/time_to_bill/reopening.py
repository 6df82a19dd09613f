"""The road that opens a hard-closed month: two people in two roles decide, whatever the matrix says (rule CTL-5).

The matrix orders both roles at once; where it has no rule, or one of one role, a second role is asked. Two people who
break the glass are two people.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from contracts.canonical.agreements import AccountingPeriod, PeriodState
from contracts.canonical.casework import ApprovalState
from contracts.events.billing import PeriodReopened
from contracts.process.time_to_bill import StartReopening
from kit.durable import ApprovalRequest, Effect, Road, Unwind, publish, record, step
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.patient import Patient, decided

PROCESS: Final = "period_reopening"
_ROLES: Final = ("finance_lead", "operations")
_TWO: Final = 2


class ReopeningSteps(Patient):
    """The steps of a reopening, over the books and what people decided."""

    def __init__(self, *, accounts: Accounts, durable: DurableSource, config: Config) -> None:
        self._accounts = accounts
        self._durable = durable
        self._config = config

    @property
    def config(self) -> Config:
        """What the process was told."""
        return self._config

    @step(reads=True)
    async def deciders(self, effect: Effect, asked: int) -> list[str]:
        """Who has approved so far, each in a role of their own, in order of name; `asked` counts the questions."""
        del asked
        book = self._durable().casebook
        approved = (await book.approvals(state=ApprovalState.APPROVED, case_id=effect.case_id)).items
        roles: dict[str, str] = {}
        for approval in approved:
            for verdict in approval.verdicts:
                if verdict.role not in roles.values():
                    roles.setdefault(verdict.by, verdict.role)
            if approval.broken_glass:
                use = next(
                    (each for each in (await book.breaking.broken()).items if each.approval_id == approval.approval_id),
                    None,
                )
                found = (use.opened_by, use.confirmed_by or "") if use is not None else ()
                roles |= {each: f"break-glass by {each}" for each in found if each}
        return sorted(roles)

    @step(undo="close_again")
    async def reopen(self, effect: Effect, start: StartReopening, people: list[str]) -> AccountingPeriod:
        """Open the month; one that is not hard-closed any more stays as it is."""
        del effect
        wanted = _opened(start, people)
        async with self._accounts.write() as books:
            before = await books.period(start.legal_entity_id, start.period)
            if before.state is not PeriodState.HARD_CLOSED:
                return before
            return await books.put_period(wanted)

    async def close_again(self, effect: Effect, start: StartReopening, people: list[str]) -> None:
        """Close the month for good, if it still is as it was opened here."""
        del effect
        opened = _opened(start, people)
        async with self._accounts.write() as books:
            if await books.period(start.legal_entity_id, start.period) == opened:
                await books.put_period(replace(opened, state=PeriodState.HARD_CLOSED))


async def period_reopening(steps: ReopeningSteps, start: StartReopening) -> None:
    """Two decisions, then the month is open; then it is told."""
    about = f"{start.period} of {start.legal_entity_id}"
    await record(
        title=f"Reopening of {about}",
        legal_entity_id=start.legal_entity_id,
        facts={"period": start.period, "state": start.state.value, "reason": start.reason},
    )
    first = await decided(steps, about, _request(start, _ROLES[0], "reopening", by=start.requested_by, steps=steps))
    people = await steps.deciders(1)
    if len(people) < _TWO:
        await decided(steps, about, _request(start, _ROLES[1], "second_reopening", by=first, steps=steps))
        people = await steps.deciders(_TWO)
    if len(people) < _TWO or start.requested_by in people:
        raise Unwind(f"{about} is opened by two people in two roles, neither of whom asked for it")
    stands = await steps.reopen(start, people)
    await record(facts={"decided_by": " and ".join(people), "stands": stands.state.value})
    event = PeriodReopened(
        legal_entity_id=start.legal_entity_id,
        period=start.period,
        state=stands.state,
        reason=start.reason,
        decided_by=people,
    )
    await publish(PeriodReopened.TYPE, start.reopening_id, event)


def reopening_road(steps: ReopeningSteps, *, version: int) -> Road:
    """The road of a reopening over these steps."""
    return Road(process=PROCESS, version=version, run=period_reopening, steps=steps, starts=StartReopening)


def _opened(start: StartReopening, people: list[str]) -> AccountingPeriod:
    return AccountingPeriod(
        legal_entity_id=start.legal_entity_id,
        period=start.period,
        state=PeriodState(start.state.value),
        reason=start.reason,
        changed_by=" and ".join(people),
    )


def _request(start: StartReopening, role: str, attribute: str, *, by: str, steps: ReopeningSteps) -> ApprovalRequest:
    return ApprovalRequest(
        subject=f"Reopening of {start.period} of {start.legal_entity_id}",
        reason=start.reason,
        role=role,
        object="period",
        attribute=attribute,
        legal_entity_id=start.legal_entity_id,
        evidence={"period": start.period, "becomes": start.state.value, "asked_by": start.requested_by},
        due_in_h=steps.config.approval_due_h,
        submitted_by=by,
    )
