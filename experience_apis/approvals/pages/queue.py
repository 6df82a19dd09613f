"""The queue: what waits for whoever looks, the late and the large first."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import Approval, ApprovalState
from contracts.problem import Problem
from experience_apis.approvals.pages import shown
from experience_apis.approvals.service import ApprovalsService
from kit.web import Route, Visit, changes

MOST: Final = 200
"""How many approvals are read at once; urgency and sums are those of what was read."""
_STATES: Final = [state.value for state in ApprovalState]


class QueuePages:
    """What waits."""

    def __init__(self, service: ApprovalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("GET", "/", self.queue), Route("GET", "/changes", self.live)]

    async def queue(self, visit: Visit) -> Response[Any]:
        """The caller's approvals in one state; a script asks for the list alone."""
        state = _state(visit.query.get("state", ""))
        page = await self._service.queue(state=state, cursor=visit.query.get("cursor", ""), limit=MOST)
        items = [item for item in page.items if _wanted(item, visit)]
        values: dict[str, Any] = {
            "state": state.value,
            "states": _STATES,
            "about": visit.query.get("about", ""),
            "due": visit.query.get("due", ""),
            "kinds": shown.kinds(page.items),
            "count": len(items),
            "overdue": sum(shown.urgency(item, visit.now) is shown.Urgency.OVERDUE for item in items),
            "stakes": shown.at_stake(items),
            "groups": shown.grouped(items, visit.now),
            "next_cursor": page.next_cursor,
        }
        values["undo"] = await self._undo(visit)
        return visit.fragment("list.html", **values) if visit.is_fragment else visit.page("queue.html", **values)

    async def _undo(self, visit: Visit) -> Approval | None:
        """What was decided a moment ago, if that can still be taken back."""
        decided = visit.query.get("decided", "")
        if not decided or visit.is_fragment:
            return None
        try:
            approval = await self._service.card(approval_id=decided)
        except Problem:
            return None  # whatever the address names is not there for this person
        return approval if shown.undoable(approval, visit.caller.subject, visit.now) else None

    async def live(self, visit: Visit) -> Response[Any]:
        """Tells an open queue that something in it has changed."""

        async def look() -> str:
            page = await self._service.queue(limit=MOST)
            return str(hash(tuple((item.approval_id, item.etag, item.assigned_to) for item in page.items)))

        return visit.stream(changes(look))


async def cards(service: ApprovalsService, approval_ids: list[str]) -> list[Approval]:
    """Several approvals as they stand now.

    Raises:
        Problem: not_found, when one of them is not there or not for the caller.

    """
    return list(await asyncio.gather(*(service.card(approval_id=each) for each in approval_ids)))


def _state(given: str) -> ApprovalState:
    return ApprovalState(given) if given in _STATES else ApprovalState.OPEN


def _wanted(item: Approval, visit: Visit) -> bool:
    about, due = visit.query.get("about", ""), visit.query.get("due", "")
    if about and item.object != about:
        return False
    if due == "mine":
        return item.assigned_to == visit.caller.subject
    urgent = shown.urgency(item, visit.now)
    if due == "overdue":
        return urgent is shown.Urgency.OVERDUE
    return due != "soon" or urgent in {shown.Urgency.OVERDUE, shown.Urgency.SOON}
