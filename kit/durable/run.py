"""One run of a road: performs its steps, parks, asks, unwinds; the same whichever engine journals it.

Everything a run decides by comes from the journal, so that a replay takes the same turns.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from contracts.canonical.casework import CaseState
from contracts.canonical.field import Noun
from contracts.canonical.money import Money
from kit.durable.approval import ApprovalRequest, Decision
from kit.durable.current import running
from kit.durable.desk import Desk
from kit.durable.doing import Doing
from kit.durable.fault import Fault, Unwind
from kit.durable.ledger import reverse, settle
from kit.durable.order import Machine, Order, Outcome, Owed, Pending
from kit.durable.refusal import refused
from kit.durable.road import Road
from kit.durable.step import BoundStep
from kit.durable.trace import taken_up

T = TypeVar("T")


class Run:
    """A road on its way for one case. What it owes the store is written with whatever it records next."""

    def __init__(self, order: Order, *, road: Road, machine: Machine, desk: Desk) -> None:
        self._order = order
        self._road = road
        self._machine = machine
        self._desk = desk
        self._position = 0
        self._numbers: Counter[str] = Counter()
        self._meant: list[Doing] = []
        self._unwinding = False
        self._owed: list[Callable[[sa.Connection], None]] = []

    async def drive(self) -> None:
        """Run the road to its end; the case is closed as completed, unwound or failed."""
        self._owed.append(partial(self._desk.standing.begun, self._order))
        with taken_up(self._order.traceparent), running(self):
            try:
                await self._road.run(self._road.steps, msgspec.convert(self._order.start, self._road.starts))
            except Unwind as unwind:
                await self._unwind(unwind.reason)
            except Exception as error:
                await self._close(CaseState.FAILED, detail=f"{type(error).__name__}: {error}")
                raise
            else:
                await self._close(CaseState.COMPLETED)

    async def perform(self, step: BoundStep[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        """Do a step, however long people and vendors take; see `BoundStep.__call__`."""
        self._position += 1
        doing = Doing(
            order=self._order,
            position=self._position,
            label=self._numbered(step.terms.name),
            step=step,
            arguments=step.bound(args, kwargs),
            connection=self._road.connections.get(step.terms.system, step.terms.system),
            priority=self._road.priority,
        )
        outcome = await self._carry_out(doing)
        return msgspec.json.decode(outcome.result, type=step.returns())

    async def ask(self, request: ApprovalRequest) -> Decision:
        """Wait for a decision; see `kit.durable.ask`."""
        ref = self._numbered("approval")
        parking = self._desk.parking
        await self._recorded("ask", partial(parking.request, self._order, ref=ref, request=request), str)
        pending = await self._until("decision", partial(parking.decided, self._order, ref=ref))
        return Decision(
            approved=pending.approved,
            decided_by=pending.decided_by,
            comment=pending.comment,
            expired=pending.expired,
        )

    async def record(
        self, *, title: str | None, at_stake: Money | None, legal_entity_id: str | None, facts: dict[str, str]
    ) -> None:
        """Show facts; see `kit.durable.record`."""
        write = partial(
            self._desk.standing.record,
            self._order,
            title=title,
            at_stake=at_stake,
            legal_entity_id=legal_entity_id,
            facts=facts,
        )
        self._owed.append(write)

    async def publish(self, event_type: str, subject: str, data: Noun) -> None:
        """Append an event; see `kit.durable.publish`."""
        write = partial(
            self._desk.standing.publish,
            self._order,
            ref=self._numbered("event"),
            event_type=event_type,
            subject=subject,
            data=data,
        )
        self._owed.append(write)

    async def sleep_until(self, when: dt.datetime) -> None:
        """Wait for a moment; see `kit.durable.sleep_until`."""
        await self._time(self._numbered("sleep"), what="waits for its time", opens=lambda now: max(now, when))

    async def wait_for_window(self, name: str) -> None:
        """Wait for a window; see `kit.durable.wait_for_window`."""
        window = self._road.windows[name]
        await self._time(self._numbered(f"window-{name}"), what=f"waits for {name}", opens=window.next_open)

    async def _time(self, ref: str, *, what: str, opens: Callable[[dt.datetime], dt.datetime]) -> None:
        await self._until("time", partial(self._desk.timing.due, self._order, ref=ref, what=what, opens=opens))

    async def _carry_out(self, doing: Doing) -> Outcome:
        park, meant = 0, doing.back
        while True:
            outcome = await self._recorded(doing.name, partial(self._desk.performer.attempt, doing), Outcome)
            if outcome.spent is not None:
                self._owed.append(partial(settle, doing, outcome))
            if outcome.kind != "cancelled" and not meant:
                self._meant.append(doing)
                meant = True
            if outcome.kind == "done":
                return outcome
            if outcome.kind != "parked":
                raise Unwind(outcome.reason)
            park += 1
            await self._parked(doing, outcome.faults, ref=f"{doing.position}{'u' if doing.back else ''}-{park}")

    async def _parked(self, doing: Doing, faults: list[Fault], *, ref: str) -> None:
        parking = self._desk.parking
        await self._recorded("park", partial(parking.park, doing, ref=ref, faults=faults), list[str])
        look = partial(parking.parked, self._order, ref=ref, heed=not self._unwinding)
        await self._until("fixed", look)

    async def _until(self, name: str, look: Callable[..., Awaitable[Pending]]) -> Pending:
        while True:
            pending = await self._recorded(name, look, Pending)
            if pending.cancelled:
                raise Unwind(pending.cancelled)
            if pending.over:
                return pending
            await self._machine.listen(min(pending.wait_s, self._desk.slice_s))

    async def _unwind(self, reason: str) -> None:
        self._unwinding = True
        await self._recorded(
            "unwinding", partial(self._desk.standing.unwinding, self._order, reason=reason), type(None)
        )
        pivots = await self._recorded("pivots", self._pivots, list[str])
        for doing in reversed(self._meant):
            if doing.label in pivots:
                await self._reversed(doing, reason=reason)
            elif doing.step.terms.undo is not None:
                await self._carry_out(doing.undoing())
        await self._close(CaseState.UNWOUND, detail=reason)

    async def _reversed(self, doing: Doing, *, reason: str) -> None:
        """A pivot is never taken back by us: a person reverses it by a document, and then the rest is taken back."""
        await self._parked(doing, [refused(doing.label, reason=reason)], ref=f"{doing.position}p")
        self._owed.append(partial(reverse, doing, self._desk.standing.clock.now()))

    async def _pivots(self, *, owed: Owed) -> list[str]:
        return await self._desk.performer.ledger.pivots(self._order.case_id, owed=owed)

    async def _close(self, state: CaseState, *, detail: str = "") -> None:
        """Not journalled: closing again changes nothing."""
        close = partial(self._desk.standing.close, self._order, state=state, detail=detail)
        await self._machine.unrecorded(close, owed=self._owed)

    async def _recorded(self, name: str, work: Callable[..., Awaitable[T]], answer: type[T]) -> T:
        """Record work together with what is owed; a replay finds both done and owes nothing."""
        owed, self._owed = self._owed, []
        return await self._machine.recorded(name, work, answer, owed=owed)

    def _numbered(self, name: str) -> str:
        self._numbers[name] += 1
        number = self._numbers[name]
        return name if number == 1 else f"{name}-{number}"
