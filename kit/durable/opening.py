"""Opening a case: which revision of a business key is meant; a closed case is never begun again in silence."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.casework import CaseState
from contracts.problem import Kind, Problem
from kit.durable.road import case_id_of
from kit.store.tables import CASE_FILE

REOPENS: Final = frozenset({CaseState.UNWOUND, CaseState.FAILED})


@dataclass(frozen=True)
class Opening:
    """The cases of one business key in one process."""

    tenant: str
    process: str
    business_key: str

    def case_id(self, revision: int) -> str:
        """The id of one revision."""
        return case_id_of(self.process, tenant=self.tenant, business_key=self.business_key, revision=revision)

    async def revision(self, connection: AsyncConnection, *, wanted: int | None, reopen: bool) -> tuple[int, bool]:
        """The revision that is meant, and whether it has to begin.

        Raises:
            Problem: conflict, when a case cannot be reopened or another revision would be next.

        """
        latest = await self._latest(connection)
        standing = 0 if latest is None else int(latest.revision)
        if wanted is not None and 1 <= wanted <= standing:
            return wanted, False
        following = standing + 1
        if wanted is not None and wanted != following:
            detail = f"revision {wanted} of {self.business_key} is not the next one, which is {following}"
            raise Problem(Kind.CONFLICT, "revision_not_next", detail)
        if latest is None:
            return following, True
        if not reopen:
            if wanted is not None:
                raise Problem(
                    Kind.CONFLICT,
                    "reopen_not_asked",
                    f"{self.business_key} has a case; another revision is begun only when reopening is asked for",
                )
            return standing, False
        if CaseState(latest.state) not in REOPENS:
            detail = f"the case of {self.business_key} is {latest.state}; only an unwound or failed one is reopened"
            raise Problem(Kind.CONFLICT, "case_not_reopenable", detail)
        return following, True

    def row(self, revision: int, *, version: int, title: str, at: dt.datetime, trace_id: str) -> dict[str, Any]:
        """The row of a case that begins."""
        return {
            "case_id": self.case_id(revision),
            "tenant": self.tenant,
            "process": self.process,
            "version": version,
            "business_key": self.business_key,
            "revision": revision,
            "title": title or self.business_key,
            "state": CaseState.RUNNING.value,
            "opened_at": at,
            "changed_at": at,
            "trace_id": trace_id,
        }

    async def _latest(self, connection: AsyncConnection) -> Any:
        table = CASE_FILE.c
        query = (
            sa.select(table.revision, table.state)
            .where(
                table.tenant == self.tenant,
                table.process == self.process,
                table.business_key == self.business_key,
            )
            .order_by(table.revision.desc())
            .limit(1)
        )
        return (await connection.execute(query)).first()
