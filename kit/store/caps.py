"""Caps in the store: who takes of a cap locks it first, so that two who race for the last of it never both get it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import CapStanding, CapTerm, CapVerdict
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.ledger.caps import judged, weight
from contracts.problem import Kind, Problem
from kit.store.actuals import CAP, CAP_USE
from kit.store.database import insert_many_once, insert_once


@dataclass(frozen=True)
class Use:
    """What one entry would take: of which caps, how much, at which rate."""

    use_id: str
    cap_ids: Sequence[str]
    quantity: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Caps:
    """One tenant's caps, within the caller's transaction (rule BIL-3)."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def agree(self, term: CapTerm) -> None:
        """Keep a cap, of which nothing is consumed yet.

        Raises:
            Problem: already_exists.

        """
        row = {
            "tenant": self.tenant,
            "cap_id": term.cap_id,
            "contract_id": term.contract_id,
            "term": _text(term),
            "committed": "0",
            "invoiced": "0",
        }
        if not await insert_once(self.connection, CAP, row):
            raise Problem(Kind.ALREADY_EXISTS, "cap_exists", f"there is a cap {term.cap_id}")

    async def amend(self, term: CapTerm) -> None:
        """Change how much a cap leaves and what it does; what it reaches, and so what was counted, stays (CHG-1).

        Raises:
            Problem: not_found; conflict, when it would reach other work than before.

        """
        [cap] = await self._locked([term.cap_id])
        if replace(cap.term, limit=term.limit, policy=term.policy, tolerance=term.tolerance) != term:
            raise Problem(Kind.CONFLICT, "cap_reach_changed", f"agree another cap instead of {term.cap_id}")
        mine = (CAP.c.tenant == self.tenant) & (CAP.c.cap_id == term.cap_id)
        await self.connection.execute(sa.update(CAP).where(mine).values(term=_text(term)))

    async def of_contract(self, contract_id: str) -> list[CapStanding]:
        """The caps of a contract as they stand, in order of id."""
        mine = (CAP.c.tenant == self.tenant) & (CAP.c.contract_id == contract_id)
        return [
            _standing(row) for row in await self.connection.execute(sa.select(CAP).where(mine).order_by(CAP.c.cap_id))
        ]

    async def take(
        self,
        cap_ids: Sequence[str],
        use_id: str,
        *,
        quantity: Decimal,
        rate: Decimal,
        currency: Currency,
        mode: Rounding = Rounding.HALF_UP,
        waived_by: str = "",
    ) -> CapVerdict:
        """What the caps leave of a quantity; that much is committed on each of them. A refusal commits nothing.

        Raises:
            Problem: not_found, of a cap; already_exists, when the use was taken before.

        """
        caps = await self._locked(cap_ids)
        verdict = judged(quantity, rate, currency, caps, mode=mode, waived_by=waived_by)
        if verdict.code or not verdict.chargeable:
            return verdict
        for cap in caps:
            taken = weight(cap.term, verdict.chargeable, rate, currency, mode=mode)
            await self._charge(cap, use_id, committed=taken, invoiced=Decimal(0))
        return verdict

    async def take_all(
        self, uses: Sequence[Use], *, currency: Currency, mode: Rounding = Rounding.HALF_UP
    ) -> list[CapVerdict]:
        """As `take`, for many uses in the order given, each seeing what those before it took.

        Raises:
            Problem: as `take`; then none of them was taken.

        """
        caps = {cap.term.cap_id: cap for cap in await self._locked([name for use in uses for name in use.cap_ids])}
        verdicts, charged = [], []
        for use in uses:
            mine = [caps[name] for name in sorted(set(use.cap_ids))]
            verdict = judged(use.quantity, use.rate, currency, mine, mode=mode)
            verdicts.append(verdict)
            if verdict.code or not verdict.chargeable:
                continue
            for cap in mine:
                taken = weight(cap.term, verdict.chargeable, use.rate, currency, mode=mode)
                charged.append(self._use(cap.term.cap_id, use.use_id, committed=taken, invoiced=Decimal(0)))
                caps[cap.term.cap_id] = replace(cap, committed=cap.committed + taken)
        inserted = await insert_many_once(self.connection, CAP_USE, charged)
        for row in charged:
            if (row["tenant"], row["cap_id"], row["use_id"]) not in inserted:
                raise Problem(Kind.ALREADY_EXISTS, "cap_use_exists", f"{row['use_id']} was counted before")
        for cap_id in sorted({row["cap_id"] for row in charged}):
            await self._total(caps[cap_id])
        return verdicts

    async def shift(self, cap_id: str, use_id: str, *, committed: Decimal, invoiced: Decimal) -> None:
        """Change what is consumed of a cap: posting moves from committed to invoiced, a cancellation gives back.

        Raises:
            Problem: not_found; already_exists, when the use was told before; conflict, when less than nothing
                would be consumed.

        """
        [cap] = await self._locked([cap_id])
        if cap.committed + committed < 0 or cap.invoiced + invoiced < 0:
            raise Problem(Kind.CONFLICT, "cap_below_nothing", f"{cap_id} has less consumed than is given back")
        await self._charge(cap, use_id, committed=committed, invoiced=invoiced)

    async def _locked(self, cap_ids: Sequence[str]) -> list[CapStanding]:
        wanted = sorted(set(cap_ids))
        mine = (CAP.c.tenant == self.tenant) & CAP.c.cap_id.in_(wanted)
        rows = await self.connection.execute(sa.select(CAP).where(mine).order_by(CAP.c.cap_id).with_for_update())
        found = [_standing(row) for row in rows]
        if len(found) != len(wanted):
            missing = set(wanted) - {cap.term.cap_id for cap in found}
            raise Problem(Kind.NOT_FOUND, "cap_not_found", f"there is no cap {', '.join(sorted(missing))}")
        return found

    async def _charge(self, cap: CapStanding, use_id: str, *, committed: Decimal, invoiced: Decimal) -> None:
        use = self._use(cap.term.cap_id, use_id, committed=committed, invoiced=invoiced)
        if not await insert_once(self.connection, CAP_USE, use):
            raise Problem(Kind.ALREADY_EXISTS, "cap_use_exists", f"{use_id} was counted on {cap.term.cap_id} before")
        await self._total(replace(cap, committed=cap.committed + committed, invoiced=cap.invoiced + invoiced))

    def _use(self, cap_id: str, use_id: str, *, committed: Decimal, invoiced: Decimal) -> dict[str, Any]:
        key = {"tenant": self.tenant, "cap_id": cap_id, "use_id": use_id}
        return {**key, "committed": str(committed), "invoiced": str(invoiced), "written_at": self.now}

    async def _total(self, cap: CapStanding) -> None:
        mine = (CAP.c.tenant == self.tenant) & (CAP.c.cap_id == cap.term.cap_id)
        totals = {"committed": str(cap.committed), "invoiced": str(cap.invoiced)}
        await self.connection.execute(sa.update(CAP).where(mine).values(**totals))


def _text(term: CapTerm) -> str:
    return msgspec.json.encode(term, order="deterministic").decode()


def _standing(row: Any) -> CapStanding:
    term = msgspec.json.decode(row.term, type=CapTerm)
    return CapStanding(term=term, invoiced=Decimal(row.invoiced), committed=Decimal(row.committed))
