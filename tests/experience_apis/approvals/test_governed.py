import datetime as dt

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import ApprovalState
from contracts.canonical.governance import (
    ApprovalStep,
    Quorum,
    Remark,
    RemarkKind,
    Remarks,
    StepStanding,
    Verdict,
)
from contracts.process.casework import Assign, BreakTheGlass, Decide, Delegate, Say
from experience_apis.approvals import views
from experience_apis.approvals.service import ApprovalsService
from experience_apis.approvals.views import HIDDEN
from kit.caller import calling
from tests.experience_apis.approvals.test_views import APPROVAL, NOW
from tests.process_apis.casework.governed import FELIX, TARA, person, queue

TWO_STEPS = replace(
    APPROVAL,
    steps=[
        ApprovalStep(position=1, roles=["tax"], quorum=Quorum.ANY_OF, state=StepStanding.APPROVED, sla_h=24),
        ApprovalStep(position=2, roles=["board"], quorum=Quorum.ANY_OF, state=StepStanding.OPEN, sla_h=24),
    ],
    verdicts=[Verdict(step=1, role="tax", by="tara.tax", approve=True, at=NOW, comment="1420000 is fine")],
    step=2,
)
SAID = Remarks(items=[Remark(remark_id="r", kind=RemarkKind.COMMENT, by="x", at=NOW, text="1420000 EUR")])


@pytest.mark.parametrize("roles", [{"board"}, {"tax"}, {"break_glass"}])
def test_every_role_of_every_step_sees_the_whole(roles: set[str]) -> None:
    """Nobody decides well on what is hidden, in whichever step."""
    assert TWO_STEPS == views.card(TWO_STEPS, roles=roles)
    assert SAID == views.remarks(SAID, TWO_STEPS, roles=roles)


def test_who_was_lent_the_role_sees_the_whole() -> None:
    """Casework says that it is theirs; their own roles need not say so."""
    lent = replace(TWO_STEPS, yours=True)

    assert lent == views.card(lent, roles={"office"})


def test_others_see_that_it_moves_and_not_the_words() -> None:
    """Steps and who spoke are open; comments, remarks and evidence are not."""
    seen = views.card(TWO_STEPS, roles={"sales"})

    assert TWO_STEPS.steps == seen.steps
    assert [("tara.tax", HIDDEN)] == [(each.by, each.comment) for each in seen.verdicts]
    assert [HIDDEN] == [each.text for each in views.remarks(SAID, TWO_STEPS, roles={"sales"}).items]


def test_the_submitter_reads_the_question_they_may_answer() -> None:
    """A question nobody can read is answered by nobody."""
    asked = replace(TWO_STEPS, question="1420000 EUR")

    assert SAID == views.remarks(SAID, asked, roles={"sales"})


@pytest.mark.req(142)
async def test_a_delegate_finds_reads_asks_and_decides() -> None:
    """From the delegation to the decision, through the experience alone."""
    anna = person("anna.assistant", "office")
    async with queue() as at:
        approval = await at.asked()
        desk = ApprovalsService(at.service)
        now = at.clock.now()
        body = Delegate(
            to="anna.assistant", roles=["tax"], starts_at=now, ends_at=now + dt.timedelta(days=1), reason="holiday"
        )
        with calling(TARA):
            made = await desk.delegate(body=body, idempotency_key="d")
            assert [made] == (await desk.delegations()).items
        with calling(anna):
            (waiting,) = (await desk.queue()).items
            card = await desk.card(approval_id=waiting.approval_id)
            await desk.assign(approval_id=card.approval_id, body=Assign(), idempotency_key="a")
            question = Say(text="which establishment?", kind=RemarkKind.QUESTION)
            asked = await desk.say(approval_id=card.approval_id, body=question, idempotency_key="q")
        with calling(TARA):
            answer = Say(text="Hamburg", kind=RemarkKind.ANSWER)
            await desk.say(approval_id=card.approval_id, body=answer, idempotency_key="q")
        with calling(anna):
            card = await desk.card(approval_id=approval.approval_id)
            read = await desk.remarks(approval_id=approval.approval_id)
            decided = await desk.decide(
                approval_id=card.approval_id,
                body=Decide(approve=True),
                if_match=f'"{card.etag}"',
                idempotency_key="k",
            )
        with calling(TARA):
            revoked = await desk.revoke(delegation_id=made.delegation_id, idempotency_key="r")

        assert {"what": "cross_border_tax"} == card.evidence
        assert asked == read.items[0]
        assert ApprovalState.APPROVED is decided.state
        assert revoked.revoked_at is not None


async def test_the_glass_is_broken_at_the_desk() -> None:
    """Both people read the card, and both keys are theirs."""
    async with queue() as at:
        approval = await at.asked(amount="6000000")
        desk = ApprovalsService(at.service)
        body = BreakTheGlass(reason="the month closes in an hour")
        uses = []
        for name in ("boris.bridge", "beate.bridge"):
            with calling(person(name, "break_glass")):
                card = await desk.card(approval_id=approval.approval_id)
                uses.append(
                    await desk.break_glass(
                        approval_id=approval.approval_id,
                        body=body,
                        if_match=f'"{card.etag}"',
                        idempotency_key="g",
                    )
                )
        with calling(FELIX):
            forced = await desk.card(approval_id=approval.approval_id)

        assert [None, "beate.bridge"] == [each.confirmed_by for each in uses]
        assert (ApprovalState.APPROVED, True) == (forced.state, forced.broken_glass)
