"""The HR role: who works for the firm and what they can do, when they are away, and what an hour of them costs."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from contracts.canonical.capability import Capabilities
from contracts.canonical.reference import Reference
from contracts.canonical.workforce import (
    Absences,
    Assignment,
    Availabilities,
    CostRates,
    Worker,
    WorkerChanges,
)
from contracts.port import delete, get, put


class Hr(Protocol):
    """System of people: employment, skills, absence, capacity. Staffing and time stay with the PSA."""

    @get("/capabilities", scope="hr:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @get("/workers/{worker_id}", scope="hr:read", problems=(404, 422))
    async def worker(self, *, worker_id: str, on: dt.date | None = None) -> Worker:
        """Read one worker as of a day, today unless said; 403 when there is one whom this connection may not see."""
        ...

    @get("/worker-changes", scope="hr:read", problems=(422,))
    async def worker_changes(self, *, cursor: str = "", limit: int = 200) -> WorkerChanges:
        """Workers hired, moved, changed or gone since the cursor; an empty cursor starts with everybody."""
        ...

    @get("/absences", scope="hr:read", problems=(404, 422))
    async def absences(
        self, *, starts_on: dt.date, ends_on: dt.date, worker_id: str = "", cursor: str = "", limit: int = 200
    ) -> Absences:
        """Absences that touch the days, approved or asked for; of one worker, or of all."""
        ...

    @get("/availability", scope="hr:read", problems=(404, 422))
    async def availability(
        self, *, starts_on: dt.date, ends_on: dt.date, worker_id: str = "", cursor: str = "", limit: int = 200
    ) -> Availabilities:
        """Week by week what contracted hours and absences leave; of one worker, or of all, `limit` workers a page."""
        ...

    @get("/cost-rates", scope="hr:restricted", problems=(404, 422))
    async def cost_rates(self, *, worker_id: str = "", cursor: str = "", limit: int = 200) -> CostRates:
        """What an hour of a person costs, with all dated rates; of one worker, or of all."""
        ...

    @put("/assignments/{assignment_id}", scope="hr:write", problems=(404,))
    async def publish_assignment(self, *, assignment_id: str, body: Assignment) -> Reference:
        """Let HR see to which project somebody was given; repeating it changes nothing."""
        ...

    @delete("/assignments/{assignment_id}", scope="hr:write", problems=(404,))
    async def withdraw_assignment(self, *, assignment_id: str) -> None:
        """Take an assignment back that was published; one that is gone already is fine."""
        ...
