"""One line of a run's journal, looked up or written by the engine's own statements, in two visits to its threads.

The engine's public way (`DBOS.run_step_async`) takes three visits and wraps a step for retries, limits of time and
spans, none of which we ask of it; a visit costs about as much CPU as a statement. What is used here of its inside is
pinned by a test.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from dbos import DBOS
from dbos._context import DBOSContext, EnterDBOSStepCtx, snapshot_step_context  # the only way to a position
from dbos._serialization import deserialize_exception, deserialize_value  # rows are read by the tag they bear
from dbos._sys_db import RecordedResult

from kit.durable.journal import NAME, Journal
from kit.durable.recording import decoded, encoded, problem_of

_JOURNAL: Final = Journal()


class Lines:
    """The journals of one engine."""

    def __init__(self, engine: DBOS) -> None:
        self._engine = engine

    async def line(self, name: str, work: Callable[[], Awaitable[Any]]) -> str:
        """The next line of the run that is executed here, as JSON: what stands there, or the work done now and written.

        Raises:
            Problem: the work failed, now or when it was done.

        """
        context = snapshot_step_context()
        assert context is not None  # noqa: S101 - only a run has lines
        await self._engine._configure_asyncio_thread_pool()  # noqa: SLF001 - as the engine's own calls do
        with EnterDBOSStepCtx({"name": name, "operationType": "step"}, context):
            found = await asyncio.to_thread(self._look, context, name)
            if found is not None:
                return _answer(found)
            began_ms = int(time.time() * 1000)
            try:
                text = encoded(await work())
            except Exception as failure:
                text = encoded(problem_of(failure))
                await asyncio.to_thread(self._write, context, name, error=text, began_ms=began_ms)
                raise decoded(text) from failure
            await asyncio.to_thread(self._write, context, name, output=text, began_ms=began_ms)
            return text

    def _look(self, context: DBOSContext, name: str) -> RecordedResult | None:
        """What stands at the position; an engine's error when the run was cancelled or the road took another turn."""
        system = self._engine._sys_db  # noqa: SLF001 - its tables, read by its own statements
        return system.check_operation_execution(context.workflow_id, context.function_id, name)

    def _write(
        self, context: DBOSContext, name: str, *, output: str | None = None, error: str | None = None, began_ms: int
    ) -> None:
        """Write the line; refused when another executor owns the run by now."""
        system = self._engine._sys_db  # noqa: SLF001 - its tables, written by its own statements
        system.record_operation_result(
            {
                "workflow_uuid": context.workflow_id,
                "function_id": context.function_id,
                "function_name": name,
                "output": output,
                "error": error,
                "serialization": NAME,
                "started_at_epoch_ms": began_ms,
                "child_workflow_id": None,
            }
        )


def _answer(found: RecordedResult) -> str:
    tag = found["serialization"]
    if found["error"] is not None:
        raise deserialize_exception(found["error"], tag, _JOURNAL)
    if tag == NAME and found["output"] is not None:
        return found["output"]
    return encoded(deserialize_value(found["output"], tag, _JOURNAL))
