"""Letting go: journals of closed cases, answers and inbox marks go by age; business rows stay unless policy says."""

from __future__ import annotations

import datetime as dt
from typing import Final

import sqlalchemy as sa
from msgspec import Struct

from kit.audit.sequencing import sequence_all
from kit.clock import Clock
from kit.durable.order import Post
from kit.store import Store
from kit.store.audit_chain import AUDIT_ENTRY
from kit.store.tables import (
    ANSWERED,
    APPROVAL,
    AUDIT,
    BUSINESS_EXCEPTION,
    CASE_FACT,
    CASE_FILE,
    CASE_STEP,
    CASE_WAIT,
    EFFECT,
    INBOX,
    KEPT_JOURNAL,
)

_AT_ONCE: Final = 200
_OF_A_CASE: Final = (CASE_FACT, CASE_STEP, CASE_WAIT, EFFECT, BUSINESS_EXCEPTION, APPROVAL, AUDIT, KEPT_JOURNAL)


class Retention(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days to keep. `cases` is None where business rows are kept for ever, and then they are.

    An inbox mark that is gone lets a very late repetition in again; the case of its business key still stands.
    """

    journals: int = 30
    answers: int = 30
    inbox: int = 400
    cases: int | None = None


class Aged(Struct, frozen=True, kw_only=True):
    """How many of each were let go."""

    journals: int
    answers: int
    inbox: int
    cases: int


async def aged_out(store: Store, post: Post, retention: Retention, *, tenant: str, clock: Clock) -> Aged:
    """Let go, some hundred cases at once; call it again until nothing is left.

    A case goes once its lines of the trail are chained; their entries stay, and are redacted by people if they must go.
    """
    now = clock.now()
    journals = await _closed(store, tenant=tenant, before=now - dt.timedelta(days=retention.journals))
    if journals:
        await post.forget(journals)
        await _mark(store, journals)
    async with store.write() as connection:
        answers = sa.delete(ANSWERED).where(ANSWERED.c.at < now - dt.timedelta(days=retention.answers))
        inbox = sa.delete(INBOX).where(INBOX.c.received_at < now - dt.timedelta(days=retention.inbox))
        answered, taken = await connection.execute(answers), await connection.execute(inbox)
    cases = 0
    if retention.cases is not None:
        await sequence_all(store, tenant=tenant, clock=clock)
        cases = await _cases(store, tenant=tenant, before=now - dt.timedelta(days=retention.cases))
    return Aged(journals=len(journals), answers=answered.rowcount, inbox=taken.rowcount, cases=cases)


async def _closed(store: Store, *, tenant: str, before: dt.datetime) -> list[str]:
    table = CASE_FILE.c
    query = (
        sa.select(table.case_id)
        .where(table.tenant == tenant, table.closed_at < before, table.journal_kept.is_(True))
        .order_by(table.closed_at)
        .limit(_AT_ONCE)
    )
    async with store.read() as connection:
        return list((await connection.execute(query)).scalars())


async def _mark(store: Store, case_ids: list[str]) -> None:
    async with store.write() as connection:
        gone = sa.update(CASE_FILE).where(CASE_FILE.c.case_id.in_(case_ids)).values(journal_kept=False)
        await connection.execute(gone)


async def _cases(store: Store, *, tenant: str, before: dt.datetime) -> int:
    """Cases go whole, and only after their journals."""
    table = CASE_FILE.c
    query = (
        sa.select(table.case_id)
        .where(table.tenant == tenant, table.closed_at < before, table.journal_kept.is_(False), ~_unchained())
        .limit(_AT_ONCE)
    )
    async with store.write() as connection:
        case_ids = list((await connection.execute(query)).scalars())
        for each in (*_OF_A_CASE, CASE_FILE):
            await connection.execute(sa.delete(each).where(each.c.case_id.in_(case_ids), *_but_the_newest(each)))
    return len(case_ids)


def _unchained() -> sa.ColumnElement[bool]:
    """Whether a line of the case stands in no chain yet."""
    chained = sa.exists().where(AUDIT_ENTRY.c.source == AUDIT.c.seq)
    return sa.exists().where(AUDIT.c.case_id == CASE_FILE.c.case_id, ~chained)


def _but_the_newest(table: sa.Table) -> list[sa.ColumnElement[bool]]:
    """The newest line of the trail stays: SQLite would give its number again, and the chain has it once."""
    if table is not AUDIT:
        return []
    return [AUDIT.c.seq < sa.select(sa.func.max(AUDIT.c.seq)).scalar_subquery()]
