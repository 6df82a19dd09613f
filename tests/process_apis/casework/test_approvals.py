import datetime as dt

import pytest

from contracts.canonical.casework import Approval, ApprovalState, CaseState
from contracts.canonical.governance import BreakGlass, Quorum, RemarkKind, StepStanding
from contracts.events.casework import ApprovalStepOpened, ApprovalWithdrawn
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, BreakTheGlass, Decide, Say
from kit.caller import Caller, calling
from kit.events import EventLog, Place
from tests.process_apis.casework.governed import (
    FELIX,
    FIONA,
    OLGA,
    TARA,
    TOM,
    Queue,
    person,
    queue,
)

LARGE = "6000000"
ALL_OF = "deal billing_model"
VERY_LARGE = "3000000"
BORIS, BEATE = person("boris.bridge", "break_glass"), person("beate.bridge", "break_glass")


async def types_of(at: Queue) -> list[str]:
    """The events told so far."""
    return [one.event.type for one in await EventLog(at.durable.store).after(Place())]


async def said(at: Queue, caller: Caller, approval: Approval, kind: RemarkKind, text: str) -> None:
    """Say something as this person."""
    with calling(caller):
        await at.service.say(approval_id=approval.approval_id, body=Say(text=text, kind=kind), idempotency_key=text)


async def glass(at: Queue, caller: Caller, approval: Approval, *, etag: str = "") -> BreakGlass:
    """Break the glass as this person, having seen this."""
    with calling(caller):
        return await at.service.break_glass(
            approval_id=approval.approval_id,
            body=BreakTheGlass(reason="the payroll run starts in an hour"),
            if_match=f'"{etag or approval.etag}"',
            idempotency_key=f"glass-{caller.subject}",
        )


# ---------------------------------------------------------------- CTL-1: the matrix orders the steps


@pytest.mark.req(142)
async def test_the_matrix_decides_who_is_asked() -> None:
    """The steps, the clock and the expiry are those of the rule, and the approval names it."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)

        assert [["tax"], ["finance"]] == [step.roles for step in approval.steps]
        assert [StepStanding.OPEN, StepStanding.WAITING] == [step.state for step in approval.steps]
        assert "deal-tax-eur of 2026-11-20" == approval.rule
        assert approval.expires_at is not None
        assert (dt.timedelta(hours=24), dt.timedelta(hours=120)) == (
            approval.due_at - approval.requested_at,
            approval.expires_at - approval.requested_at,
        )


@pytest.mark.req(142, 152)
async def test_the_second_step_opens_after_the_first() -> None:
    """Finance sees it once tax has approved, not before; the case goes on after the last step."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        with calling(FELIX):
            early = await at.service.approvals()
        with pytest.raises(Problem) as refused:
            await at.decide(FELIX, approval.approval_id)
        after = await at.decide(TARA, approval.approval_id)
        assert (ApprovalState.OPEN, 2, "finance") == (after.state, after.step, after.role)
        assert CaseState.WAITING_APPROVAL is await at.case_state(approval.case_id)
        with calling(FELIX):
            waiting = await at.service.approvals()
        done = await at.decide(FELIX, approval.approval_id)

        assert ([], "approval_not_yours") == (early.items, refused.value.code)
        assert [approval.approval_id] == [each.approval_id for each in waiting.items]
        assert ApprovalState.APPROVED is done.state
        assert [(1, "tara.tax"), (2, "felix.finance")] == [(each.step, each.by) for each in done.verdicts]
        assert CaseState.COMPLETED is await at.case_state(approval.case_id)
        assert 1 == (await types_of(at)).count(ApprovalStepOpened.TYPE)


async def test_all_of_needs_each_role_by_different_people() -> None:
    """Both roles speak before the step is through; who holds both speaks once, for the role they choose."""
    both = person("bo.both", "finance", "operations")
    async with queue() as at:
        approval = await at.asked(about=ALL_OF, amount=VERY_LARGE)
        first = await at.decide(both, approval.approval_id, role="operations")
        with pytest.raises(Problem) as again:
            await at.decide(both, approval.approval_id, key="again")
        second = await at.decide(FELIX, approval.approval_id)

        assert Quorum.ALL_OF is approval.steps[0].quorum
        assert (1, ["operations"]) == (first.step, [each.role for each in first.verdicts])
        assert (Kind.FORBIDDEN, "approval_decided_by_you") == (again.value.kind, again.value.code)
        assert (2, "finance_lead") == (second.step, second.role)


async def test_one_rejection_ends_it() -> None:
    """A no in any step is a no; the case is taken back."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        await at.decide(TARA, approval.approval_id)
        done = await at.decide(FELIX, approval.approval_id, approve=False, comment="too risky")

        assert ApprovalState.REJECTED is done.state
        assert [StepStanding.APPROVED, StepStanding.REJECTED] == [step.state for step in done.steps]
        assert CaseState.UNWOUND is await at.case_state(approval.case_id)


async def test_without_a_rule_the_role_that_was_named_decides() -> None:
    """What the matrix does not know is asked as the road asked it."""
    async with queue() as at:
        approval = await at.asked(about="deal colour")

        assert ("", [["tax"]]) == (approval.rule, [step.roles for step in approval.steps])


@pytest.mark.req(256, 271)
async def test_what_is_overdue_lets_the_next_role_stand_in() -> None:
    """A late step calls its rung once; whoever was called decides in place of the role, and it is written down."""
    lead = person("tilda.lead", "tax_lead")
    async with queue() as at:
        approval = await at.asked()
        with pytest.raises(Problem):
            await at.decide(lead, approval.approval_id, key="early")
        at.clock.advance(24 * 3600)
        assert (1, 0) == (
            await at.durable.casebook.escalating.sweep(),
            await at.durable.casebook.escalating.sweep(),
        )
        with calling(lead):
            (waiting,) = (await at.service.approvals()).items
        done = await at.decide(lead, approval.approval_id)

        assert ["tax_lead"] == waiting.escalated_to
        assert [("tax", "tax_lead")] == [(each.role, each.stands_in) for each in done.verdicts]


async def test_nobody_decides_after_it_expired() -> None:
    """The whole expires with the rule; lateness of a step alone does not end it."""
    async with queue() as at:
        approval = await at.asked()
        at.clock.advance(120 * 3600)
        with pytest.raises(Problem) as late:
            await at.decide(TARA, approval.approval_id)
        await at.durable.tick()

        assert "approval_expired" == late.value.code
        assert ApprovalState.EXPIRED is await at.state_of(approval.approval_id)


async def test_an_approval_of_a_cancelled_case_is_withdrawn() -> None:
    """It is not called expired: nobody was late."""
    async with queue() as at:
        approval = await at.asked()
        await at.durable.cancel(approval.case_id, reason="the customer went away", by="olga.operations")
        await at.case_state(approval.case_id)

        assert ApprovalState.WITHDRAWN is await at.state_of(approval.approval_id)
        assert ApprovalWithdrawn.TYPE in await types_of(at)


# ---------------------------------------------------------------- CTL-2, CTL-3: nobody decides what is their own


async def test_nobody_decides_what_they_submitted() -> None:
    """Who wants it approved may read it and may not decide it."""
    async with queue() as at:
        approval = await at.asked(submitted_by="tara.tax")
        with pytest.raises(Problem) as own:
            await at.decide(TARA, approval.approval_id)
        with calling(person("sam.sales", "sales")), pytest.raises(Problem) as hidden:
            await at.service.approval(approval_id=approval.approval_id)

        assert (Kind.FORBIDDEN, "approval_of_ones_own") == (own.value.kind, own.value.code)
        assert Kind.NOT_FOUND is hidden.value.kind
        assert ApprovalState.APPROVED is (await at.decide(TOM, approval.approval_id)).state


async def test_the_submitter_reads_it() -> None:
    """Whoever submitted it sees where it stands."""
    async with queue() as at:
        approval = await at.asked(submitted_by="sam.sales")
        with calling(person("sam.sales", "sales")):
            seen = await at.service.approval(approval_id=approval.approval_id)

        assert (approval.approval_id, False) == (seen.approval_id, seen.yours)


async def test_the_same_person_is_not_two_steps() -> None:
    """History of the object: who spoke in one step does not speak in the next, whatever roles they hold."""
    both = person("bo.both", "tax", "finance")
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        await at.decide(both, approval.approval_id)
        with pytest.raises(Problem) as again:
            await at.decide(both, approval.approval_id, key="again")

        assert "approval_decided_by_you" == again.value.code


async def test_a_repeated_decision_gets_its_first_answer() -> None:
    """The same key after the step moved on is answered as the first time."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        etag = approval.etag
        first = await at.decide(TARA, approval.approval_id, key="k")
        with calling(TARA):
            again = await at.service.decide(
                approval_id=approval.approval_id,
                body=Decide(approve=True),
                if_match=f'"{etag}"',
                idempotency_key="k",
            )

        assert first == again


# ---------------------------------------------------------------- CTL-4: bound to what was seen; questions, hand-over


async def test_a_question_holds_it_back_until_it_is_answered() -> None:
    """Nobody approves past an open question, a rejection passes; the answer makes it another thing to read."""
    async with queue() as at:
        approval = await at.asked()
        await said(at, TARA, approval, RemarkKind.QUESTION, "which establishment sells?")
        with pytest.raises(Problem) as held:
            await at.decide(TOM, approval.approval_id)
        with pytest.raises(Problem) as second:
            await said(at, TOM, approval, RemarkKind.CHANGE_REQUEST, "name it")
        with pytest.raises(Problem) as own:
            await said(at, TARA, approval, RemarkKind.ANSWER, "Hamburg")
        await said(at, TOM, approval, RemarkKind.ANSWER, "Hamburg, see the contract")
        answered = await at.durable.casebook.approval(approval.approval_id)
        with calling(TARA):
            read = await at.service.remarks(approval_id=approval.approval_id)

        assert ("approval_question_open", "approval_question_open", "answer_of_ones_own") == (
            held.value.code,
            second.value.code,
            own.value.code,
        )
        assert [RemarkKind.QUESTION, RemarkKind.ANSWER] == [each.kind for each in read.items]
        assert "" == answered.question
        assert ApprovalState.APPROVED is (await at.decide(TOM, approval.approval_id, key="2")).state


@pytest.mark.parametrize("change", ["question", "step"])
async def test_what_changed_after_it_was_read_is_not_decided(change: str) -> None:
    """An ETag of before a question or of another step is refused: the decision is bound to what was seen."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        if change == "question":
            await said(at, TARA, approval, RemarkKind.QUESTION, "why?")
        else:
            await at.decide(TARA, approval.approval_id)
        caller = TOM if change == "question" else FELIX
        with calling(caller), pytest.raises(Problem) as stale:
            await at.service.decide(
                approval_id=approval.approval_id,
                body=Decide(approve=False, comment="no"),
                if_match=f'"{approval.etag}"',
                idempotency_key="s",
            )

        assert (Kind.CONFLICT, "approval_changed") == (stale.value.kind, stale.value.code)


async def test_it_is_handed_to_one_person() -> None:
    """Then nobody else decides it; it is taken back by whoever holds the role."""
    async with queue() as at:
        approval = await at.asked()
        with calling(TARA):
            await at.service.assign_approval(
                approval_id=approval.approval_id, body=Assign(to="tom.tax"), idempotency_key="a"
            )
        with pytest.raises(Problem) as refused:
            await at.decide(TARA, approval.approval_id)

        assert (Kind.CONFLICT, "approval_assigned") == (refused.value.kind, refused.value.code)
        assert ApprovalState.APPROVED is (await at.decide(TOM, approval.approval_id)).state


# ---------------------------------------------------------------- each endpoint looks at the object


@pytest.mark.parametrize("caller", [FIONA, OLGA, person("nobody")])
@pytest.mark.parametrize("act", ["approval", "remarks", "say", "assign_approval", "decide", "break_glass"])
async def test_what_is_not_ones_own_is_not_there_or_not_done(act: str, caller: Caller) -> None:
    """CTL-1: reading hides, acting refuses; no scope opens an approval of another role."""
    extras = {
        "say": {"body": Say(text="hello"), "idempotency_key": "k"},
        "assign_approval": {"body": Assign(), "idempotency_key": "k"},
        "decide": {"body": Decide(approve=True), "if_match": '"e"', "idempotency_key": "k"},
        "break_glass": {"body": BreakTheGlass(reason="it cannot wait"), "if_match": '"e"', "idempotency_key": "k"},
    }
    async with queue() as at:
        approval = await at.asked()
        with calling(caller), pytest.raises(Problem) as refused:
            await getattr(at.service, act)(approval_id=approval.approval_id, **extras.get(act, {}))

        expected = Kind.FORBIDDEN if act in {"decide", "break_glass"} else Kind.NOT_FOUND
        assert expected is refused.value.kind
        assert approval == await at.durable.casebook.approval(approval.approval_id)
