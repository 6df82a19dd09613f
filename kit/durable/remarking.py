"""What is said about exceptions and approvals. A question holds an approval back; its answer is to be read first."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import ApprovalState
from contracts.canonical.governance import Remark, RemarkKind, Remarks
from contracts.problem import Kind, Problem
from kit.durable.command import Commands
from kit.durable.finding import find_approval, find_exception
from kit.durable.seen import change
from kit.store.people import REMARK

_ASKS = frozenset({RemarkKind.QUESTION, RemarkKind.CHANGE_REQUEST})


class Remarking:
    """Keeps remarks, and the question that stands on an approval."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def about(self, thing_id: str) -> Remarks:
        """Everything said about one exception or approval, oldest first."""
        table = REMARK.c
        query = (
            sa.select(REMARK)
            .where(table.tenant == self._commands.tenant, table.about == thing_id)
            .order_by(table.at, table.remark_id)
        )
        async with self._commands.store.read() as connection:
            found = list(await connection.execute(query))
        return Remarks(
            items=[
                Remark(remark_id=row.remark_id, kind=RemarkKind(row.kind), by=row.by, at=row.at, text=row.text)
                for row in found
            ]
        )

    async def on_exception(self, exception_id: str, *, text: str, by: str, key: str) -> Remark:
        """Say something about an exception.

        Raises:
            Problem: not_found.

        """

        async def work(connection: AsyncConnection) -> Remark:
            row = await find_exception(connection, exception_id, tenant=self._commands.tenant, lock=True)
            return await self._say(
                connection, exception_id, case_id=row.case_id, kind=RemarkKind.COMMENT, text=text, by=by
            )

        return await self._commands.once(work, by=by, key=key, content=["remark", exception_id, text], answer=Remark)

    async def on_approval(self, approval_id: str, *, kind: RemarkKind, text: str, by: str, key: str) -> Remark:
        """Ask, request changes, answer or comment on an approval.

        Raises:
            Problem: not_found; conflict, when it is closed, a question stands already, or there is none to answer;
                forbidden, when one would answer one's own question.

        """

        async def work(connection: AsyncConnection) -> Remark:
            row = await find_approval(connection, approval_id, tenant=self._commands.tenant, lock=True)
            if row.state != ApprovalState.OPEN and kind is not RemarkKind.COMMENT:
                raise Problem(Kind.CONFLICT, "approval_decided", f"the approval is {row.state} already")
            if kind in _ASKS:
                if row.question:
                    raise Problem(Kind.CONFLICT, "approval_question_open", "another question stands", hint=row.question)
                await change(connection, row, {"question": text})
            if kind is RemarkKind.ANSWER:
                if not row.question:
                    raise Problem(Kind.CONFLICT, "no_question_open", "nothing was asked")
                await self._not_ones_own(connection, approval_id, by=by)
                await change(connection, row, {"question": ""})
            return await self._say(connection, approval_id, case_id=row.case_id, kind=kind, text=text, by=by)

        content = ["remark", approval_id, kind.value, text]
        return await self._commands.once(work, by=by, key=key, content=content, answer=Remark)

    async def _not_ones_own(self, connection: AsyncConnection, approval_id: str, *, by: str) -> None:
        table = REMARK.c
        query = (
            sa.select(table.by)
            .where(table.about == approval_id, table.kind.in_([each.value for each in _ASKS]))
            .order_by(table.at.desc(), table.remark_id.desc())
            .limit(1)
        )
        if (await connection.execute(query)).scalar_one() == by:
            raise Problem(Kind.FORBIDDEN, "answer_of_ones_own", "another person has to answer what one asked")

    async def _say(
        self, connection: AsyncConnection, thing_id: str, *, case_id: str, kind: RemarkKind, text: str, by: str
    ) -> Remark:
        """Write a remark; the row it is about is locked, so that the numbers of remarks follow each other."""
        commands = self._commands
        said = sa.select(sa.func.count()).where(REMARK.c.about == thing_id)
        number = (await connection.execute(said)).scalar_one() + 1
        remark = Remark(remark_id=f"{thing_id}--r{number:06d}", kind=kind, by=by, at=commands.now(), text=text)
        row = {
            "remark_id": remark.remark_id,
            "tenant": commands.tenant,
            "about": thing_id,
            "case_id": case_id,
            "kind": kind.value,
            "by": by,
            "at": remark.at,
            "text": text,
        }
        await connection.execute(sa.insert(REMARK).values(**row))
        what = "commented" if kind is RemarkKind.COMMENT else f"{kind.value.replace('_', ' ')} written"
        await commands.note(connection, case_id=case_id, ref=remark.remark_id, by=by, what=what, detail=text)
        return remark
