"""Several approvals with one comment: looked at again together, then decided one by one, each with its own outcome.

Sending the form twice decides nothing twice: each approval's key is made of the form's and its own.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from litestar import Response

from contracts.canonical.casework import Approval
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide
from experience_apis.approvals.pages import shown
from experience_apis.approvals.pages.card import UNDO_S, verdict_of, words_of
from experience_apis.approvals.pages.queue import cards
from experience_apis.approvals.service import ApprovalsService
from kit.web import Form, Route, Visit

MOST: Final = 50


class Outcome(NamedTuple):
    """What came of one of them; `refused` says why nothing was decided."""

    approval_id: str
    subject: str
    told: str = ""
    refused: str = ""


class TogetherPages:
    """Many decisions at once."""

    def __init__(self, service: ApprovalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route("POST", "/together", self.looked), Route("POST", "/together/decision", self.decided)]

    async def looked(self, visit: Visit) -> Response[Any]:
        """What was picked, as it stands now; nothing is decided yet."""
        form = await visit.form()
        return await self._shown(visit, _picked(form), form=Form())

    async def decided(self, visit: Visit) -> Response[Any]:
        """Decide each of them."""
        form = await visit.form()
        picked = dict(zip(form.all("pick"), form.all("etag"), strict=False))
        try:
            approve, comment = verdict_of(form), words_of(form, "comment", needed=form["verdict"] == "reject")
        except Problem as problem:
            return await self._shown(visit, _picked(form), form=form.refused(problem), status=problem.status)
        body = Decide(approve=approve, comment=comment, undo_s=UNDO_S)
        key, picks = form.key, _picked(form)
        outcomes = [await self._one(each, body, etag=picked.get(each, ""), key=f"{key}:{each}") for each in picks]
        return visit.page("decided.html", outcomes=outcomes, done=sum(not each.refused for each in outcomes))

    async def _one(self, approval_id: str, body: Decide, *, etag: str, key: str) -> Outcome:
        subject = approval_id
        try:
            subject = (await self._service.card(approval_id=approval_id)).subject
            decided = await self._service.decide(approval_id=approval_id, body=body, if_match=etag, idempotency_key=key)
        except Problem as problem:
            return Outcome(approval_id, subject, refused=problem.detail or problem.code)
        return Outcome(approval_id, subject, told=shown.outcome(decided))

    async def _shown(self, visit: Visit, picked: list[str], *, form: Form, status: int = 200) -> Response[Any]:
        found: list[Approval] = await cards(self._service, picked)
        return visit.page("together.html", status=status, items=found, stakes=shown.at_stake(found), form=form)


def _picked(form: Form) -> list[str]:
    picked = list(dict.fromkeys(form.all("pick")))
    if not picked:
        raise Problem(Kind.INVALID, "nothing_picked", "nothing was picked", hint="Tick what to decide together.")
    if len(picked) > MOST:
        raise Problem(Kind.INVALID, "too_many_picked", f"at most {MOST} are decided together, not {len(picked)}")
    return picked
