"""The statements of a case's standing."""

from __future__ import annotations

from typing import Final

from kit.store.script import Script

BEGUN: Final = Script(
    """insert into case_wait (case_id, ref, cause, owner_role, started_at, ended_at, detail)
       select case_id, 'queue', :cause, '', opened_at, :at, :detail from case_file where case_id = :case_id
       on conflict (case_id, ref) do nothing"""
)
RECORD: Final = Script(
    """update case_file set changed_at = :at, title = coalesce(:title, title),
              at_stake_amount = coalesce(:amount, at_stake_amount),
              at_stake_currency = coalesce(:currency, at_stake_currency),
              legal_entity_id = coalesce(:legal_entity_id, legal_entity_id)
       where case_id = :case_id and closed_at is null"""
)
_FACT: Final = """
    insert into case_fact (case_id, name, value) values (:case_id, :name, :value)
    on conflict (case_id, name) do update set value = excluded.value"""
FACT: Final = Script(_FACT)
# One row for each wait but the queue's, or one row without.
SPENT: Final = Script(
    """select c.opened_at, c.closed_at, w.started_at, w.ended_at,
              (select coalesce(sum(s.outside_ms), 0) from case_step s where s.case_id = c.case_id) as outside_ms
       from case_file c left join case_wait w on w.case_id = c.case_id and w.ref <> 'queue'
       where c.case_id = :case_id"""
)
CLOSE: Final = Script(
    _FACT,
    "update case_file set changed_at = :at, closed_at = :at, state = :state where case_id = :case_id",
    """insert into audit (case_id, ref, at, actor, what, detail)
       values (:case_id, :ref, :at, 'sluice', :what, :detail) on conflict (case_id, ref) do nothing""",
)
WITHDRAW: Final = Script(
    """update business_exception set state = 'withdrawn', fixed_at = :at
       where case_id = :case_id and state = 'open'"""
)
