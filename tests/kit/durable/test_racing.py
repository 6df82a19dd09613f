"""Two people at one thing at the same moment: exactly one wins, on every database; another tenant finds nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import ApprovalState, CaseState, ExceptionState
from contracts.canonical.governance import RemarkKind, Rung
from contracts.problem import Kind, Problem
from kit.clock import SystemClock
from kit.durable import ApprovalRequest, DurableSettings, Fault, Handling, Route, Stage, open_durable
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import StartDeal, World, road

CROWD = 6


async def outcomes(*acts: Awaitable[object]) -> tuple[int, set[str]]:
    """How many of the acts went through, and why the others did not."""
    found = await asyncio.gather(*acts, return_exceptions=True)
    refused = [each for each in found if isinstance(each, BaseException)]
    assert all(isinstance(each, Problem) for each in refused), refused
    return len(found) - len(refused), {each.code for each in refused if isinstance(each, Problem)}


@pytest.mark.req(243)
async def test_of_many_fixes_one_wins(opened: Opened) -> None:
    """Each with other answers: one stands, the others are told that it is closed, and the case used that one."""
    way = road(World())
    async with opened(way) as durable:
        case_id = (await durable.start(way, business_key="D1", start=StartDeal(deal_id="D1", tax_known=False))).case_id
        await reaches(durable, case_id, CaseState.EXCEPTION)
        (item,) = (await durable.casebook.exceptions(case_id=case_id)).items
        won, why = await outcomes(
            *(
                durable.casebook.fix(item.exception_id, values={"tax_code": f"DE-S-{n}"}, by=f"p{n}", key="k")
                for n in range(CROWD)
            )
        )
        case = await reaches(durable, case_id, CaseState.COMPLETED)
        fixed = await durable.casebook.exception(item.exception_id)

    assert (1, {"exception_closed"}) == (won, why)
    assert ExceptionState.FIXED is fixed.state
    assert f"DE-S-{(fixed.fixed_by or '')[1:]}" == case.facts["tax_code"]


@pytest.mark.req(243)
async def test_of_many_decisions_one_wins(opened: Opened) -> None:
    """Half approve and half reject what all of them saw: one decision stands, and the case follows it."""
    way = road(World())
    async with opened(way) as durable:
        order = StartDeal(deal_id="D1", approval=True)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
        (asked,) = (await durable.casebook.approvals(case_id=case_id)).items
        won, why = await outcomes(
            *(
                durable.casebook.decide(
                    asked.approval_id, approve=n % 2 == 0, by=f"p{n}", etag=asked.etag, key="k", comment="why"
                )
                for n in range(CROWD)
            )
        )
        decided = await durable.casebook.approval(asked.approval_id)
        approved = decided.state is ApprovalState.APPROVED
        await reaches(durable, case_id, CaseState.COMPLETED if approved else CaseState.UNWOUND)

    assert (1, {"approval_decided"}) == (won, why)
    assert 1 == len(decided.verdicts)


async def test_of_many_questions_one_stands(opened: Opened) -> None:
    """An approval holds one question at a time, and one answer takes it away."""
    way = road(World())
    async with opened(way) as durable:
        order = StartDeal(deal_id="D1", approval=True)
        case_id = (await durable.start(way, business_key="D1", start=order)).case_id
        await reaches(durable, case_id, CaseState.WAITING_APPROVAL)
        (asked,) = (await durable.casebook.approvals(case_id=case_id)).items
        say = durable.casebook.remarking.on_approval
        put, busy = await outcomes(
            *(say(asked.approval_id, kind=RemarkKind.QUESTION, text="?", by=f"p{n}", key="q") for n in range(CROWD))
        )
        answered, late = await outcomes(
            *(say(asked.approval_id, kind=RemarkKind.ANSWER, text="!", by=f"a{n}", key="a") for n in range(CROWD))
        )

    assert (1, {"approval_question_open"}) == (put, busy)
    assert (1, {"no_question_open"}) == (answered, late)


class Hasty:
    """Everything is due at once and calls a lead."""

    def handling(self, fault: Fault) -> Handling:
        return Handling(fault=replace(fault, due_in_h=0.0), escalation=[Rung(role="lead", after_h=0)])

    def route(self, request: ApprovalRequest) -> Route:
        return Route(
            stages=[Stage(roles=[request.role], sla_h=0.0, escalation=[Rung(role="lead", after_h=0)])], expires_h=48
        )


@pytest.mark.req(256)
async def test_of_many_clocks_one_escalates(url: str) -> None:
    """Every worker may look at what is overdue; an exception and an approval call the next role once each."""
    way = road(World())
    settings = DurableSettings(url=url, poll_s=0.05, listen_s=0.05, drain_s=0, beat_s=0.2, lease_s=20.0)
    async with open_durable(settings, roads=[way], clock=SystemClock(), governance=Hasty()) as durable:
        for deal, order in (
            ("D1", StartDeal(deal_id="D1", tax_known=False)),
            ("D2", StartDeal(deal_id="D2", approval=True)),
        ):
            state = CaseState.EXCEPTION if deal == "D1" else CaseState.WAITING_APPROVAL
            case_id = (await durable.start(way, business_key=deal, start=order)).case_id
            await reaches(durable, case_id, state)
        swept = await asyncio.gather(*(durable.casebook.escalating.sweep() for _ in range(CROWD)))
        (item,) = (await durable.casebook.exceptions()).items
        (asked,) = (await durable.casebook.approvals(roles=frozenset({"lead"}))).items

    assert 2 == sum(swept)
    assert (["lead"], ["lead"]) == (item.escalated_to, asked.escalated_to)


async def test_another_tenant_finds_nothing(url: str) -> None:
    """BOLA: what one tenant has is not there for another, read or acted on, by its very id."""
    way = road(World())
    settings = DurableSettings(url=url, poll_s=0.05, listen_s=0.05, drain_s=0, beat_s=0.2, lease_s=20.0)
    other = DurableSettings(url=url, tenant="other", worker=False)
    async with (
        open_durable(settings, roads=[way], clock=SystemClock()) as ours,
        open_durable(other, roads=[way], clock=SystemClock()) as theirs,
    ):
        order = StartDeal(deal_id="D1", tax_known=False, approval=True)
        case_id = (await ours.start(way, business_key="D1", start=order)).case_id
        await reaches(ours, case_id, CaseState.EXCEPTION)
        (item,) = (await ours.casebook.exceptions()).items
        book, thing = theirs.casebook, item.exception_id
        acts: list[Awaitable[object]] = [
            book.case(case_id),
            book.timeline(case_id),
            book.exception(thing),
            book.fix(thing, values={"tax_code": "EU-RC"}, by="eve", key="1"),
            book.fixing.confirm(thing, accept=True, by="eve", key="2"),
            book.fixing.withdraw(thing, reason="none", by="eve", key="3"),
            book.fixing.assign(thing, to="eve", by="eve", key="4"),
            book.remarking.on_exception(thing, text="x", by="eve", key="5"),
            theirs.cancel(case_id, reason="none", by="eve"),
        ]
        for act in acts:
            with pytest.raises(Problem) as absent:
                await act
            assert Kind.NOT_FOUND is absent.value.kind
        assert [] == (await book.exceptions()).items
        assert 0 == (await book.exception_counts()).open
        await ours.casebook.fix(thing, values={"tax_code": "EU-RC"}, by="ann", key="1")
        await reaches(ours, case_id, CaseState.WAITING_APPROVAL)
        (asked,) = (await ours.casebook.approvals()).items
        ref = asked.approval_id
        for act in (
            book.approval(ref),
            book.decide(ref, approve=True, by="eve", etag=asked.etag, key="6"),
            book.assign_approval(ref, to="eve", by="eve", key="7"),
            book.remarking.on_approval(ref, kind=RemarkKind.QUESTION, text="x", by="eve", key="8"),
            book.breaking.break_glass(ref, reason="none at all", etag=asked.etag, by="eve", key="9"),
        ):
            with pytest.raises(Problem) as absent:
                await act
            assert Kind.NOT_FOUND is absent.value.kind
        assert [] == (await book.approvals()).items
