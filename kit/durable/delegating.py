"""Delegation: for some time a person may decide in roles of another. Refuses what is not the delegator's to give."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.governance import Delegation, Delegations
from contracts.events.casework import DelegationMade, DelegationRevoked
from contracts.problem import FieldError, Kind, Problem
from kit.durable.command import Commands
from kit.store.people import DELEGATION

LONGEST: Final = dt.timedelta(days=90)
_SOURCE: Final = "/processes/casework"


class Delegating:
    """Keeps delegations. Only roles that a person holds themselves are theirs to give; nothing is passed on."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def delegate(
        self,
        *,
        to: str,
        roles: list[str],
        held: frozenset[str],
        starts_at: dt.datetime,
        ends_at: dt.datetime,
        reason: str,
        by: str,
        key: str,
    ) -> Delegation:
        """Let `to` decide in roles of `by`, who holds `held`.

        Raises:
            Problem: invalid, with a pointer to what will not do; forbidden, when a role is not one's own.

        """

        async def work(connection: AsyncConnection) -> Delegation:
            self._check(to=to, starts_at=starts_at, ends_at=ends_at, by=by)
            foreign = sorted(set(roles) - held)
            if foreign:
                detail = f"one can delegate only what one holds: not {', '.join(foreign)}"
                raise Problem(Kind.FORBIDDEN, "role_not_yours", detail)
            made = Delegation(
                delegation_id=f"dlg-{uuid.uuid4().hex}",
                delegator=by,
                delegate=to,
                roles=sorted(set(roles)),
                starts_at=starts_at,
                ends_at=ends_at,
                reason=reason,
                made_at=self._commands.now(),
            )
            await self._write(connection, made)
            return made

        content = ["delegate", to, roles, starts_at, ends_at, reason]
        return await self._commands.once(work, by=by, key=key, content=content, answer=Delegation)

    async def revoke(self, delegation_id: str, *, by: str, key: str) -> Delegation:
        """End a delegation that `by` gave.

        Raises:
            Problem: not_found, also when it is somebody else's; conflict, when it was revoked.

        """

        async def work(connection: AsyncConnection) -> Delegation:
            table = DELEGATION.c
            mine = (table.delegation_id == delegation_id) & (table.tenant == self._commands.tenant)
            query = sa.select(DELEGATION).where(mine, table.delegator == by).with_for_update()
            row = (await connection.execute(query)).first()
            if row is None:
                raise Problem(Kind.NOT_FOUND, "delegation_not_found", f"there is no delegation {delegation_id}")
            if row.revoked_at is not None:
                raise Problem(Kind.CONFLICT, "delegation_revoked", "the delegation was revoked already")
            await connection.execute(sa.update(DELEGATION).where(mine).values(revoked_at=self._commands.now()))
            told = DelegationRevoked(delegation_id=delegation_id, delegator=by, delegate=row.delegate)
            await self._tell(connection, delegation_id, data=told, what="revoked")
            return _noun((await connection.execute(sa.select(DELEGATION).where(mine))).one())

        content = ["revoke", delegation_id]
        return await self._commands.once(work, by=by, key=key, content=content, answer=Delegation)

    async def of(self, person: str) -> Delegations:
        """Delegations from and to a person, newest first."""
        table = DELEGATION.c
        concerns = (table.delegator == person) | (table.delegate == person)
        query = sa.select(DELEGATION).where(table.tenant == self._commands.tenant, concerns)
        async with self._commands.store.read() as connection:
            found = list(await connection.execute(query.order_by(table.made_at.desc(), table.delegation_id)))
        return Delegations(items=[_noun(row) for row in found])

    async def held_by(self, person: str, *, own: frozenset[str]) -> dict[str, list[str]]:
        """The roles a person may decide in now, each with whom they may do so for; one's own come with nobody."""
        now, table = self._commands.now(), DELEGATION.c
        query = (
            sa.select(DELEGATION)
            .where(
                table.tenant == self._commands.tenant,
                table.delegate == person,
                table.starts_at <= now,
                table.ends_at > now,
                table.revoked_at.is_(None),
            )
            .order_by(table.made_at, table.delegation_id)
        )
        held: dict[str, list[str]] = {role: [""] for role in sorted(own)}
        async with self._commands.store.read() as connection:
            for row in await connection.execute(query):
                for role in msgspec.json.decode(row.roles, type=list[str]):
                    held.setdefault(role, []).append(row.delegator)
        return held

    def _check(self, *, to: str, starts_at: dt.datetime, ends_at: dt.datetime, by: str) -> None:
        faults = []
        if to == by:
            faults.append(FieldError(pointer="/to", code="oneself", detail="nobody stands in for themselves"))
        if ends_at <= starts_at:
            faults.append(FieldError(pointer="/ends_at", code="too_early", detail="it ends before it starts"))
        elif ends_at - starts_at > LONGEST:
            faults.append(FieldError(pointer="/ends_at", code="too_late", detail=f"{LONGEST.days} days at most"))
        if ends_at <= self._commands.now():
            faults.append(FieldError(pointer="/ends_at", code="past", detail="it is over already"))
        if faults:
            raise Problem(Kind.INVALID, "delegation_invalid", "the delegation will not do", errors=tuple(faults))

    async def _write(self, connection: AsyncConnection, made: Delegation) -> None:
        row = {
            "delegation_id": made.delegation_id,
            "tenant": self._commands.tenant,
            "delegator": made.delegator,
            "delegate": made.delegate,
            "roles": msgspec.json.encode(made.roles).decode(),
            "starts_at": made.starts_at,
            "ends_at": made.ends_at,
            "reason": made.reason,
            "made_at": made.made_at,
        }
        await connection.execute(sa.insert(DELEGATION).values(**row))
        told = DelegationMade(
            delegation_id=made.delegation_id,
            delegator=made.delegator,
            delegate=made.delegate,
            roles=made.roles,
            starts_at=made.starts_at,
            ends_at=made.ends_at,
        )
        await self._tell(connection, made.delegation_id, data=told, what="made")

    async def _tell(
        self, connection: AsyncConnection, delegation_id: str, *, data: DelegationMade | DelegationRevoked, what: str
    ) -> None:
        event_id = f"{delegation_id}--{what}"
        await self._commands.tell_of(connection, source=_SOURCE, subject=delegation_id, event_id=event_id, data=data)


def _noun(row: Any) -> Delegation:
    return Delegation(
        delegation_id=row.delegation_id,
        delegator=row.delegator,
        delegate=row.delegate,
        roles=msgspec.json.decode(row.roles, type=list[str]),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        made_at=row.made_at,
        revoked_at=row.revoked_at,
    )
