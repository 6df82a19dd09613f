"""The lines of one run's journal: looked up until one is missing, and then written with what the run records next.

A road does nothing of its own between two lines, so the answer of one and the intent of the next are one transaction,
and one visit to a thread, where the engine's public way (`DBOS.run_step_async`) takes three of both. A line that could
not be written by then is as if the process had died after the work: a replay does the work again, under the same key.
What is used here of the engine's inside is pinned by tests.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from dbos import DBOS
from dbos import error as engine_error
from dbos._context import (  # the only way to a position and to the token of ownership
    DBOSContext,
    EnterDBOSStepCtx,
    assert_current_dbos_context,
    snapshot_step_context,
)
from dbos._serialization import deserialize_exception, deserialize_value  # rows are read by the tag they bear
from dbos._sys_db import RecordedResult

from kit.durable import line_sql as sql
from kit.durable.journal import NAME, Journal
from kit.durable.order import Owed
from kit.durable.recording import decoded, encoded, problem_of
from kit.durable.steadfast import LOST

T = TypeVar("T")

_JOURNAL: Final = Journal()
_NOWHERE: Final = 0  # positions begin at 1


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line that is not written yet, or not surely; `output` or `error` is its text."""

    position: int
    name: str
    began_ms: int
    ended_ms: int
    output: str | None = None
    error: str | None = None


class _NotOurs(Exception):
    """Ends a transaction of a run that may write no more; `reason` is what the engine raises then."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Debt:
    """Writes lines in somebody's transaction, and refuses it when another executor owns the run by now."""

    def __init__(self, engine: DBOS, context: DBOSContext, lines: Sequence[_Line]) -> None:
        self._id = context.workflow_id
        self._row = {
            "run": context.workflow_id,
            "owner": context.owner_xid,
            "app": engine._sys_db.app_name,  # noqa: SLF001 - the engine notes it on each line
            "tag": NAME,
        }
        self._lines = tuple(lines)
        self.paid = False

    def __call__(self, connection: sa.Connection) -> None:
        """Pay; whether the transaction stands in the end is for its owner to know."""
        if not self._lines and not sql.FENCE.ask(connection, self._row):
            raise _NotOurs(engine_error.DBOSWorkflowConflictIDError(self._id))
        for line in self._lines:
            written = sql.WRITE.ask(connection, self._row | vars(line))
            if not written:
                raise _NotOurs(engine_error.DBOSWorkflowConflictIDError(self._id))
            if written[0].ended_ms != line.ended_ms:
                raise _NotOurs(engine_error.DBOSStepNondeterminismError(self._id, line.position))
        self.paid = True


class Lines:
    """The journal of the run that is executed here."""

    def __init__(self, engine: DBOS) -> None:
        self._engine = engine
        self._past = False
        self._unwritten: list[_Line] = []

    async def line(self, name: str, work: Callable[..., Awaitable[Any]], *, owed: Owed) -> str:
        """The next line, as JSON: what stands there, or the work done now, to be written with what is recorded next.

        Raises:
            Problem: the work failed, now or when it was done.

        """
        context = snapshot_step_context()
        assert context is not None  # noqa: S101 - only a run has lines
        with EnterDBOSStepCtx({"name": name, "operationType": "step"}, context):
            if not self._past:
                found = await self._away(self._look, context, context.function_id, name)
                if found is not None:
                    return _answer(found)
                self._past = True
            began_ms = _now_ms()
            try:
                text = encoded(await self._done(context, work, owed))
            except _NotOurs as end:
                raise end.reason from None
            except Exception as failure:
                text = encoded(problem_of(failure))
                self._note(context, name, began_ms=began_ms, error=text)
                raise decoded(text) from failure
            self._note(context, name, began_ms=began_ms, output=text)
            return text

    async def with_lines(self, work: Callable[..., Awaitable[T]], *, owed: Owed) -> T:
        """Do work that is no line of its own, in a transaction that writes those that are still unwritten."""
        try:
            return await self._done(assert_current_dbos_context(), work, owed)
        except _NotOurs as end:
            raise end.reason from None

    async def write(self) -> None:
        """Write what is unwritten now, by the engine's own statements, which wait for their database without end."""
        lines, self._unwritten = self._unwritten, []
        context = assert_current_dbos_context()
        for line in lines:
            await self._away(self._write, context, line)

    async def _done(self, context: DBOSContext, work: Callable[..., Awaitable[T]], owed: Owed) -> T:
        """Do work; when the database stays away for longer than our patience, once more after it has come back."""
        debt = _Debt(self._engine, context, self._unwritten)
        try:
            answer = await work(owed=[debt, *owed])
        except _NotOurs:
            self._unwritten.clear()
            raise
        except LOST:
            await self.write()
            await self._away(self._look, context, _NOWHERE, "")
            debt = _Debt(self._engine, context, ())
            answer = await work(owed=[debt, *owed])
        if debt.paid:
            self._unwritten.clear()
        return answer

    def _note(
        self, context: DBOSContext, name: str, *, began_ms: int, output: str | None = None, error: str | None = None
    ) -> None:
        line = _Line(
            position=context.function_id,
            name=name,
            began_ms=began_ms,
            ended_ms=_now_ms(),
            output=output,
            error=error,
        )
        self._unwritten.append(line)

    async def _away(self, work: Callable[..., T], *given: Any) -> T:
        """Do what blocks on a thread of the engine."""
        await self._engine._configure_asyncio_thread_pool()  # noqa: SLF001 - as the engine's own calls do
        return await asyncio.to_thread(work, *given)

    def _look(self, context: DBOSContext, position: int, name: str) -> RecordedResult | None:
        """What stands at a position; an engine's error when the run was cancelled or the road took another turn."""
        system = self._engine._sys_db  # noqa: SLF001 - its tables, read by its own statements
        return system.check_operation_execution(context.workflow_id, position, name)

    def _write(self, context: DBOSContext, line: _Line) -> None:
        """Write a line; refused when another executor owns the run by now."""
        system = self._engine._sys_db  # noqa: SLF001 - its tables, written by its own statements
        system.record_operation_result(
            {
                "workflow_uuid": context.workflow_id,
                "function_id": line.position,
                "function_name": line.name,
                "output": line.output,
                "error": line.error,
                "serialization": NAME,
                "started_at_epoch_ms": line.began_ms,
                "child_workflow_id": None,
            },
            completed_at_epoch_ms=line.ended_ms,
        )


def _answer(found: RecordedResult) -> str:
    tag = found["serialization"]
    if found["error"] is not None:
        raise deserialize_exception(found["error"], tag, _JOURNAL)
    if tag == NAME and found["output"] is not None:
        return found["output"]
    return encoded(deserialize_value(found["output"], tag, _JOURNAL))


def _now_ms() -> int:
    return int(time.time() * 1000)
