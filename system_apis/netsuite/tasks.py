"""The tasks of a project: a level at a time, many at once; the project's budget is what its stages sum to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from system_apis.netsuite import mapping
from system_apis.netsuite.client import NetSuite
from system_apis.netsuite.wire import Job, JobSettled, TaskWrite

BUDGET: Final = (
    "SELECT SUM(custevent_sluice_budget) AS budget FROM projecttask "
    "WHERE project = {project} AND custevent_sluice_milestone = 'F' ORDER BY 1"
)


class Tasks:
    """The tasks of one account. How many calls are in flight at once is the connection's to say."""

    def __init__(self, client: NetSuite) -> None:
        self._client = client

    async def put(self, levels: Sequence[Sequence[tuple[str, TaskWrite]]]) -> dict[str, str]:
        """Create or change tasks, parents before children; their internal ids by key."""
        numbers: dict[str, str] = {}
        for level in levels:
            made = await asyncio.gather(*(self._client.put("projectTask", key, task) for key, task in level))
            numbers |= {key: number for (key, _), number in zip(level, made, strict=True)}
        return numbers

    async def remove(self, keys: Sequence[str]) -> None:
        """Delete tasks, the last named first: a task with children cannot go."""
        for key in reversed(keys):
            await self._client.remove("projectTask", key)

    async def settle(self, project_id: str, *, ends_on: dt.date | None = None) -> None:
        """Make the budget what the stages sum to; the last day is only ever moved out."""
        job = await self._client.find("job", mapping.key(project_id, pointer="project_id"), into=Job)
        if job is None:
            return
        later = ends_on if ends_on is not None and (job.projected_end_date or ends_on) <= ends_on else None
        budget = Decimal(0)
        async for row in self._client.rows(BUDGET.format(project=int(job.id))):
            budget = Decimal(row.get("budget", "0"))
        await self._client.patch("job", project_id, JobSettled(budget=budget, projected_end_date=later))
