"""The effect ledger: intent before the call, result after it, each in a transaction of its own.

Every row is written under its natural key, so that a replay harms nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, ExceptionState, StepState
from kit.clock import Clock
from kit.durable.doing import Doing
from kit.durable.steadfast import steadfast
from kit.durable.trail import note, stand
from kit.store import Store, put
from kit.store.tables import BUSINESS_EXCEPTION, CASE_FILE, CASE_STEP, EFFECT

HELD = "held"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Intent:
    """What stands before a call: go on as `attempt`, or do not because of `cancelled` or a known `result`."""

    attempt: int = 1
    fixes: dict[str, str] = field(default_factory=dict)
    cancelled: str = ""
    result: str | None = None


@dataclass(frozen=True)
class Spent:
    """How long the last call took, and how long all calls and pauses of this attempt took; milliseconds."""

    elapsed_ms: int = 0
    outside_ms: int = 0
    calls: int = 1


class Ledger:
    """Writes down what a run is about to do and what came of it."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @steadfast
    async def intend(self, doing: Doing) -> Intent:
        """Write the intent, unless the case was cancelled or the result is known already."""
        async with self.store.write() as connection:
            reason = "" if doing.back else await cancelled(connection, doing.order.case_id)
            if reason:
                return Intent(cancelled=reason)
            known = (await connection.execute(sa.select(EFFECT).where(EFFECT.c.key == doing.key))).first()
            if known is not None and not doing.back and _same(known, doing):
                return Intent(result=known.result)
            attempt = 1 if known is None or doing.back else known.attempts + 1
            await self._write_intent(connection, doing, attempt=attempt)
            return Intent(attempt=attempt, fixes=await _fixes(connection, doing.order.case_id))

    @steadfast
    async def settle(self, doing: Doing, *, result: str, external_id: str, spent: Spent) -> None:
        """Write the result of a step that was done, or undone."""
        now = self.clock.now()
        state = StepState.UNDONE if doing.back else StepState.DONE
        effect = {"state": state.value, "ended_at": now}
        if not doing.back:
            effect |= {"result": result, "external_id": external_id}
        async with self.store.write() as connection:
            await connection.execute(sa.update(EFFECT).where(EFFECT.c.key == doing.key).values(**effect))
            await _spend(
                connection, doing, spent=spent, state=state.value, ended_at=now, detail="", external_id=external_id
            )
            await stand(connection, doing.order.case_id, at=now)
            what = "step undone" if doing.back else "step done"
            detail = f"{doing.label} {external_id}".strip()
            ref = f"{doing.name}:{state.value}"
            await note(connection, case_id=doing.order.case_id, ref=ref, at=now, what=what, detail=detail)

    @steadfast
    async def stumble(self, doing: Doing, *, doubt: bool, detail: str, spent: Spent) -> None:
        """Write that an attempt ended without a result; `doubt` says that it may have acted all the same."""
        now = self.clock.now()
        async with self.store.write() as connection:
            if not doing.back:
                state = UNKNOWN if doubt else HELD
                await connection.execute(sa.update(EFFECT).where(EFFECT.c.key == doing.key).values(state=state))
            state = StepState.FAILED.value
            await _spend(connection, doing, spent=spent, state=state, ended_at=now, detail=detail)

    @steadfast
    async def pivots(self, case_id: str) -> list[str]:
        """The steps of a case that stand, or may stand, and are never taken back."""
        async with self.store.read() as connection:
            return await pivots(connection, case_id)

    async def _write_intent(self, connection: AsyncConnection, doing: Doing, *, attempt: int) -> None:
        now, case_id, terms = self.clock.now(), doing.order.case_id, doing.step.terms
        if not doing.back:
            row = {
                "key": doing.key,
                "case_id": case_id,
                "position": doing.position,
                "step": doing.label,
                "pivot": terms.pivot,
                "arguments_hash": doing.arguments_hash,
                "state": StepState.INTENDED.value,
                "attempts": attempt,
                "intended_at": now,
            }
            await put(connection, EFFECT, row, keep=frozenset({"intended_at"}))
        line = {
            "case_id": case_id,
            "position": doing.position,
            "name": doing.label,
            "state": StepState.INTENDED.value,
            "key": doing.key,
            "system": terms.system,
            "attempts": attempt,
            "started_at": now,
        }
        keep = {"started_at", "attempts"} if doing.back else {"started_at"}
        await put(connection, CASE_STEP, line, keep=frozenset(keep))
        state = CaseState.UNWINDING if doing.back else CaseState.RUNNING
        await stand(connection, case_id, at=now, state=state, step=doing.label)


async def cancelled(connection: AsyncConnection, case_id: str) -> str:
    """Why a case is to be taken back, or nothing; once a pivot may stand, cancelling comes too late."""
    row = (await connection.execute(sa.select(CASE_FILE.c.cancel_reason).where(CASE_FILE.c.case_id == case_id))).first()
    if row is None or not row.cancel_reason:
        return ""
    if not await pivots(connection, case_id):
        return str(row.cancel_reason)
    none = {"cancel_reason": "", "cancel_by": ""}
    await connection.execute(sa.update(CASE_FILE).where(CASE_FILE.c.case_id == case_id).values(**none))
    return ""


async def pivots(connection: AsyncConnection, case_id: str) -> list[str]:
    """The steps of a case that stand, or may stand, and are never taken back."""
    standing = (StepState.DONE.value, StepState.INTENDED.value, UNKNOWN)
    query = sa.select(EFFECT.c.step).where(
        EFFECT.c.case_id == case_id, EFFECT.c.pivot.is_(True), EFFECT.c.state.in_(standing)
    )
    return [row.step for row in await connection.execute(query)]


def _same(known: Any, doing: Doing) -> bool:
    return bool(known.state == StepState.DONE and known.arguments_hash == doing.arguments_hash)


async def _fixes(connection: AsyncConnection, case_id: str) -> dict[str, str]:
    table = BUSINESS_EXCEPTION
    query = (
        sa.select(table.c.answers)
        .where(table.c.case_id == case_id, table.c.state == ExceptionState.FIXED.value)
        .order_by(table.c.fixed_at, table.c.exception_id)
    )
    fixes: dict[str, str] = {}
    for row in await connection.execute(query):
        fixes |= msgspec.json.decode(row.answers or "{}", type=dict[str, str])
    return fixes


async def _spend(connection: AsyncConnection, doing: Doing, *, spent: Spent, **changes: object) -> None:
    step = CASE_STEP.c
    again = 0 if doing.back else spent.calls - 1
    line = {
        "elapsed_ms": spent.elapsed_ms,
        "outside_ms": step.outside_ms + spent.outside_ms,
        "attempts": step.attempts + again,
    }
    where = (step.case_id == doing.order.case_id) & (step.position == doing.position)
    await connection.execute(sa.update(CASE_STEP).where(where).values(**line, **changes))
    calls = {"attempts": EFFECT.c.attempts + again}
    await connection.execute(sa.update(EFFECT).where(EFFECT.c.key == doing.key).values(**calls))
