"""The breaks of one tenant in the store: kept from run to run, closed by people, gone when the systems agree again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.field import Record
from contracts.canonical.money import Money
from contracts.canonical.reconciliation import (
    Age,
    Break,
    BreakClass,
    BreakPage,
    BreakState,
    ObjectKind,
    Resolution,
)
from contracts.problem import Kind, Problem
from kit.durable.paging import after, cursor_at
from kit.store import put
from kit.store.database import in_parts
from kit.store.reconciliation import RECON_BREAK
from process_apis.reconciliation.standing import Found, Known, became, shown_class

_T: Final = RECON_BREAK.c
_STANDING: Final = tuple(each.value for each in BreakState if each is not BreakState.RESOLVED)
_CLOSABLE: Final = (BreakState.OPEN.value, BreakState.IN_FLIGHT.value)
_SUMS: Final = (ObjectKind.BILLING.value, ObjectKind.PAYMENT.value)
_CAUSES: Final = (ObjectKind.DOCUMENT.value, ObjectKind.CONTRACT.value)
_BESIDE: Final = (BreakClass.DUPLICATE.value, BreakClass.ORPHAN.value)  # never counted among what sales was told
_VALUED: Final = (BreakClass.AMOUNT.value, BreakClass.TAX.value, BreakClass.ROUNDING.value)
_AGES: Final = ((1, Age.DAY), (7, Age.WEEK), (30, Age.MONTH))


@dataclass(frozen=True)
class Breaks:
    """Breaks within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def record(self, run_id: str, found: Sequence[Found]) -> None:
        """Keep what a run found; recording it again changes nothing."""
        known = await self._known([each.break_id for each in found])
        for each in found:
            before = known.get(each.break_id)
            if before is None or before.run_id != run_id or before.fingerprint != each.fingerprint:
                await self._keep(run_id, each, before)

    async def gone(
        self, run_id: str, *, began_at: dt.datetime, kinds: Collection[str], entities: Collection[str], as_of: dt.date
    ) -> list[tuple[str, str]]:
        """Resolve what a run would have found and did not; the breaks with the cases of their work items.

        What another run has seen since this one began may have come after it read, and stays.
        """
        where = (_T.tenant == self.tenant) & _T.state.in_(_STANDING) & (_T.run_id != run_id) & _T.kind.in_(list(kinds))
        where &= (_T.said_on <= as_of.isoformat()) & (_T.last_seen_at < began_at)
        if entities:
            where &= _T.legal_entity_id.in_(list(entities))
        rows = list(await self.connection.execute(sa.select(_T.break_id, _T.case_id).where(where)))
        closing = {"state": BreakState.RESOLVED.value, "closed_by": "reconciliation", "closed_at": self.now}
        told = "the systems agree again"
        await self.connection.execute(sa.update(RECON_BREAK).where(where).values(**closing, reason=told))
        return [(row.break_id, row.case_id) for row in rows]

    async def follow(self, run_id: str) -> None:
        """Mark what sales was told that only follows from another break of the same deal: it goes with that one.

        It follows where the documents of the deal are as far apart to the cent, or the CRM has no such deal.
        """
        mine = (_T.tenant == self.tenant) & (_T.run_id == run_id)
        told = mine & _T.kind.in_(_SUMS) & (_T.case_id == "") & _T.state.in_(_CLOSABLE) & (_T.amount != "")
        for row in list(await self.connection.execute(sa.select(RECON_BREAK).where(told))):
            same = mine & (_T.deal_id == row.deal_id) & _T.kind.in_(_CAUSES) & _T.state.in_(_STANDING)
            causes = list(await self.connection.execute(sa.select(RECON_BREAK).where(same)))
            if _explains(causes, row):
                await self._set(row.break_id, state=BreakState.FOLLOWS.value)

    async def unassigned(self, limit: int) -> list[tuple[str, int]]:
        """Open breaks without a work item, with their occurrence."""
        mine = (_T.tenant == self.tenant) & (_T.state == BreakState.OPEN.value) & (_T.case_id == "")
        query = sa.select(_T.break_id, _T.occurrence).where(mine).order_by(_T.break_id).limit(limit)
        return [(row.break_id, row.occurrence) for row in await self.connection.execute(query)]

    async def assign(self, break_id: str, case_id: str) -> None:
        """Note the case of a work item."""
        await self._set(break_id, case_id=case_id)

    async def one(self, break_id: str) -> Break:
        """One break.

        Raises:
            Problem: not_found.

        """
        mine = (_T.tenant == self.tenant) & (_T.break_id == break_id)
        row = (await self.connection.execute(sa.select(RECON_BREAK).where(mine))).first()
        if row is None:
            raise Problem(Kind.NOT_FOUND, "break_not_found", f"there is no break {break_id}")
        return shown(row, self.now)

    async def page(
        self,
        *,
        state: BreakState | None,
        kind: ObjectKind | None,
        break_class: BreakClass | None,
        legal_entity_id: str | None,
        cursor: str,
        limit: int,
    ) -> BreakPage:
        """A page of breaks, the longest standing first."""
        query = sa.select(RECON_BREAK).where(_T.tenant == self.tenant)
        if state is not None:
            query = query.where(_T.state == state.value)
        if kind is not None:
            query = query.where(_T.kind == kind.value)
        if break_class is BreakClass.TIMING:
            query = query.where(_T.state == BreakState.IN_FLIGHT.value)
        elif break_class is not None:
            query = query.where(_T.break_class == break_class.value, _T.state != BreakState.IN_FLIGHT.value)
        if legal_entity_id is not None:
            query = query.where(_T.legal_entity_id == legal_entity_id)
        query = after(query, cursor, moment=_T.first_seen_at, key=_T.break_id)
        rows = list(await self.connection.execute(query.order_by(_T.first_seen_at, _T.break_id).limit(limit + 1)))
        last = cursor_at(rows[limit - 1].first_seen_at, rows[limit - 1].break_id) if len(rows) > limit else None
        return BreakPage(items=[shown(row, self.now) for row in rows[:limit]], next_cursor=last)

    async def close(self, break_id: str, *, resolution: Resolution, reason: str, by: str) -> bool:
        """Close an open break; whether it was open."""
        explained = resolution is Resolution.EXPLAINED
        values = {
            "state": (BreakState.EXPLAINED if explained else BreakState.RESOLVED).value,
            "resolution": resolution.value,
            "reason": reason,
            "closed_by": by,
            "closed_at": self.now,
        }
        mine = (_T.tenant == self.tenant) & (_T.break_id == break_id) & _T.state.in_(_CLOSABLE)
        done = await self.connection.execute(sa.update(RECON_BREAK).where(mine).values(**values))
        return done.rowcount > 0

    async def _known(self, break_ids: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for part in in_parts(break_ids):
            query = sa.select(RECON_BREAK).where(_T.tenant == self.tenant, _T.break_id.in_(part))
            found.update((row.break_id, row) for row in await self.connection.execute(query))
        return found

    async def _keep(self, run_id: str, found: Found, before: Any) -> None:
        known = None
        if before is not None:
            state = BreakState(before.state)
            known = Known(state=state, fingerprint=before.fingerprint, occurrence=before.occurrence)
        after_it = became(known, found)
        row: dict[str, Any] = {
            "tenant": self.tenant,
            "break_id": found.break_id,
            "kind": found.kind.value,
            "key": found.row.key,
            "break_class": found.break_class.value,
            "state": after_it.state.value,
            "legal_entity_id": found.row.legal_entity_id,
            "deal_id": found.deal,
            "said_on": found.said_on,
            "fingerprint": found.fingerprint,
            "amount": found.difference,
            "currency": found.currency,
            "run_id": run_id,
            "last_seen_at": self.now,
            "occurrence": after_it.occurrence,
            "found": msgspec.json.encode(found).decode(),
        }
        begun: dict[str, Any] = {"first_seen_at": self.now, "case_id": ""}
        if after_it.anew:
            row |= begun | {"resolution": "", "reason": "", "closed_by": "", "closed_at": None}
        await put(self.connection, RECON_BREAK, begun | row, keep=frozenset() if after_it.anew else frozenset(begun))

    async def _set(self, break_id: str, **values: object) -> None:
        mine = (_T.tenant == self.tenant) & (_T.break_id == break_id)
        await self.connection.execute(sa.update(RECON_BREAK).where(mine).values(**values))


def shown(row: Any, now: dt.datetime) -> Break:
    """A break as it is told."""
    found = msgspec.json.decode(row.found, type=Found)
    state = BreakState(row.state)
    return Break(
        break_id=row.break_id,
        break_class=shown_class(BreakClass(row.break_class), state),
        state=state,
        row=found.row,
        systems=[Record(each) for each in found.systems],
        explanation=found.explanation,
        owner_role=found.owner_role,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        age=age_of(row.first_seen_at, row.closed_at or now),
        run_id=row.run_id,
        difference=Money(amount=Decimal(row.amount), currency=row.currency) if row.amount and row.currency else None,
        hours_difference=Decimal(found.hours) if found.hours else None,
        case_id=row.case_id,
        occurrence=row.occurrence,
        resolution=Resolution(row.resolution) if row.resolution else None,
        reason=row.reason,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
    )


def age_of(since: dt.datetime, now: dt.datetime) -> Age:
    """The bracket of an age."""
    return next((age for days, age in _AGES if now - since < dt.timedelta(days=days)), Age.OLDER)


def _explains(causes: Sequence[Any], row: Any) -> bool:
    """Whether the documents of a deal are as far apart, or the deal itself is gone.

    A document that lost its key, or is gone, may have been paid; what is open then differs by the others alone.
    """
    documents = [each for each in causes if each.kind == ObjectKind.DOCUMENT.value and each.break_class not in _BESIDE]
    apart = [each for each in documents if each.amount and each.currency == row.currency]
    valued = [each for each in apart if each.break_class in _VALUED]
    ways = [apart, valued] if row.kind == ObjectKind.PAYMENT.value else [apart]
    contracts = [each for each in causes if each.kind == ObjectKind.CONTRACT.value]
    unsold = any(Record.CRM.value in msgspec.json.decode(each.found, type=Found).systems for each in contracts)
    missing = any(each.break_class == BreakClass.MISSING.value for each in contracts)
    told = Decimal(row.amount)
    return any(way and told == -sum((Decimal(each.amount) for each in way), Decimal(0)) for way in ways) or (
        unsold and missing
    )
