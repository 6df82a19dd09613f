"""Cases: the list with its filters, and one case with the whole of its road."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import CaseState, ExceptionState
from contracts.problem import Kind, Problem
from experience_apis.control_tower.pages.road import road
from experience_apis.control_tower.service import ControlTowerService
from kit.web import Route, Visit, changes

_ROWS: Final = 50
_MOST: Final = 200
_LOOK_S: Final = 1.0


class CasePages:
    """The list and the case."""

    def __init__(self, service: ControlTowerService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/cases", self.list),
            Route("GET", "/cases/{case_id}", self.one),
            Route("GET", "/cases/{case_id}/live", self.live),
        ]

    async def list(self, visit: Visit) -> Response[Any]:
        """Cases, newest change first."""
        state, process = visit.query.get("state", ""), visit.query.get("process", "")
        page, seen = await asyncio.gather(
            self._service.cases(
                state=_state(state), process=process or None, cursor=visit.query.get("cursor", ""), limit=_ROWS
            ),
            self._service.overview(),
        )
        processes = sorted({each.process for each in seen.cases} | ({process} if process else set()))
        return visit.page(
            "cases.html", page=page, states=list(CaseState), processes=processes, state=state, process=process
        )

    async def one(self, visit: Visit) -> Response[Any]:
        """One case, or for a script the part of it that changes."""
        case_id = visit.path["case_id"]
        file, trail, pages = await asyncio.gather(
            self._service.case(case_id=case_id),
            self._service.timeline(case_id=case_id),
            asyncio.gather(
                *(self._service.exceptions(state=state, case_id=case_id, limit=_MOST) for state in ExceptionState)
            ),
        )
        met = [item for page in pages for item in page.items]
        values: dict[str, Any] = {
            "file": file,
            "case": file.summary,
            "trail": list(reversed(trail.entries)),
            "exceptions": sorted(met, key=lambda each: each.raised_at, reverse=True),
            "road": road(file, now=visit.now),
        }
        if visit.is_fragment:
            return visit.fragment("case_body.html", **values)
        return visit.page("case.html", **values)

    async def live(self, visit: Visit) -> Response[Any]:
        """Tells the case that something has changed."""
        case_id = visit.path["case_id"]
        await self._service.case(case_id=case_id)

        async def look() -> str:
            file, trail = await asyncio.gather(
                self._service.case(case_id=case_id), self._service.timeline(case_id=case_id)
            )
            mark = f"{file.summary.state} {file.summary.changed_at} {len(file.steps)} {len(trail.entries)}"
            return hashlib.sha256(mark.encode()).hexdigest()

        return visit.stream(changes(look, every_s=_LOOK_S))


def _state(given: str) -> CaseState | None:
    if not given:
        return None
    try:
        return CaseState(given)
    except ValueError:
        raise Problem(Kind.INVALID, "state_unknown", f"no case is ever {given}", status=400) from None
