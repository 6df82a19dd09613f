"""Delegations: somebody decides in one's own roles for some days; whole days, by UTC."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from litestar import Response

from contracts.canonical.governance import Delegation
from contracts.problem import Kind, Problem
from contracts.process.casework import Delegate
from experience_apis.approvals.pages.card import words_of
from experience_apis.approvals.service import ApprovalsService
from kit.web import Form, Route, Visit

_REASON_LEAST: Final = 3
_REASON_MOST: Final = 500
_DAY: Final = dt.timedelta(days=1)


class LendingPages:
    """Who stands in for whom."""

    def __init__(self, service: ApprovalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("GET", "/delegations", self.listed),
            Route("POST", "/delegations", self.made),
            Route("POST", "/delegations/{delegation_id}/revocation", self.revoked),
        ]

    async def listed(self, visit: Visit) -> Response[Any]:
        """Given and received."""
        today = visit.now.astimezone(dt.UTC).date()
        form = Form(values={"first": today.isoformat(), "last": (today + 7 * _DAY).isoformat()})
        return await self._shown(visit, form=form)

    async def made(self, visit: Visit) -> Response[Any]:
        """Let somebody stand in; a refused form comes back with all that was typed."""
        form = await visit.form()
        try:
            await self._service.delegate(body=_wish(form, visit), idempotency_key=form.key)
        except Problem as problem:
            return await self._shown(visit, form=form.refused(problem), status=problem.status)
        return visit.see("/delegations", told="delegated")

    async def revoked(self, visit: Visit) -> Response[Any]:
        """End one at once."""
        form = await visit.form()
        await self._service.revoke(delegation_id=visit.path["delegation_id"], idempotency_key=form.key)
        return visit.see("/delegations", told="revoked")

    async def _shown(self, visit: Visit, *, form: Form, status: int = 200) -> Response[Any]:
        found = await self._service.delegations()
        values = {
            "rows": [(each, standing(each, visit.now)) for each in found.items],
            "roles": sorted(visit.caller.roles),
            "form": form,
        }
        return visit.page("delegations.html", status=status, **values)


def standing(delegation: Delegation, now: dt.datetime) -> str:
    """Whether a delegation holds: planned, holds, over or revoked."""
    if delegation.revoked_at is not None:
        return "revoked"
    if now < delegation.starts_at:
        return "planned"
    return "holds" if now < delegation.ends_at else "over"


def _wish(form: Form, visit: Visit) -> Delegate:
    to, reason = words_of(form, "to", needed=True, longest=255), words_of(form, "reason", longest=_REASON_MOST)
    first, last = _day(form["first"]), _day(form["last"])
    if len(reason) < _REASON_LEAST:
        raise Problem(Kind.INVALID, "reason_missing", "say why somebody stands in")
    roles = [each for each in form.all("roles") if each]
    if not roles:
        raise Problem(Kind.INVALID, "role_missing", "choose at least one of your roles")
    # Whoever delegates from today on delegates from now on: the past is not lent.
    return Delegate(to=to, roles=roles, starts_at=max(first, visit.now), ends_at=last + _DAY, reason=reason)


def _day(given: str) -> dt.datetime:
    try:
        return dt.datetime.combine(dt.date.fromisoformat(given), dt.time(), tzinfo=dt.UTC)
    except (ValueError, OverflowError):
        raise Problem(Kind.INVALID, "day_unknown", f"{given[:20]!r} is no day; write it as 2026-12-24") from None
