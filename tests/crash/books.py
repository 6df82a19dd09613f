"""Reads the store while the storm blows and after it; never writes."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from kit.store.tables import APPROVAL, BUSINESS_EXCEPTION, CASE_FILE, EFFECT, EVENT_LOG, EXECUTOR_LEASE
from kit.store.url import blocking_url
from tests.crash.evidence import Asked, Case, Entry, Said

_HELD: Final = "select workflow_uuid, executor_id from {schema}workflow_status where status = 'PENDING'"
_SCHEMA: Final[Mapping[str, str]] = {"postgresql": "dbos.", "sqlite": ""}


class Books:
    """The store by its tables. A store that is being restarted answers later."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(blocking_url(url), pool_pre_ping=True)
        self._held = sa.text(_HELD.format(schema=_SCHEMA[self._engine.dialect.name]))

    async def cases(self) -> list[tuple[Case, dt.datetime]]:
        """Every case and when it changed last."""
        columns = CASE_FILE.c
        query = sa.select(
            columns.case_id,
            columns.business_key,
            columns.process,
            columns.state,
            columns.step,
            columns.closed_at,
            columns.changed_at,
        )
        return [
            (
                Case(
                    case_id=row.case_id,
                    business_key=row.business_key,
                    process=row.process,
                    state=row.state,
                    step=row.step,
                    closed=row.closed_at is not None,
                ),
                row.changed_at,
            )
            for row in await self._rows(query)
        ]

    async def held_by(self) -> dict[str, str]:
        """Which executor holds which case: the engine's own table, for nothing else knows whom a kill interrupts."""
        return {row.workflow_uuid: row.executor_id for row in await self._rows(self._held)}

    async def beats(self) -> dict[str, float]:
        """When each executor beat last, in seconds since the epoch."""
        return {row.executor_id: float(row.beat_s) for row in await self._rows(sa.select(EXECUTOR_LEASE))}

    async def asked(self) -> list[Asked]:
        """Every exception and approval."""
        exceptions = [
            Asked(
                asked_id=row.exception_id,
                case_id=row.case_id,
                what="exception",
                state=row.state,
                code=row.code,
                answer={"by": row.fixed_by or "", **json.loads(row.answers or "{}")},
            )
            for row in await self._rows(sa.select(BUSINESS_EXCEPTION))
        ]
        approvals = [
            Asked(
                asked_id=row.approval_id,
                case_id=row.case_id,
                what="approval",
                state=row.state,
                code=row.subject,
                answer={"by": row.decided_by or "", "state": row.state},
            )
            for row in await self._rows(sa.select(APPROVAL))
        ]
        return exceptions + approvals

    async def ledger(self) -> list[Entry]:
        """Every effect."""
        return [
            Entry(key=row.key, case_id=row.case_id, position=row.position, step=row.step, state=row.state)
            for row in await self._rows(sa.select(EFFECT))
        ]

    async def events(self) -> list[Said]:
        """Every event of ours."""
        return [
            Said(type=row.type, subject=row.subject, event_id=row.event_id)
            for row in await self._rows(sa.select(EVENT_LOG))
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    async def _rows(self, query: Any) -> list[Any]:
        return await asyncio.to_thread(self._read, query)

    def _read(self, query: Any) -> list[Any]:
        with self._engine.connect() as connection:
            return list(connection.execute(query))
