"""Breaking the glass: two people force an approval outside the matrix, bound to what both saw, on record for good."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ApprovalState
from contracts.canonical.governance import BreakGlass, BreakGlasses
from contracts.events.casework import ApprovalDecided, BreakGlassOpened, BreakGlassUsed
from contracts.problem import Kind, Problem
from kit.durable.command import Commands
from kit.durable.deciding import seen
from kit.durable.finding import find_approval
from kit.durable.paging import after, cursor_at
from kit.durable.seen import change, is_expired
from kit.store import put
from kit.store.people import BREAK_GLASS

CONFIRM_WITHIN: Final = dt.timedelta(hours=4)
_MOST: Final = 200


class Breaking:
    """Keeps every use of the emergency way; who may use it is judged before."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def break_glass(self, approval_id: str, *, reason: str, etag: str, by: str, key: str) -> BreakGlass:
        """Ask for it, or confirm what somebody else asked for within four hours; confirmed, it is approved.

        Raises:
            Problem: not_found; conflict, when the approval is closed or changed; forbidden, when one would confirm
                what one asked for.

        """

        async def work(connection: AsyncConnection) -> BreakGlass:
            row = await find_approval(connection, approval_id, tenant=self._commands.tenant, lock=True)
            if row.state != ApprovalState.OPEN or is_expired(row, self._commands.now()):
                raise Problem(Kind.CONFLICT, "approval_decided", "there is nothing left to decide")
            seen(row, etag)
            asked = await self._asked(connection, approval_id)
            if asked is None or self._is_over(asked, row):
                return await self._ask(connection, row, reason=reason, by=by)
            if asked.opened_by == by:
                raise Problem(Kind.FORBIDDEN, "break_glass_of_ones_own", "a second person has to confirm")
            return await self._confirm(connection, row, asked, by=by, reason=reason)

        content = ["break-glass", approval_id, etag, reason]
        return await self._commands.once(work, by=by, key=key, content=content, answer=BreakGlass)

    async def broken(self, *, cursor: str = "", limit: int = 50) -> BreakGlasses:
        """Every use, newest first; those that nobody confirmed stand among them."""
        table = BREAK_GLASS.c
        query = sa.select(BREAK_GLASS).where(table.tenant == self._commands.tenant)
        query = query.order_by(table.opened_at.desc(), table.approval_id.desc())
        query = after(query, cursor, moment=table.opened_at, key=table.approval_id, descending=True)
        wanted = max(1, min(limit, _MOST))
        async with self._commands.store.read() as connection:
            found = list(await connection.execute(query.limit(wanted + 1)))
        page = found[:wanted]
        last = cursor_at(page[-1].opened_at, page[-1].approval_id) if len(found) > wanted else None
        return BreakGlasses(items=[_noun(row) for row in page], next_cursor=last)

    def _is_over(self, asked: Any, row: Any) -> bool:
        """A request counts for what was seen then, and for some hours."""
        return bool(asked.etag != row.etag or self._commands.now() >= asked.opened_at + CONFIRM_WITHIN)

    async def _asked(self, connection: AsyncConnection, approval_id: str) -> Any:
        query = sa.select(BREAK_GLASS).where(BREAK_GLASS.c.approval_id == approval_id)
        return (await connection.execute(query)).first()

    async def _ask(self, connection: AsyncConnection, row: Any, *, reason: str, by: str) -> BreakGlass:
        commands, now = self._commands, self._commands.now()
        line = {
            "approval_id": row.approval_id,
            "tenant": commands.tenant,
            "case_id": row.case_id,
            "subject": row.subject,
            "etag": row.etag,
            "opened_by": by,
            "opened_at": now,
            "reason": reason,
        }
        await put(connection, BREAK_GLASS, line)
        ref = f"{row.approval_id}:glass:{now.isoformat()}"
        await commands.note(
            connection, case_id=row.case_id, ref=ref, by=by, what="break-glass asked", detail=f"{row.subject}: {reason}"
        )
        told = BreakGlassOpened(approval_id=row.approval_id, case_id=row.case_id, opened_by=by)
        event_id = f"{row.approval_id}--glass-opened-{now.isoformat()}"
        await commands.tell(connection, case_id=row.case_id, event_id=event_id, data=told)
        return _noun(await self._asked(connection, row.approval_id))

    async def _confirm(self, connection: AsyncConnection, row: Any, asked: Any, *, by: str, reason: str) -> BreakGlass:
        commands, now = self._commands, self._commands.now()
        mine = BREAK_GLASS.c.approval_id == row.approval_id
        both = f"{asked.reason}\n{by}: {reason}"
        confirmed = {"confirmed_by": by, "confirmed_at": now, "reason": both}
        await connection.execute(sa.update(BREAK_GLASS).where(mine).values(**confirmed))
        approved = {
            "state": ApprovalState.APPROVED.value,
            "decided_at": now,
            "decided_by": by,
            "comment": f"break-glass by {asked.opened_by} and {by}: {asked.reason}",
            "broken_glass": True,
            "escalates_at": None,
        }
        await change(connection, row, approved)
        ref = f"{row.approval_id}:glass-broken"
        detail = f"{row.subject}: asked by {asked.opened_by}; {reason}"
        await commands.note(connection, case_id=row.case_id, ref=ref, by=by, what="break-glass used", detail=detail)
        told = BreakGlassUsed(
            approval_id=row.approval_id, case_id=row.case_id, opened_by=asked.opened_by, confirmed_by=by
        )
        decided = ApprovalDecided(approval_id=row.approval_id, case_id=row.case_id, approved=True, decided_by=by)
        about = row.approval_id
        await commands.tell(connection, case_id=row.case_id, event_id=f"{about}--glass-used", data=told)
        await commands.tell(connection, case_id=row.case_id, event_id=f"{about}--decided", data=decided)
        await commands.post.wake(connection, case_id=row.case_id, key=f"decided:{about}")
        return _noun(await self._asked(connection, about))


def _noun(row: Any) -> BreakGlass:
    return BreakGlass(
        approval_id=row.approval_id,
        case_id=row.case_id,
        subject=row.subject,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        reason=row.reason,
        confirmed_by=row.confirmed_by,
        confirmed_at=row.confirmed_at,
    )
