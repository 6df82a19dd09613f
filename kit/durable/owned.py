"""Cases that belong to somebody outside the firm: begun once for a key, found by whose they are and by nobody else.

Whose a case is stands in its facts (`customer_id`), written when it begins and by nobody later.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState, ExceptionState
from contracts.problem import Kind, Problem
from kit.durable.paging import after, cursor_at
from kit.store import Store, insert_once
from kit.store.tables import BUSINESS_EXCEPTION, CASE_FACT, CASE_FILE

WHOSE: Final = "customer_id"
_SAID: Final = "said_sha256"
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """What people were asked about a case last, and what they answered."""

    owner_role: str
    due_at: dt.datetime
    state: ExceptionState
    answers: Mapping[str, str]
    answered_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OwnedCase:
    """One case with its facts."""

    case_id: str
    business_key: str
    state: CaseState
    cancelled: bool
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    facts: Mapping[str, str]
    asked: Asked | None


@dataclass(frozen=True, slots=True)
class OwnedPage:
    """A page, the newest first; `cursor` is None on the last page."""

    items: list[OwnedCase]
    cursor: str | None


def key_of(prefix: str, *parts: str) -> str:
    """The id of what somebody asks for under a key of theirs: the same parts always give the same id."""
    said = "\x1f".join(parts)
    return f"{prefix}-{hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]}"


class OwnedCases:
    """The cases of one process and tenant."""

    def __init__(self, store: Callable[[], Store], *, tenant: str, process: str) -> None:
        self._store = store
        self._tenant = tenant
        self._process = process

    async def own(self, case_id: str, facts: Mapping[str, str]) -> None:
        """Say whose a case is and what was said; saying the same again changes nothing.

        Raises:
            Problem: invalid `idempotency_key_reused`, when it was begun with other words.

        """
        said = hashlib.sha256(msgspec.json.encode(dict(facts), order="deterministic")).hexdigest()
        async with self._store().write() as connection:
            row = {"case_id": case_id, "name": _SAID, "value": said}
            if not await insert_once(connection, CASE_FACT, row):
                before = (await _facts(connection, [case_id]))[case_id]
                if before[_SAID] != said:
                    raise Problem(Kind.INVALID, "idempotency_key_reused", "the key came before with other words")
            for name, value in facts.items():
                await insert_once(connection, CASE_FACT, {"case_id": case_id, "name": name, "value": value})

    async def page(
        self, *, customers: Collection[str] | None, having: Mapping[str, str], cursor: str = "", limit: int = 50
    ) -> OwnedPage:
        """The cases of these customers (None: of all) that have these facts, the newest first; empty ones are ignored.

        Raises:
            Problem: invalid, when the cursor is none of ours.

        """
        table = CASE_FILE.c
        query = self._query(customers=customers, having={name: value for name, value in having.items() if value})
        query = query.order_by(table.opened_at.desc(), table.case_id.desc())
        query = after(query, cursor, moment=table.opened_at, key=table.case_id, descending=True).limit(limit + 1)
        async with self._store().read() as connection:
            found = list(await connection.execute(query))
            items = await _filled(connection, found[:limit])
        more = cursor_at(items[-1].opened_at, items[-1].case_id) if len(found) > limit else None
        return OwnedPage(items, more)

    async def one(self, business_key: str, *, customers: Collection[str] | None) -> OwnedCase | None:
        """The case of a key; None when there is none, or when it is somebody else's."""
        query = self._query(customers=customers, having={}).where(CASE_FILE.c.business_key == business_key)
        async with self._store().read() as connection:
            items = await _filled(connection, list(await connection.execute(query)))
        return items[0] if items else None

    def _query(self, *, customers: Collection[str] | None, having: Mapping[str, str]) -> sa.Select[Any]:
        table, whose = CASE_FILE.c, sa.alias(CASE_FACT, "whose")
        joined: sa.FromClause = CASE_FILE.join(whose, (whose.c.case_id == table.case_id) & (whose.c.name == WHOSE))
        for number, (name, value) in enumerate(sorted(having.items())):
            fact = sa.alias(CASE_FACT, f"having_{number}")
            on = (fact.c.case_id == table.case_id) & (fact.c.name == name) & (fact.c.value == value)
            joined = joined.join(fact, on)
        query = sa.select(CASE_FILE).select_from(joined)
        query = query.where(table.tenant == self._tenant, table.process == self._process)
        return query if customers is None else query.where(whose.c.value.in_(sorted(customers)))


async def _filled(connection: AsyncConnection, rows: list[Any]) -> list[OwnedCase]:
    ids = [row.case_id for row in rows]
    facts, asked = await _facts(connection, ids), await _asked(connection, ids)
    return [
        OwnedCase(
            case_id=row.case_id,
            business_key=row.business_key,
            state=CaseState(row.state),
            cancelled=bool(row.cancel_reason),
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            facts=facts.get(row.case_id, {}),
            asked=asked.get(row.case_id),
        )
        for row in rows
    ]


async def _facts(connection: AsyncConnection, case_ids: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in await connection.execute(sa.select(CASE_FACT).where(CASE_FACT.c.case_id.in_(case_ids))):
        found.setdefault(row.case_id, {})[row.name] = row.value
    return found


async def _asked(connection: AsyncConnection, case_ids: list[str]) -> dict[str, Asked]:
    table = BUSINESS_EXCEPTION.c
    query = sa.select(BUSINESS_EXCEPTION).where(table.case_id.in_(case_ids)).order_by(table.raised_at, table.park)
    return {
        row.case_id: Asked(
            owner_role=row.owner_role,
            due_at=row.due_at,
            state=ExceptionState(row.state),
            answers=msgspec.json.decode(row.answers or "{}", type=dict[str, str]),
            answered_at=row.fixed_at,
        )
        for row in await connection.execute(query)
    }
