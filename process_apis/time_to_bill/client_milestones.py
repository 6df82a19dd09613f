"""Clients accept milestones or decline them, in their own name and each once; a declined one waits for delivery."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.canonical.agreements import AgreedMilestone, BillingAgreement
from contracts.canonical.casework import ExceptionState
from contracts.problem import Kind, Problem
from contracts.process.client_billing import (
    AcceptanceState,
    AcceptAsClient,
    Decline,
    DeclineAsClient,
    Milestones,
    MilestoneStanding,
)
from contracts.process.time_to_bill import AcceptMilestone
from kit.caller import current_caller
from kit.durable import Road
from kit.durable.owned import WHOSE, OwnedCase, OwnedCases, key_of
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.client_reading import ClientBooks, customers_of, must_hold
from process_apis.time_to_bill.client_views import milestone_of
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.disputing import ANSWER, StartDecline
from process_apis.time_to_bill.milestones import accepted

_MOST = 200
_DONE = frozenset({AcceptanceState.ACCEPTED, AcceptanceState.BILLED})


class ClientMilestones:
    """The payment points of a client's projects."""

    def __init__(
        self, *, accounts: Accounts, durable: DurableSource, road: Road, declines: OwnedCases, config: Config
    ) -> None:
        self._accounts = accounts
        self._durable = durable
        self._road = road
        self._declines = declines
        self._config = config

    async def of(self, project_id: str) -> Milestones:
        """The milestones of a project.

        Raises:
            Problem: not_found.

        """
        agreement = await self._agreed(project_id)
        declines = await self._latest(project_id)
        async with self._accounts.read() as books:
            lines = await books.lines(project_id)
        items = [
            milestone_of(agreement, each, lines, declined=_decline(declines.get(each.milestone_id)))
            for each in agreement.milestones
        ]
        return Milestones(project_id=project_id, items=items)

    async def accept(self, project_id: str, milestone_id: str, body: AcceptAsClient) -> MilestoneStanding:
        """Accept a milestone today; the same person may say it again, and a decline that waits is let go.

        Raises:
            Problem: forbidden, without the role; not_found; conflict, when it was accepted before or cannot be taxed.

        """
        caller = current_caller()
        must_hold(caller, self._config.accepting_roles, what="accept milestones")
        before, _ = await self._one(project_id, milestone_id)
        if before.state in _DONE:
            if before.accepted_by != caller.subject:
                detail = f"{milestone_id} was accepted on {before.accepted_on} by {before.accepted_by}"
                raise Problem(Kind.CONFLICT, "milestone_accepted", detail)
            return before
        async with self._accounts.write() as books:
            proof = AcceptMilestone(
                project_id=project_id,
                accepted_on=books.now.date(),
                accepted_by=caller.subject,
                document=body.document or f"accepted in the portal {books.now:%Y-%m-%dT%H:%MZ}",
            )
            await _taken(books, milestone_id, proof)
        waiting = (await self._latest(project_id)).get(milestone_id)
        if waiting is not None and _waits(waiting):
            await self._durable().cancel(waiting.case_id, reason="accepted since", by=caller.subject)
        return (await self._one(project_id, milestone_id))[0]

    async def decline(
        self, project_id: str, milestone_id: str, body: DeclineAsClient, *, key: str
    ) -> MilestoneStanding:
        """Decline a milestone; delivery has to answer before it can be declined again.

        Raises:
            Problem: forbidden, without the role; not_found; conflict, when it was accepted or a decline waits; invalid,
                when the key came before with other words.

        """
        caller = current_caller()
        must_hold(caller, self._config.accepting_roles, what="decline milestones")
        standing, agreement = await self._one(project_id, milestone_id)
        decline_id = key_of("dcl", project_id, milestone_id, caller.subject, key)
        if standing.state in _DONE:
            raise Problem(Kind.CONFLICT, "milestone_accepted", f"{milestone_id} was accepted before")
        waiting = (await self._latest(project_id)).get(milestone_id)
        if waiting is not None and _waits(waiting) and waiting.business_key != decline_id:
            raise Problem(Kind.CONFLICT, "milestone_declined", f"{milestone_id} waits for an answer of delivery")
        agreed = _found(agreement, milestone_id)
        start = StartDecline(
            decline_id=decline_id,
            milestone_id=milestone_id,
            name=agreed.name,
            project_id=project_id,
            customer_id=agreement.customer_id,
            legal_entity_id=agreement.legal_entity_id,
            amount=agreed.amount,
            reason=body.reason,
            declined_by=caller.subject,
        )
        started = await self._durable().start(self._road, business_key=decline_id, start=start, by=caller.subject)
        facts = {
            WHOSE: agreement.customer_id,
            "project_id": project_id,
            "milestone_id": milestone_id,
            "reason": body.reason,
            "declined_by": caller.subject,
        }
        await self._declines.own(started.case_id, facts)
        return (await self._one(project_id, milestone_id))[0]

    async def _agreed(self, project_id: str) -> BillingAgreement:
        async with self._accounts.read() as books:
            return await ClientBooks(books, customers_of(current_caller(), self._config)).agreed(project_id)

    async def _one(self, project_id: str, milestone_id: str) -> tuple[MilestoneStanding, BillingAgreement]:
        agreement = await self._agreed(project_id)
        _found(agreement, milestone_id)
        listed = await self.of(project_id)
        return next(each for each in listed.items if each.milestone_id == milestone_id), agreement

    async def _latest(self, project_id: str) -> dict[str, OwnedCase]:
        """The latest decline of each milestone of a project, whose it is being looked at already."""
        page = await self._declines.page(customers=None, having={"project_id": project_id}, limit=_MOST)
        return {case.facts["milestone_id"]: case for case in reversed(page.items)}


async def _taken(books: Books, milestone_id: str, proof: AcceptMilestone) -> None:
    """Book the acceptance; what is refused tells nothing of another project that has a milestone of that id."""
    try:
        await accepted(books, milestone_id, proof)
    except Problem as refused:
        if refused.code != "milestone_accepted":
            raise
        detail = f"{milestone_id} was accepted before"
        raise Problem(Kind.CONFLICT, "milestone_accepted", detail) from refused


def _found(agreement: BillingAgreement, milestone_id: str) -> AgreedMilestone:
    found = next((each for each in agreement.milestones if each.milestone_id == milestone_id), None)
    if found is None:
        detail = f"{agreement.project_id} has no milestone {milestone_id}"
        raise Problem(Kind.NOT_FOUND, "milestone_not_found", detail)
    return found


def _waits(case: OwnedCase) -> bool:
    answered = case.asked is not None and case.asked.state is ExceptionState.FIXED
    return case.closed_at is None and not case.cancelled and not answered


def _decline(case: OwnedCase | None) -> Decline | None:
    """What was said; one that was let go, because the milestone was accepted since, is history."""
    if case is None or case.cancelled:
        return None
    said = Decline(at=case.opened_at, by=case.facts["declined_by"], reason=case.facts["reason"])
    asked = case.asked
    if asked is None or asked.state is not ExceptionState.FIXED:
        return said
    return replace(said, answer=asked.answers.get(ANSWER, ""), answered_at=asked.answered_at)
