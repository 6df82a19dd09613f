"""The effect ledger: intent before the call, result with the next write of the run, every row under its natural key.

A result is owed until the run records something else: one transaction a step is enough, because the journal holds the
result meanwhile, and a replay owes it again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import partial

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, StepState
from kit.clock import Clock
from kit.durable import ledger_sql as sql
from kit.durable.doing import Doing
from kit.durable.order import Outcome, Owed, Spent
from kit.durable.steadfast import steadfast
from kit.durable.trail import pay
from kit.store import Store
from kit.store.script import stored
from kit.store.tables import CASE_FILE, EFFECT

HELD = "held"
UNKNOWN = "unknown"
_NOTHING = Spent(attempts=0)


@dataclass(frozen=True)
class Intent:
    """What stands before a call: go on as `attempt`, or do not because of `cancelled` or a known `result`.

    `before` is what earlier attempts of the step have spent.
    """

    attempt: int = 1
    fixes: dict[str, str] = field(default_factory=dict)
    cancelled: str = ""
    result: str | None = None
    before: Spent = _NOTHING


class Ledger:
    """Writes down what a run is about to do and what came of it."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self.store = store
        self.clock = clock

    @steadfast
    async def intend(self, doing: Doing, *, owed: Owed = ()) -> Intent:
        """Write what is owed and the intent, unless the case was cancelled or the result is known already."""
        return await self.store.together(partial(self._intend, doing, owed))

    @steadfast
    async def pivots(self, case_id: str, *, owed: Owed = ()) -> list[str]:
        """The steps of a case that stand, or may stand, and are never taken back; what is owed is written before."""
        async with self.store.write() as connection:
            await pay(connection, owed)
            return await pivots(connection, case_id)

    def _intend(self, doing: Doing, owed: Owed, connection: sa.Connection) -> Intent:
        for write in owed:
            write(connection)
        case_id = doing.order.case_id
        row = {"key": doing.key, "case_id": case_id, "position": doing.position}
        (known,) = sql.LOOK.ask(connection, row)
        if known.cancel_reason and not doing.back and not _stands(connection, case_id):
            return Intent(cancelled=str(known.cancel_reason))
        if not doing.back and known.state == StepState.DONE and known.arguments_hash == doing.arguments_hash:
            return Intent(result=known.result)
        attempt = 1 if known.attempts is None or doing.back else int(known.attempts) + 1
        self._write_intent(connection, doing, attempt=attempt)
        before = Spent(attempts=int(known.step_attempts or 0), outside_ms=int(known.outside_ms or 0))
        fixes = _fixes(connection, case_id) if known.fixed else {}
        return Intent(attempt=attempt, fixes=fixes, before=before)

    def _write_intent(self, connection: sa.Connection, doing: Doing, *, attempt: int) -> None:
        terms = doing.step.terms
        values = {
            "key": doing.key,
            "case_id": doing.order.case_id,
            "position": doing.position,
            "step": doing.label,
            "pivot": terms.pivot,
            "arguments_hash": "" if doing.back else doing.arguments_hash,
            "system": terms.system,
            "attempts": attempt,
            "at": stored(connection, self.clock.now()),
            "case_state": (CaseState.UNWINDING if doing.back else CaseState.RUNNING).value,
        }
        (sql.INTEND_BACK if doing.back else sql.INTEND).run(connection, values)


def settle(doing: Doing, outcome: Outcome, connection: sa.Connection) -> None:
    """Write what came of an attempt; the same whenever it is written again."""
    spent, ended_at = outcome.spent, outcome.ended_at
    if spent is None or ended_at is None:
        return
    values = {
        "key": doing.key,
        "case_id": doing.order.case_id,
        "position": doing.position,
        "attempts": spent.attempts,
        "elapsed_ms": spent.elapsed_ms,
        "outside_ms": spent.outside_ms,
        "at": stored(connection, ended_at),
    }
    if outcome.kind != "done":
        detail = "; ".join(f"{fault.code}: {fault.detail}" for fault in outcome.faults)
        values |= {"state": UNKNOWN if outcome.doubt else HELD, "detail": detail}
        (sql.STUMBLE_BACK if doing.back else sql.STUMBLE).run(connection, values)
        return
    state = (StepState.UNDONE if doing.back else StepState.DONE).value
    values |= {
        "state": state,
        "result": outcome.result,
        "external_id": outcome.external_id,
        "ref": f"{doing.name}:{state}",
        "what": "step undone" if doing.back else "step done",
        "told": f"{doing.label} {outcome.external_id}".strip(),
    }
    (sql.SETTLE_BACK if doing.back else sql.SETTLE).run(connection, values)


def reverse(doing: Doing, at: dt.datetime, connection: sa.Connection) -> None:
    """Write that a person reversed a pivot by a document of its own."""
    values = {
        "key": doing.key,
        "case_id": doing.order.case_id,
        "position": doing.position,
        "at": stored(connection, at),
        "ref": f"reversed:{doing.label}",
        "what": "step reversed",
        "told": doing.label,
    }
    sql.REVERSE.run(connection, values)


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


def _stands(connection: sa.Connection, case_id: str) -> bool:
    """Whether a pivot may stand; cancelling then came too late and is forgotten."""
    if not sql.PIVOTS.ask(connection, {"case_id": case_id}):
        return False
    sql.FORGET_CANCEL.run(connection, {"case_id": case_id})
    return True


def _fixes(connection: sa.Connection, case_id: str) -> dict[str, str]:
    fixes: dict[str, str] = {}
    for row in sql.FIXES.ask(connection, {"case_id": case_id}):
        fixes |= msgspec.json.decode(row.answers or "{}", type=dict[str, str])
    return fixes
