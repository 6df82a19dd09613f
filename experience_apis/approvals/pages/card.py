"""One approval: everything needed to decide, the decision, questions and handing over.

A decision is about what was seen: when that has changed meanwhile nothing is decided, and what changed is shown.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from contracts.canonical.casework import Approval, ApprovalState
from contracts.canonical.governance import RemarkKind
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, Decide, Say
from experience_apis.approvals.pages import shown
from experience_apis.approvals.service import ApprovalsService
from kit.web import Form, Route, Visit

VERDICTS: Final = {"approve": True, "reject": False}
UNDO_S: Final = 10
"""Seconds in which a decision made on a page can be taken back."""
_AT: Final = "/approvals/{approval_id}"
_TOLD: Final = {
    RemarkKind.QUESTION: "asked",
    RemarkKind.CHANGE_REQUEST: "asked",
    RemarkKind.ANSWER: "answered",
    RemarkKind.COMMENT: "commented",
}
_LONGEST: Final = 2000


class CardPages:
    """One approval and what may be done with it."""

    def __init__(self, service: ApprovalsService) -> None:
        self._service = service

    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("GET", _AT, self.card),
            Route("POST", f"{_AT}/decision", self.decided),
            Route("POST", f"{_AT}/withdrawal", self.taken_back),
            Route("POST", f"{_AT}/remarks", self.said),
            Route("POST", f"{_AT}/assignment", self.assigned),
        ]

    async def card(self, visit: Visit) -> Response[Any]:
        """The approval."""
        return await self._shown(visit)

    async def decided(self, visit: Visit) -> Response[Any]:
        """Approve or reject what was seen."""
        form = await visit.form()
        approval_id = visit.path["approval_id"]
        try:
            _same_person(form, visit.caller.subject)
            decided = await self._service.decide(
                approval_id=approval_id,
                body=Decide(
                    approve=verdict_of(form), comment=words_of(form, "comment"), role=form["role"], undo_s=UNDO_S
                ),
                if_match=form["etag"],
                idempotency_key=form.key,
            )
        except Problem as problem:
            return await self._refused(visit, form, problem)
        return visit.see("/", told=shown.outcome(decided), decided=approval_id)

    async def taken_back(self, visit: Visit) -> Response[Any]:
        """Take one's decision back while nothing has followed from it."""
        form = await visit.form()
        approval_id = visit.path["approval_id"]
        try:
            await self._service.take_back(approval_id=approval_id, idempotency_key=form.key)
        except Problem as problem:
            return await self._refused(visit, form, problem)
        return visit.see(f"/approvals/{approval_id}", told="taken_back")

    async def said(self, visit: Visit) -> Response[Any]:
        """Ask, request changes, answer or comment."""
        form = await visit.form()
        approval_id = visit.path["approval_id"]
        try:
            kind = _kind(form)
            text = words_of(form, "text", needed=True)
            body = Say(text=text, kind=kind)
            await self._service.say(approval_id=approval_id, body=body, idempotency_key=form.key)
        except Problem as problem:
            return await self._refused(visit, form, problem)
        return visit.see(f"/approvals/{approval_id}", told=_TOLD[kind])

    async def assigned(self, visit: Visit) -> Response[Any]:
        """Take it, or hand it to somebody who holds the role."""
        form = await visit.form()
        approval_id = visit.path["approval_id"]
        try:
            to = words_of(form, "to", longest=255)
            await self._service.assign(approval_id=approval_id, body=Assign(to=to), idempotency_key=form.key)
        except Problem as problem:
            return await self._refused(visit, form, problem)
        return visit.see(f"/approvals/{approval_id}", told="assigned")

    async def _refused(self, visit: Visit, form: Form, problem: Problem) -> Response[Any]:
        """The card as it stands now, with all that was typed and what changed since it was seen."""
        if problem.kind in {Kind.NOT_FOUND, Kind.UNAUTHENTICATED}:
            raise problem
        return await self._shown(visit, form=form.refused(problem), status=problem.status)

    async def _shown(self, visit: Visit, *, form: Form | None = None, status: int = 200) -> Response[Any]:
        approval = await self._service.card(approval_id=visit.path["approval_id"])
        remarks = await self._service.remarks(approval_id=approval.approval_id)
        subject = visit.caller.subject
        filled = form or Form()
        return visit.page(
            "card.html",
            status=status,
            approval=approval,
            history=shown.history(approval, remarks.items),
            form=filled,
            changes=shown.changes(filled["seen"], approval) if form is not None else [],
            decides=shown.may_decide(approval, subject),
            spoken=shown.spoken(approval, subject),
            undo=shown.undoable(approval, subject, visit.now),
            talks=approval.state is ApprovalState.OPEN,
            asker=_asker(approval, remarks.items),
        )


def verdict_of(form: Form) -> bool:
    """Whether a form approves.

    Raises:
        Problem: invalid, when it says neither.

    """
    if form["verdict"] not in VERDICTS:
        raise Problem(Kind.INVALID, "verdict_missing", "say whether you approve or reject")
    return VERDICTS[form["verdict"]]


def words_of(form: Form, name: str, *, needed: bool = False, longest: int = _LONGEST) -> str:
    """A text that was typed.

    Raises:
        Problem: invalid, when it is longer than what is kept, or needed and empty.

    """
    text = form[name]
    if len(text) > longest:
        raise Problem(Kind.INVALID, "text_too_long", f"at most {longest} characters are kept, not {len(text)}")
    if needed and not text:
        raise Problem(Kind.INVALID, "text_missing", "write what you want to say")
    return text


def _same_person(form: Form, subject: str) -> None:
    """Refuse a decision that was kept on a device for somebody else than who is signed in now."""
    if form["person"] not in {"", subject}:
        raise Problem(
            Kind.FORBIDDEN,
            "decision_of_another_person",
            f"{form['person']} made this decision, and you are signed in as {subject}",
        )


def _kind(form: Form) -> RemarkKind:
    if form["kind"] not in set(RemarkKind):
        raise Problem(Kind.INVALID, "remark_kind_missing", "say whether you ask, answer or comment")
    return RemarkKind(form["kind"])


def _asker(approval: Approval, remarks: list[Any]) -> str:
    """Who asked the question that stands; empty where none does."""
    asked = [each for each in remarks if each.kind in {RemarkKind.QUESTION, RemarkKind.CHANGE_REQUEST}]
    return asked[-1].by if approval.question and asked else ""
