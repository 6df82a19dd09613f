"""Running a closed case again from one of its steps, after the code was repaired; refused where people decided since.

The journal is kept aside before the engine drops it. The order is kept, then told: a crash in between is healed by
asking again, because the case then stands open and its run does not move.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, ExceptionState, StepState
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.durable.finding import find_case
from kit.durable.ledger import HELD
from kit.durable.order import Journal, Post
from kit.durable.trail import note
from kit.store import Store
from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, CASE_FILE, CASE_STEP, EFFECT, KEPT_JOURNAL

_FROM: Final = frozenset({CaseState.COMPLETED, CaseState.FAILED})


class Rewinding:
    """Rewinds the cases of one tenant."""

    def __init__(self, store: Store, *, clock: Clock, tenant: str, post: Post) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._post = post

    async def rewind(self, case_id: str, *, step: str, reason: str, by: str) -> None:
        """See `Durable.rewind`."""
        async with self._store.read() as connection:
            await find_case(connection, case_id, tenant=self._tenant)
        journal = await self._post.journal(case_id)
        async with self._store.write() as connection:
            row = await find_case(connection, case_id, tenant=self._tenant, lock=True)
            began = await self._position(connection, case_id, step)
            if row.closed_at is not None or not row.rewinds:
                await self._reopen(connection, row, began, journal=journal, reason=reason, by=by)
        await self._post.rewind(case_id, name=step)

    async def _position(self, connection: AsyncConnection, case_id: str, step: str) -> Any:
        query = sa.select(CASE_STEP).where(CASE_STEP.c.case_id == case_id, CASE_STEP.c.name == step)
        found = (await connection.execute(query)).first()
        if found is None:
            raise Problem(Kind.CONFLICT, "not_rewindable", f"{case_id} never came to {step}")
        return found

    async def _reopen(
        self, connection: AsyncConnection, row: Any, began: Any, *, journal: Journal, reason: str, by: str
    ) -> None:
        if CaseState(row.state) not in _FROM:
            raise Problem(Kind.CONFLICT, "not_rewindable", f"the case is {row.state}; only a closed one is rewound")
        await _nobody_decided(connection, row.case_id, since=began.started_at)
        now, number = self._clock.now(), row.rewinds + 1
        kept = {
            "case_id": row.case_id,
            "number": number,
            "at": now,
            "actor": by,
            "reason": reason,
            "journal": msgspec.json.encode(journal).decode(),
        }
        await connection.execute(sa.insert(KEPT_JOURNAL).values(**kept))
        open_again = {"state": CaseState.RUNNING.value, "closed_at": None, "changed_at": now, "rewinds": number}
        mine = CASE_FILE.c.case_id == row.case_id
        await connection.execute(sa.update(CASE_FILE).where(mine).values(**open_again, step=began.name))
        await _again(connection, row.case_id, position=began.position)
        detail = f"to {began.name}: {reason}"
        await note(
            connection,
            case_id=row.case_id,
            ref=f"rewound:{number}",
            at=now,
            actor=by,
            what="case rewound",
            detail=detail,
        )


async def _again(connection: AsyncConnection, case_id: str, *, position: int) -> None:
    """What was done from there on is done again, under its old keys; what was open is asked anew."""
    effects = (EFFECT.c.case_id == case_id) & (EFFECT.c.position >= position) & (EFFECT.c.state == StepState.DONE.value)
    await connection.execute(sa.update(EFFECT).where(effects).values(state=HELD))
    steps = (CASE_STEP.c.case_id == case_id) & (CASE_STEP.c.position >= position)
    await connection.execute(sa.delete(CASE_STEP).where(steps))
    asked = (BUSINESS_EXCEPTION.c.case_id == case_id) & (BUSINESS_EXCEPTION.c.state == ExceptionState.OPEN.value)
    gone = {"state": ExceptionState.WITHDRAWN.value}
    await connection.execute(sa.update(BUSINESS_EXCEPTION).where(asked).values(**gone))


async def _nobody_decided(connection: AsyncConnection, case_id: str, *, since: Any) -> None:
    query = sa.select(sa.func.count()).where(APPROVAL.c.case_id == case_id, APPROVAL.c.requested_at >= since)
    if (await connection.execute(query)).scalar_one():
        raise Problem(
            Kind.CONFLICT,
            "approval_since",
            "an approval was asked for since; it was bound to what stood then",
            hint="Cancel the case and reopen it, so that people decide on what stands now.",
        )
