import datetime as dt

import pytest

from contracts.canonical.casework import Approval
from contracts.canonical.governance import BreakGlass, Delegation
from contracts.problem import Kind, Problem
from contracts.process.casework import BreakTheGlass, Delegate
from kit.caller import Caller, calling
from process_apis.casework.config import Config
from tests.process_apis.casework.governed import (
    OLGA,
    TARA,
    TOM,
    Begin,
    Queue,
    person,
    queue,
)

ALL_OF = "deal billing_model"
VERY_LARGE = "3000000"
BORIS, BEATE = person("boris.bridge", "break_glass"), person("beate.bridge", "break_glass")


async def delegated(
    at: Queue, caller: Caller, *, to: str, roles: tuple[str, ...] = ("tax",), days: int = 7, key: str = "d"
) -> Delegation:
    """Delegate from now on, as this person."""
    now = at.clock.now()
    body = Delegate(to=to, roles=list(roles), starts_at=now, ends_at=now + dt.timedelta(days=days), reason="on holiday")
    with calling(caller):
        return await at.service.delegate(body=body, idempotency_key=key)


async def glass(at: Queue, caller: Caller, approval: Approval, *, etag: str = "") -> BreakGlass:
    """Break the glass as this person, having seen this."""
    with calling(caller):
        return await at.service.break_glass(
            approval_id=approval.approval_id,
            body=BreakTheGlass(reason="the payroll run starts in an hour"),
            if_match=f'"{etag or approval.etag}"',
            idempotency_key=f"glass-{caller.subject}",
        )


@pytest.mark.req(142)
async def test_a_delegate_decides_for_the_time_given() -> None:
    """From the first moment until before the last, no longer, and the verdict names both."""
    anna = person("anna.assistant", "office")
    async with queue() as at:
        approval = await at.asked()
        await delegated(at, TARA, to="anna.assistant", days=2)
        with calling(anna):
            (waiting,) = (await at.service.approvals()).items
        at.clock.advance(2 * 86_400)
        with pytest.raises(Problem) as over:
            await at.decide(anna, approval.approval_id, key="late")
        await delegated(at, TARA, to="anna.assistant", days=2, key="d2")
        done = await at.decide(anna, approval.approval_id)

        assert waiting.yours
        assert "approval_not_yours" == over.value.code
        assert [("anna.assistant", "tara.tax")] == [(each.by, each.on_behalf_of) for each in done.verdicts]


async def test_a_delegation_ends_when_it_is_revoked() -> None:
    """At once; only its giver revokes it, and to others it does not exist."""
    anna = person("anna.assistant")
    async with queue() as at:
        approval = await at.asked()
        made = await delegated(at, TARA, to="anna.assistant")
        for caller in (anna, TOM):
            with calling(caller), pytest.raises(Problem) as foreign:
                await at.service.revoke(delegation_id=made.delegation_id, idempotency_key="r")
            assert Kind.NOT_FOUND is foreign.value.kind
        with calling(TARA):
            await at.service.revoke(delegation_id=made.delegation_id, idempotency_key="r")
        with pytest.raises(Problem) as refused:
            await at.decide(anna, approval.approval_id)
        with calling(TOM):
            assert [] == (await at.service.delegations()).items
        with calling(anna):
            (listed,) = (await at.service.delegations()).items

        assert Kind.FORBIDDEN is refused.value.kind
        assert listed.revoked_at is not None


async def test_nobody_gives_what_is_not_theirs() -> None:
    """Neither a role one does not hold nor one that was only lent; not to oneself, backwards or for ever."""
    anna = person("anna.assistant")
    async with queue() as at:
        await delegated(at, TARA, to="anna.assistant")
        refused = []
        for caller, to, roles, days in (
            (TARA, "x", ("finance",), 7),
            (anna, "x", ("tax",), 7),
            (TARA, "tara.tax", ("tax",), 7),
            (TARA, "x", ("tax",), 0),
            (TARA, "x", ("tax",), 91),
        ):
            with pytest.raises(Problem) as problem:
                await delegated(at, caller, to=to, roles=roles, days=days, key=f"{to}{days}")
            refused.append(problem.value.code)

        assert ["role_not_yours"] * 2 + ["delegation_invalid"] * 3 == refused


@pytest.mark.parametrize("submitter", ["tara.tax", "anna.assistant"])
async def test_a_delegate_cannot_what_the_delegator_could_not(submitter: str) -> None:
    """What the delegator submitted, and what the delegate submitted themselves, is for another person."""
    anna = person("anna.assistant")
    async with queue() as at:
        approval = await at.asked(submitted_by=submitter)
        await delegated(at, TARA, to="anna.assistant")
        with pytest.raises(Problem) as refused:
            await at.decide(anna, approval.approval_id)

        assert (Kind.FORBIDDEN, "approval_of_ones_own") == (refused.value.kind, refused.value.code)


async def test_delegate_and_delegator_are_one_voice() -> None:
    """Once either has spoken, neither speaks again about the same approval."""
    lend = person("lena.lead", "finance", "operations")
    dora = person("dora.delegate")
    async with queue() as at:
        approval = await at.asked(about=ALL_OF, amount=VERY_LARGE)
        await delegated(at, lend, to="dora.delegate", roles=("finance", "operations"))
        await at.decide(dora, approval.approval_id)
        for caller in (dora, lend):
            with pytest.raises(Problem) as again:
                await at.decide(caller, approval.approval_id, key="again")
            assert "approval_decided_by_you" == again.value.code
        assert 2 == (await at.decide(OLGA, approval.approval_id)).step


async def test_the_fixers_delegate_is_the_fixer_where_four_eyes_are_asked_for() -> None:
    """History counts for both: who fixed cannot let somebody else decide in their place."""
    anna = person("anna.assistant")
    async with queue(config=Config(four_eyes=True)) as at:
        case_id = await at.start(
            "d1", Begin(code="TAX_CODE_MISSING", asks="tax_code", object="deal", attribute="cross_border_tax")
        )
        (item,) = (await at.durable.casebook.exceptions(case_id=case_id)).items
        await at.durable.casebook.fix(item.exception_id, values={"tax_code": "X"}, by="tara.tax", key="f")
        await at.durable.settled(case_id)
        (approval,) = (await at.durable.casebook.approvals(case_id=case_id)).items
        await delegated(at, TARA, to="anna.assistant")
        with pytest.raises(Problem) as refused:
            await at.decide(anna, approval.approval_id)

        assert "approval_of_ones_own" == refused.value.code
