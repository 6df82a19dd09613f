"""The ledger's statements; each group touches rows of its own, so that PostgreSQL may take it as one."""

from __future__ import annotations

from typing import Final

from kit.store.script import Script

LOOK: Final = Script(
    """select c.cancel_reason, e.state, e.arguments_hash, e.result, e.attempts,
              s.attempts as step_attempts, s.outside_ms,
              exists (select 1 from business_exception x
                      where x.case_id = c.case_id and x.state = 'fixed') as fixed
       from case_file c
       left join effect e on e.key = :key
       left join case_step s on s.case_id = c.case_id and s.position = :position
       where c.case_id = :case_id"""
)
FIXES: Final = Script(
    """select answers from business_exception where case_id = :case_id and state = 'fixed'
       order by fixed_at, exception_id"""
)
PIVOTS: Final = Script(
    """select 1 from effect
       where case_id = :case_id and pivot and state in ('done', 'intended', 'unknown') limit 1"""
)
FORGET_CANCEL: Final = Script("update case_file set cancel_reason = '', cancel_by = '' where case_id = :case_id")

_EFFECT: Final = """
    insert into effect (key, case_id, position, step, pivot, arguments_hash, state, attempts, intended_at)
    values (:key, :case_id, :position, :step, :pivot, :arguments_hash, 'intended', :attempts, :at)
    on conflict (key) do update set
        case_id = excluded.case_id, position = excluded.position, step = excluded.step, pivot = excluded.pivot,
        arguments_hash = excluded.arguments_hash, state = excluded.state, attempts = excluded.attempts"""
_STEP: Final = """
    insert into case_step (case_id, position, name, state, key, system, attempts, started_at)
    values (:case_id, :position, :step, 'intended', :key, :system, :attempts, :at)
    on conflict (case_id, position) do update set
        name = excluded.name, state = excluded.state, key = excluded.key, system = excluded.system"""
_CASE: Final = """
    update case_file set changed_at = :at, state = :case_state, step = :step
    where case_id = :case_id and closed_at is null"""
INTEND: Final = Script(_EFFECT, f"{_STEP}, attempts = excluded.attempts", _CASE)
INTEND_BACK: Final = Script(_STEP, _CASE)

_SPENT: Final = """
    update case_step set elapsed_ms = :elapsed_ms, outside_ms = :outside_ms, attempts = :attempts, ended_at = :at"""
_OF_STEP: Final = "where case_id = :case_id and position = :position"
_NOTE: Final = """
    insert into audit (case_id, ref, at, actor, what, detail)
    values (:case_id, :ref, :at, 'sluice', :what, :told) on conflict (case_id, ref) do nothing"""
SETTLE: Final = Script(
    """update effect set state = :state, ended_at = :at, result = :result, external_id = :external_id,
              attempts = :attempts where key = :key""",
    f"{_SPENT}, state = :state, detail = '', external_id = :external_id {_OF_STEP}",
    _NOTE,
)
SETTLE_BACK: Final = Script(
    "update effect set state = :state, ended_at = :at where key = :key",
    f"{_SPENT}, state = :state, detail = '' {_OF_STEP}",
    _NOTE,
)
STUMBLE: Final = Script(
    "update effect set state = :state, attempts = :attempts where key = :key",
    f"{_SPENT}, state = 'failed', detail = :detail {_OF_STEP}",
)
STUMBLE_BACK: Final = Script(f"{_SPENT}, state = 'failed', detail = :detail {_OF_STEP}")
REVERSE: Final = Script(
    "update effect set state = 'undone', ended_at = :at where key = :key",
    "update case_step set state = 'undone' where case_id = :case_id and position = :position",
    _NOTE,
)
