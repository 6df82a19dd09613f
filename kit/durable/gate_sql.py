"""The statements of the gates; `{now_s}` is the database's clock, because those of workers differ."""

from __future__ import annotations

from typing import Final

from kit.store.script import Script

# Locks the gate on PostgreSQL; on SQLite whoever writes is alone already.
GATE: Final = Script(
    """insert into vendor_gate (connection, free_at_s) values (:connection, 0)
       on conflict (connection) do update set free_at_s = vendor_gate.free_at_s"""
)
SWEEP: Final = Script("delete from vendor_slot where connection = :connection and expires_s < {now_s}")
STAND_IN_LINE: Final = Script(
    """insert into vendor_slot (holder, connection, priority, asked_s, expires_s, held)
        values (:holder, :connection, :priority, {now_s}, {now_s} + :wait_s, false)
        on conflict (holder) do update set expires_s = excluded.expires_s"""
)
LOOK: Final = Script(
    """select g.free_at_s, {now_s} as now_s,
               (select count(*) from vendor_slot s where s.connection = g.connection and s.held) as held,
               (select count(*) from vendor_slot s, vendor_slot m
                where m.holder = :holder and s.connection = g.connection and not s.held
                  and (s.priority, s.asked_s, s.holder) < (m.priority, m.asked_s, m.holder)) as ahead
        from vendor_gate g where g.connection = :connection"""
)
TAKE: Final = Script(
    """update vendor_gate set free_at_s = :interval_s
               + case when free_at_s > {now_s} then free_at_s else {now_s} end
        where connection = :connection""",
    "update vendor_slot set held = true, expires_s = {now_s} + :lease_s where holder = :holder",
)
RENEW: Final = Script("update vendor_slot set expires_s = {now_s} + :lease_s where holder = :holder")
LEAVE: Final = Script("delete from vendor_slot where holder = :holder")
