import pytest

from contracts.canonical.casework import Approval, ApprovalState, CaseState
from contracts.canonical.governance import BreakGlass, RemarkKind
from contracts.events.casework import BreakGlassUsed
from contracts.problem import Problem
from contracts.process.casework import BreakTheGlass, Say
from kit.caller import Caller, calling
from kit.events import EventLog, Place
from tests.process_apis.casework.governed import (
    OLGA,
    TARA,
    Queue,
    person,
    queue,
)

LARGE = "6000000"
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


@pytest.mark.req(152, 256)
async def test_two_people_break_the_glass() -> None:
    """One asks, another confirms what both saw; it is approved past every step, and stays flagged for good."""
    async with queue() as at:
        approval = await at.asked(amount=LARGE)
        asked = await glass(at, BORIS, approval)
        assert ApprovalState.OPEN is await at.state_of(approval.approval_id)
        done = await glass(at, BEATE, approval)
        forced = await at.durable.casebook.approval(approval.approval_id)
        listed = await at.service.broken_glass()

        assert (None, "beate.bridge") == (asked.confirmed_by, done.confirmed_by)
        assert (ApprovalState.APPROVED, True) == (forced.state, forced.broken_glass)
        assert [approval.approval_id] == [each.approval_id for each in listed.items]
        assert 1 == (await types_of(at)).count(BreakGlassUsed.TYPE)
        assert CaseState.COMPLETED is await at.case_state(approval.case_id)


async def test_one_person_breaks_no_glass() -> None:
    """Not twice by the same person, not without the role, not about one's own."""
    async with queue() as at:
        approval = await at.asked(submitted_by="beate.bridge")
        await glass(at, BORIS, approval)
        codes = []
        for caller in (person("boris.bridge", "break_glass"), OLGA, BEATE):
            with calling(caller), pytest.raises(Problem) as refused:
                await at.service.break_glass(
                    approval_id=approval.approval_id,
                    body=BreakTheGlass(reason="it really cannot wait"),
                    if_match=f'"{approval.etag}"',
                    idempotency_key="again",
                )
            codes.append(refused.value.code)

        assert ["break_glass_of_ones_own", "break_glass_not_yours", "approval_of_ones_own"] == codes
        assert ApprovalState.OPEN is await at.state_of(approval.approval_id)


async def test_a_request_to_break_the_glass_goes_stale() -> None:
    """After four hours, and after the approval changed, the second person only asks anew; the request stays listed."""
    async with queue() as at:
        approval = await at.asked()
        await glass(at, BORIS, approval)
        at.clock.advance(4 * 3600)
        late = await glass(at, BEATE, approval)
        await said(at, TARA, approval, RemarkKind.QUESTION, "what is going on?")
        with pytest.raises(Problem) as stale:
            await glass(at, BORIS, approval, etag="old")

        assert ("beate.bridge", None) == (late.opened_by, late.confirmed_by)
        assert stale.value.code in {"approval_changed", "idempotency_key_reused"}
        assert ApprovalState.OPEN is await at.state_of(approval.approval_id)
