"""Looking into the effect ledger: what a case has done to the world, and whether it stands."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import sqlalchemy as sa
from msgspec import Struct

from kit.store import Store
from kit.store.tables import EFFECT

EffectState = Literal["intended", "done", "undone", "held", "unknown"]


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """One effect: intended before the call; `unknown` when a call ended and nobody knows whether it acted."""

    key: str
    step: str
    position: int
    pivot: bool
    state: EffectState
    external_id: str
    attempts: int
    intended_at: dt.datetime
    ended_at: dt.datetime | None


async def effects_of(store: Store, case_id: str) -> list[LedgerEntry]:
    """The effects of a case, in order."""
    query = sa.select(EFFECT).where(EFFECT.c.case_id == case_id).order_by(EFFECT.c.position, EFFECT.c.key)
    async with store.read() as connection:
        found = list(await connection.execute(query))
    return [
        LedgerEntry(
            key=row.key,
            step=row.step,
            position=row.position,
            pivot=row.pivot,
            state=row.state,
            external_id=row.external_id,
            attempts=row.attempts,
            intended_at=row.intended_at,
            ended_at=row.ended_at,
        )
        for row in found
    ]
