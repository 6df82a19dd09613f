"""A decision is taken back by whoever made it, for as long as nothing has followed from it.

Until its moment of effect a decision wakes nobody's step and is told to nobody. The run that waits for it lets it take
effect, under the lock under which it is taken back: one of the two happens, whatever the clocks of machines say.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import Approval, ApprovalState
from contracts.problem import Kind, Problem
from kit.durable.command import Commands
from kit.durable.deciding import approval_noun
from kit.durable.finding import find_approval
from kit.durable.seen import change, effective_at, is_expired, stages_of, verdicts_of

_DECIDED: Final = frozenset({ApprovalState.APPROVED, ApprovalState.REJECTED})


class TakingBack:
    """Opens an approval again that was decided a moment ago."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def take_back(self, approval_id: str, *, by: str, key: str) -> Approval:
        """Take back the decision that ended an approval.

        Raises:
            Problem: not_found; forbidden, when somebody else made it; conflict, when it is in effect or was never
                made, or the time to decide is over meanwhile.

        """

        async def work(connection: AsyncConnection) -> Approval:
            row = await find_approval(connection, approval_id, tenant=self._commands.tenant, lock=True)
            self._may(row, by=by)
            *before, last = verdicts_of(row)
            await change(connection, row, _opened_again(row, msgspec.json.encode(before).decode()))
            ref = f"{approval_id}:taken-back:{last.at.isoformat()}"
            await self._commands.note(
                connection, case_id=row.case_id, ref=ref, by=by, what="decision taken back", detail=row.subject
            )
            return await approval_noun(connection, approval_id, tenant=self._commands.tenant)

        content = ["take-back", approval_id]
        return await self._commands.once(work, by=by, key=key, content=content, answer=Approval)

    def _may(self, row: Any, *, by: str) -> None:
        until = effective_at(row)
        if row.state not in _DECIDED or until is None or self._commands.now() >= until:
            raise Problem(Kind.CONFLICT, "decision_in_effect", "there is no decision that could still be taken back")
        if verdicts_of(row)[-1].by != by:
            raise Problem(Kind.FORBIDDEN, "decision_of_another", "only whoever decided takes it back")
        if is_expired(row, self._commands.now()):
            raise Problem(Kind.CONFLICT, "approval_expired", "the time to decide is over, so it stays as it is")


def _opened_again(row: Any, verdicts: str) -> dict[str, Any]:
    """What the row says again; escalation goes on at the rung at which it stood."""
    rungs = stages_of(row)[row.step - 1].escalation
    due_at: dt.datetime = row.due_at
    rung = rungs[row.escalated] if row.escalated < len(rungs) else None
    return {
        "verdicts": verdicts,
        "state": ApprovalState.OPEN.value,
        "decided_at": None,
        "decided_by": None,
        "comment": "",
        "escalates_at": None if rung is None else due_at + dt.timedelta(hours=rung.after_h),
    }
