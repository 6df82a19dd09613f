"""Lines of the engine's journal, in statements that travel in a transaction of ours; they follow the engine's own.

Both touch rows of one run only, and find nothing when another executor owns it by now.
"""

from __future__ import annotations

from typing import Final

from kit.store.script import NOW_S, Script

_OWNED: Final = "workflow_status where workflow_uuid = :run and owner_xid = :owner"
_LINE: Final = f"""
    (workflow_uuid, function_id, function_name, started_at_epoch_ms, completed_at_epoch_ms,
     output, error, serialization, application_name, retention_timestamp)
    select workflow_uuid, cast(:position as integer), cast(:name as text), cast(:began_ms as bigint),
           cast(:ended_ms as bigint), cast(:output as text), cast(:error as text), cast(:tag as text),
           cast(:app as text), cast({NOW_S} * 1000 as bigint)"""
_AGAIN: Final = """
    on conflict (workflow_uuid, function_id)
    do update set completed_at_epoch_ms = operation_outputs.completed_at_epoch_ms
    returning completed_at_epoch_ms as ended_ms"""

# The lock on the run is the engine's: it says that no hand-over lands between this look and the commit.
FENCE: Final = Script(
    f"select 1 as owned from {_OWNED}",  # noqa: S608 - our own words
    postgresql=f"select 1 as owned from dbos.{_OWNED} for no key update",  # noqa: S608 - our own words
)
# A line that stands answers with when it was written: its own moment when this is a repetition of ours.
WRITE: Final = Script(
    f"insert into operation_outputs {_LINE} from {_OWNED} {_AGAIN}",
    postgresql=f"insert into dbos.operation_outputs {_LINE} from dbos.{_OWNED} for no key update {_AGAIN}",
)
