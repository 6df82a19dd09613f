"""What people do about exceptions: answer, confirm, withdraw, take and hand over. Of two who race, one wins."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ExceptionItem, ExceptionState, FixField
from contracts.events.casework import ExceptionFixed, ExceptionWithdrawn
from contracts.problem import FieldError, Kind, Problem
from kit.durable import rows
from kit.durable.command import Commands
from kit.durable.finding import find_exception
from kit.durable.form import check_answers
from kit.store.tables import BUSINESS_EXCEPTION


class Fixing:
    """Writes what becomes of exceptions, and wakes the case concerned. Who may act is judged before."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def fix(
        self, exception_id: str, *, values: dict[str, str], by: str, key: str, note: str = ""
    ) -> ExceptionItem:
        """Answer the form; with four eyes the answer is proposed and waits for another person.

        Raises:
            Problem: not_found; conflict, when it is closed, assigned to somebody else or has another's proposal;
                invalid, with pointers `/values/<name>`.

        """

        async def work(connection: AsyncConnection) -> ExceptionItem:
            row = await self._open(connection, exception_id, by=by)
            _may_answer(row, values=values, by=by)
            if row.four_eyes:
                return await self._propose(connection, row, values=values, by=by, note=note)
            return await self._close(connection, row, values=values, by=by, note=note)

        content = ["fix", exception_id, values, note]
        return await self._commands.once(work, by=by, key=key, content=content, answer=ExceptionItem)

    async def check(self, exception_id: str, *, values: dict[str, str], by: str) -> ExceptionItem:
        """Whether `fix` would take these answers; changes nothing.

        Raises:
            Problem: as `fix` would.

        """
        async with self._commands.store.read() as connection:
            row = await self._open(connection, exception_id, by=by, lock=False)
            _may_answer(row, values=values, by=by)
            return rows.exception_item(row)

    async def confirm(self, exception_id: str, *, accept: bool, by: str, key: str, comment: str = "") -> ExceptionItem:
        """Be the second person on a proposed answer.

        Raises:
            Problem: not_found; conflict, when nothing is proposed; forbidden, when it is one's own proposal;
                invalid, when it is sent back without a comment.

        """

        async def work(connection: AsyncConnection) -> ExceptionItem:
            row = await self._open(connection, exception_id, by="")
            if row.proposed_by is None:
                raise Problem(Kind.CONFLICT, "nothing_proposed", "there is no answer to confirm")
            if row.proposed_by == by:
                raise Problem(Kind.FORBIDDEN, "fix_of_ones_own", "another person has to confirm what one proposed")
            if accept:
                values = msgspec.json.decode(row.proposed, type=dict[str, str])
                return await self._close(
                    connection, row, values=values, by=row.proposed_by, note=row.note, confirmed_by=by
                )
            _comment_required(comment)
            return await self._change(
                connection, row, by=by, what="fix sent back", detail=comment, proposed=None, proposed_by=None, note=""
            )

        content = ["confirm", exception_id, accept, comment]
        return await self._commands.once(work, by=by, key=key, content=content, answer=ExceptionItem)

    async def withdraw(self, exception_id: str, *, reason: str, by: str, key: str) -> ExceptionItem:
        """Close it without an answer; the step judges anew what stands now.

        Raises:
            Problem: not_found; conflict, when it is closed or assigned to somebody else.

        """

        async def work(connection: AsyncConnection) -> ExceptionItem:
            row = await self._open(connection, exception_id, by=by)
            gone = {"state": ExceptionState.WITHDRAWN.value, "fixed_at": self._commands.now(), "note": reason}
            item = await self._change(
                connection, row, by=by, what="exception withdrawn", detail=f"{row.code}; {reason}", **gone
            )
            told = ExceptionWithdrawn(exception_id=exception_id, case_id=row.case_id, code=row.code, withdrawn_by=by)
            await self._wake(connection, row, told=told, what="withdrawn")
            return item

        content = ["withdraw", exception_id, reason]
        return await self._commands.once(work, by=by, key=key, content=content, answer=ExceptionItem)

    async def assign(self, exception_id: str, *, to: str | None, by: str, key: str) -> ExceptionItem:
        """Give it to a person, or with None back to its role.

        Raises:
            Problem: not_found; conflict, when it is closed.

        """

        async def work(connection: AsyncConnection) -> ExceptionItem:
            row = await self._open(connection, exception_id, by="")
            what = "exception released" if to is None else "exception assigned"
            return await self._change(connection, row, by=by, what=what, detail=to or "", assigned_to=to)

        content = ["assign", exception_id, to]
        return await self._commands.once(work, by=by, key=key, content=content, answer=ExceptionItem)

    async def _open(self, connection: AsyncConnection, exception_id: str, *, by: str, lock: bool = True) -> Any:
        row = await find_exception(connection, exception_id, tenant=self._commands.tenant, lock=lock)
        if row.state != ExceptionState.OPEN:
            raise Problem(Kind.CONFLICT, "exception_closed", f"the exception is {row.state} already")
        if by and row.assigned_to is not None and row.assigned_to != by:
            raise Problem(
                Kind.CONFLICT,
                "exception_assigned",
                f"{row.assigned_to} works on it",
                hint="Speak to them, or take it over first.",
            )
        return row

    async def _propose(
        self, connection: AsyncConnection, row: Any, *, values: dict[str, str], by: str, note: str
    ) -> ExceptionItem:
        proposed = msgspec.json.encode(values).decode()
        detail = _told(row.code, values, note)
        return await self._change(
            connection, row, by=by, what="fix proposed", detail=detail, proposed=proposed, proposed_by=by, note=note
        )

    async def _close(
        self,
        connection: AsyncConnection,
        row: Any,
        *,
        values: dict[str, str],
        by: str,
        note: str,
        confirmed_by: str | None = None,
    ) -> ExceptionItem:
        changes = {
            "state": ExceptionState.FIXED.value,
            "fixed_at": self._commands.now(),
            "fixed_by": by,
            "answers": msgspec.json.encode(values).decode(),
            "note": note,
            "confirmed_by": confirmed_by,
        }
        detail = _told(row.code, values, note)
        if confirmed_by is not None:
            await self._change(connection, row, by=confirmed_by, what="fix confirmed", detail=row.code)
        item = await self._change(connection, row, by=by, what="exception fixed", detail=detail, **changes)
        told = ExceptionFixed(
            exception_id=row.exception_id,
            case_id=row.case_id,
            code=row.code,
            fixed_by=by,
            confirmed_by=confirmed_by or "",
        )
        await self._wake(connection, row, told=told, what="fixed")
        return item

    async def _change(
        self, connection: AsyncConnection, row: Any, *, by: str, what: str, detail: str, **changes: Any
    ) -> ExceptionItem:
        commands = self._commands
        mine = BUSINESS_EXCEPTION.c.exception_id == row.exception_id
        if changes:
            await connection.execute(sa.update(BUSINESS_EXCEPTION).where(mine).values(**changes))
        ref = f"{row.exception_id}:{what}:{uuid.uuid4().hex[:12]}"
        await commands.note(connection, case_id=row.case_id, ref=ref, by=by, what=what, detail=detail)
        return rows.exception_item(await find_exception(connection, row.exception_id, tenant=commands.tenant))

    async def _wake(
        self, connection: AsyncConnection, row: Any, *, told: ExceptionFixed | ExceptionWithdrawn, what: str
    ) -> None:
        commands = self._commands
        event_id = f"{row.exception_id}--{what}"
        await commands.tell(connection, case_id=row.case_id, event_id=event_id, data=told)
        await commands.post.wake(connection, case_id=row.case_id, key=f"{what}:{row.exception_id}")


def _may_answer(row: Any, *, values: dict[str, str], by: str) -> None:
    if row.proposed_by is not None and row.proposed_by != by:
        raise Problem(
            Kind.CONFLICT,
            "fix_proposed",
            f"{row.proposed_by} has proposed an answer",
            hint="Confirm it or send it back.",
        )
    check_answers(msgspec.json.decode(row.form, type=list[FixField]), values)


def _comment_required(comment: str) -> None:
    if not comment.strip():
        error = FieldError(pointer="/comment", code="required", detail="say why it is sent back")
        raise Problem(Kind.INVALID, "comment_required", "sending back needs a comment", errors=(error,))


def _told(code: str, values: dict[str, str], note: str) -> str:
    answers = ", ".join(f"{name} = {value}" for name, value in sorted(values.items()))
    return "; ".join(part for part in (code, answers, note) if part)
