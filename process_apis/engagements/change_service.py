"""Answers clients about their change requests; whose a project or a request is, is looked at first."""

from __future__ import annotations

from decimal import Decimal

from contracts.canonical.casework import CaseState, Limit
from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from contracts.process.change_requests import ChangeRequest, ChangeRequestPage, ChangeState, RaiseChange
from contracts.process.engagements import IdempotencyKey
from kit.caller import current_caller
from kit.durable import Road
from kit.durable.owned import WHOSE, OwnedCase, OwnedCases, key_of
from kit.room import DurableSource
from process_apis.engagements import rules
from process_apis.engagements.cases import Case, StoredCases
from process_apis.engagements.changing import ANSWER, OUTCOME, StartChange
from process_apis.engagements.config import Config


class ChangeRequestsService:
    """Each request is a case of its own, begun once for a person and a key."""

    def __init__(
        self, *, cases: StoredCases, requests: OwnedCases, durable: DurableSource, road: Road, config: Config
    ) -> None:
        self._cases = cases
        self._requests = requests
        self._durable = durable
        self._road = road
        self._config = config

    async def requests(self, *, project_id: str = "", cursor: str = "", limit: Limit = 50) -> ChangeRequestPage:
        """List the caller's change requests."""
        having = {"project_id": project_id}
        found = await self._requests.page(customers=self._customers(), having=having, cursor=cursor, limit=limit)
        return ChangeRequestPage(items=[request_of(case) for case in found.items], next_cursor=found.cursor)

    async def request(self, *, request_id: str) -> ChangeRequest:
        """Read one change request with the decision on it."""
        return request_of(await self._one(request_id))

    async def ask(self, *, project_id: str, body: RaiseChange, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Ask for a change; delivery has to decide."""
        self._must_ask()
        engagement = await self._cases.one(project_id, customers=self._customers())
        caller = current_caller()
        request_id = key_of("chr", project_id, caller.subject, idempotency_key)
        start = StartChange(
            request_id=request_id,
            project_id=project_id,
            customer_id=engagement.summary.customer_id,
            title=body.title,
            text=body.text,
            asked_by=caller.subject,
            due_in_h=self._config.change_due_h,
            budget=_budget(body, engagement),
        )
        started = await self._durable().start(self._road, business_key=request_id, start=start, by=caller.subject)
        await self._requests.own(started.case_id, _facts(start))
        return await self.request(request_id=request_id)

    async def withdraw(self, *, request_id: str, idempotency_key: IdempotencyKey) -> ChangeRequest:
        """Let a change request go that nobody decided on yet."""
        del idempotency_key  # what was withdrawn stays so, whoever repeats it
        self._must_ask()
        case = await self._one(request_id)
        state = request_of(case).state
        if state is ChangeState.WITHDRAWN:
            return request_of(case)
        if state is not ChangeState.OPEN:
            raise Problem(Kind.CONFLICT, "change_decided", f"{request_id} is {state.value}")
        by = current_caller().subject
        await self._durable().cancel(case.case_id, reason="withdrawn by the customer", by=by)
        return await self.request(request_id=request_id)

    def _customers(self) -> frozenset[str] | None:
        return rules.customers_of(current_caller(), self._config)

    def _must_ask(self) -> None:
        roles = self._config.asking_roles
        if current_caller().roles.isdisjoint(roles):
            hint = f"ask somebody who is {' or '.join(sorted(roles))}"
            raise Problem(Kind.FORBIDDEN, "role_missing", "none of your roles may ask for changes", hint=hint)

    async def _one(self, request_id: str) -> OwnedCase:
        case = await self._requests.one(request_id, customers=self._customers())
        if case is None:
            raise Problem(Kind.NOT_FOUND, "change_request_not_found", f"there is no change request {request_id}")
        return case


def request_of(case: OwnedCase) -> ChangeRequest:
    """A case as its client reads it."""
    facts = case.facts
    state = ChangeState.WITHDRAWN if case.cancelled else ChangeState.OPEN
    if OUTCOME in facts:
        state = ChangeState(facts[OUTCOME])
    amount, _, currency = facts["budget"].partition(" ")
    return ChangeRequest(
        request_id=case.business_key,
        project_id=facts["project_id"],
        title=facts["title"],
        text=facts["text"],
        state=state,
        raised_at=case.opened_at,
        raised_by=facts["asked_by"],
        budget=Money(amount=Decimal(amount), currency=currency) if amount else None,
        answer=facts.get(ANSWER, ""),
        decided_at=case.closed_at if case.state is CaseState.COMPLETED else None,
    )


def _budget(body: RaiseChange, engagement: Case) -> Money | None:
    if body.budget is None:
        return None
    currency = engagement.summary.value.currency
    if not body.budget.is_finite() or body.budget <= 0 or rounded(body.budget, currency) != body.budget:
        detail = f"it must be above 0, in units that {currency} can state"
        error = FieldError(pointer="/budget", code="budget_unsound", detail=detail)
        raise Problem(Kind.INVALID, "budget_unsound", detail, errors=(error,))
    return Money(amount=body.budget, currency=currency)


def _facts(start: StartChange) -> dict[str, str]:
    budget = start.budget
    return {
        WHOSE: start.customer_id,
        "project_id": start.project_id,
        "title": start.title,
        "text": start.text,
        "budget": "" if budget is None else f"{budget.amount} {budget.currency}",
        "asked_by": start.asked_by,
    }
