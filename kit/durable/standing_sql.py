"""The statements of a case's standing."""

from __future__ import annotations

from typing import Final

from kit.store.script import Script

QUEUE: Final = "queue"
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
FACT: Final = Script(
    """insert into case_fact (case_id, name, value) values (:case_id, :name, :value)
       on conflict (case_id, name) do update set value = excluded.value"""
)
CLOSED: Final = Script("select closed_at from case_file where case_id = :case_id")
CLOSE: Final = Script(
    "update case_file set changed_at = :at, closed_at = :at, state = :state where case_id = :case_id",
    """insert into audit (case_id, ref, at, actor, what, detail)
       values (:case_id, :ref, :at, 'sluice', :what, :detail) on conflict (case_id, ref) do nothing""",
)
WITHDRAW: Final = Script(
    """update business_exception set state = 'withdrawn', fixed_at = :at
       where case_id = :case_id and state = 'open'"""
)
