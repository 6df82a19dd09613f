"""Signing secrets in the store, sealed, within the caller's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.webhooks import SecretStanding
from contracts.problem import Kind, Problem
from kit.sealing import Sealer
from kit.store.webhooks import WEBHOOK_SECRET
from process_apis.webhooks.signing import new_secret

_SECRET = WEBHOOK_SECRET.c
_LIVE: Final = 4


@dataclass(frozen=True)
class Secrets:
    """The secrets of endpoints; who may ask for one was decided before."""

    connection: AsyncConnection
    now: dt.datetime
    sealer: Sealer

    async def rotate(self, endpoint_id: str, *, until: dt.datetime) -> int:
        """A new secret, its number; older ones sign until then at the latest.

        Raises:
            Problem: conflict, when too many sign already.

        """
        live = [each for each in await self.standings(endpoint_id) if self._holds(each.signs_until)]
        if len(live) >= _LIVE and until > self.now:
            raise Problem(
                Kind.CONFLICT,
                "too_many_secrets",
                f"{len(live)} secrets sign already",
                hint="wait until an overlap has ended, or rotate without one",
            )
        older = (_SECRET.endpoint_id == endpoint_id) & (_SECRET.signs_until.is_(None) | (_SECRET.signs_until > until))
        await self.connection.execute(sa.update(WEBHOOK_SECRET).where(older).values(signs_until=until))
        return await self.add(endpoint_id)

    async def value(self, endpoint_id: str, number: int) -> str:
        """The value of a secret.

        Raises:
            Problem: not_found, when it is gone.

        """
        mine = (_SECRET.endpoint_id == endpoint_id) & (_SECRET.number == number)
        sealed = (await self.connection.execute(sa.select(_SECRET.sealed).where(mine))).scalar_one_or_none()
        if sealed is None:
            raise Problem(Kind.NOT_FOUND, "secret_not_found", f"{endpoint_id} has no secret {number} any more")
        return self.sealer.open(sealed)

    async def signing(self, endpoint_id: str) -> list[str]:
        """The secrets that sign now, newest first."""
        mine = _SECRET.endpoint_id == endpoint_id
        holds = mine & (_SECRET.signs_until.is_(None) | (_SECRET.signs_until > self.now))
        query = sa.select(_SECRET.sealed).where(holds).order_by(_SECRET.number.desc())
        return [self.sealer.open(sealed) for sealed in (await self.connection.execute(query)).scalars()]

    async def standings(self, endpoint_id: str) -> list[SecretStanding]:
        """Every secret that is kept, newest first, without its value."""
        shown = sa.select(_SECRET.number, _SECRET.made_at, _SECRET.signs_until)
        query = shown.where(_SECRET.endpoint_id == endpoint_id)
        rows = await self.connection.execute(query.order_by(_SECRET.number.desc()))
        return [SecretStanding(number=row.number, made_at=row.made_at, signs_until=row.signs_until) for row in rows]

    async def add(self, endpoint_id: str) -> int:
        """A fresh secret; its number."""
        mine = _SECRET.endpoint_id == endpoint_id
        last = (await self.connection.execute(sa.select(sa.func.max(_SECRET.number)).where(mine))).scalar()
        number = (last or 0) + 1
        sealed = self.sealer.seal(new_secret())
        row = {"endpoint_id": endpoint_id, "number": number, "sealed": sealed, "made_at": self.now}
        await self.connection.execute(sa.insert(WEBHOOK_SECRET).values(**row))
        return number

    def _holds(self, until: dt.datetime | None) -> bool:
        return until is None or until > self.now
