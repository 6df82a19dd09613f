import pytest

from contracts.canonical.casework import ApprovalState, CaseState, ExceptionState
from contracts.problem import Kind, Problem
from contracts.process.casework import Decide, Fix
from kit.caller import Caller, calling
from process_apis.casework.config import Config
from tests.process_apis.casework.cases import FELIX, OLGA, TARA, Desk, desk

ANSWER = Fix(values={"tax_code": "EU-RC"}, note="seen the certificate")
YES = Decide(approve=True)


async def decided_by(
    caller: Caller, at: Desk, approval_id: str, *, key: str = "k", body: Decide = YES
) -> ApprovalState:
    """Decide with the ETag that stands, as this caller."""
    etag = (await at.durable.casebook.approval(approval_id)).etag
    with calling(caller):
        answer = await at.service.decide(approval_id=approval_id, body=body, if_match=f'"{etag}"', idempotency_key=key)
    return answer.state


async def test_cases_are_listed_and_read() -> None:
    """The list, the file and the trail of a case come from the casebook."""
    async with desk() as at:
        page = await at.service.cases(state=CaseState.EXCEPTION, process="asking_people")
        file = await at.service.case(case_id=at.case_id)
        trail = await at.service.timeline(case_id=at.case_id)

        assert [at.case_id] == [each.case_id for each in page.items]
        assert [] == (await at.service.cases(process="another")).items
        assert "A deal" == file.summary.title
        assert ["case opened", "exception raised"] == [entry.what for entry in trail.entries]


@pytest.mark.parametrize("what", ["case", "timeline", "exception", "approval"])
async def test_what_is_not_there_is_not_found(what: str) -> None:
    """An unknown id is 404, whatever it was to name."""
    name = {"case": "case_id", "timeline": "case_id"}.get(what, f"{what}_id")
    async with desk() as at:
        with calling(TARA), pytest.raises(Problem) as refused:
            await getattr(at.service, what)(**{name: "nothing"})

        assert Kind.NOT_FOUND is refused.value.kind


@pytest.mark.req(247, 248)
async def test_the_owner_fixes_an_exception() -> None:
    """The answer stands in the trail with who gave it and why, and the case goes on."""
    async with desk() as at:
        exception_id = (await at.service.exceptions(case_id=at.case_id)).items[0].exception_id
        with calling(TARA):
            fixed = await at.service.fix(exception_id=exception_id, body=ANSWER, idempotency_key="k")
        await at.durable.settled(at.case_id)

        assert (ExceptionState.FIXED, "tara.tax") == (fixed.state, fixed.fixed_by)
        assert fixed == await at.service.exception(exception_id=exception_id)
        assert CaseState.WAITING_APPROVAL is (await at.service.case(case_id=at.case_id)).summary.state


@pytest.mark.parametrize("caller", [FELIX, OLGA, Caller(subject="nobody")])
async def test_another_role_does_not_fix(caller: Caller) -> None:
    """The right scope without the role is forbidden, and nothing changes."""
    async with desk() as at:
        exception_id = await at.exception_id()
        with calling(caller), pytest.raises(Problem) as refused:
            await at.service.fix(exception_id=exception_id, body=ANSWER, idempotency_key="k")

        assert (Kind.FORBIDDEN, "exception_not_yours") == (refused.value.kind, refused.value.code)
        assert exception_id == await at.exception_id()


async def test_operations_fixes_what_sales_owes() -> None:
    """Operations may correct what sales left open."""
    async with desk(owner_role="sales") as at:
        with calling(OLGA):
            fixed = await at.service.fix(exception_id=await at.exception_id(), body=ANSWER, idempotency_key="k")

        assert "olga.operations" == fixed.fixed_by


@pytest.mark.req(243)
async def test_one_key_repeated_by_one_person_is_one_answer() -> None:
    """The same wish under the same key gives the first answer; another wish under it is refused."""
    async with desk() as at:
        exception_id = await at.exception_id()
        with calling(TARA):
            first = await at.service.fix(exception_id=exception_id, body=ANSWER, idempotency_key="k")
            again = await at.service.fix(exception_id=exception_id, body=ANSWER, idempotency_key="k")
            with pytest.raises(Problem) as refused:
                await at.service.fix(
                    exception_id=exception_id, body=Fix(values={"tax_code": "DE-S-19"}), idempotency_key="k"
                )

        assert first == again
        assert "idempotency_key_reused" == refused.value.code


async def test_one_key_of_two_people_is_two_keys() -> None:
    """A key is the caller's own: another person who uses it is not handed the first one's answer."""
    async with desk() as at:
        approval_id = await at.answered()
        await decided_by(TARA, at, approval_id)
        other = Caller(subject="tom.tax", roles=frozenset({"tax"}))
        with pytest.raises(Problem) as refused:
            await decided_by(other, at, approval_id)

        assert (Kind.CONFLICT, "approval_decided") == (refused.value.kind, refused.value.code)


async def test_approvals_are_listed_for_ones_roles_only() -> None:
    """The queue of a role is not the queue of another."""
    async with desk() as at:
        approval_id = await at.answered()
        with calling(TARA):
            mine = await at.service.approvals(case_id=at.case_id)
        with calling(FELIX):
            theirs = await at.service.approvals()

        assert [approval_id] == [each.approval_id for each in mine.items]
        assert [] == theirs.items


async def test_an_approval_of_another_role_does_not_exist() -> None:
    """Reading it answers as if it were not there, in the same words."""
    async with desk() as at:
        approval_id = await at.answered()
        with calling(TARA):
            assert approval_id == (await at.service.approval(approval_id=approval_id)).approval_id
        with calling(FELIX):
            with pytest.raises(Problem) as hidden:
                await at.service.approval(approval_id=approval_id)
            with pytest.raises(Problem) as unknown:
                await at.service.approval(approval_id="nothing")

        assert (hidden.value.kind, hidden.value.code) == (unknown.value.kind, unknown.value.code)
        assert unknown.value.detail == hidden.value.detail.replace(approval_id, "nothing")


@pytest.mark.req(142)
async def test_the_role_decides_what_it_saw() -> None:
    """An approval lets the case end well; the answer carries who decided."""
    async with desk() as at:
        approval_id = await at.answered()
        state = await decided_by(TARA, at, approval_id)
        await at.durable.settled(at.case_id)

        assert ApprovalState.APPROVED is state
        assert CaseState.COMPLETED is (await at.service.case(case_id=at.case_id)).summary.state


async def test_a_rejection_says_why() -> None:
    """Without a comment a rejection is refused; with one the case is taken back."""
    async with desk() as at:
        approval_id = await at.answered()
        with pytest.raises(Problem) as refused:
            await decided_by(TARA, at, approval_id, body=Decide(approve=False))
        assert Kind.INVALID is refused.value.kind

        await decided_by(TARA, at, approval_id, key="k2", body=Decide(approve=False, comment="wrong code"))
        await at.durable.settled(at.case_id)
        assert CaseState.UNWOUND is (await at.service.case(case_id=at.case_id)).summary.state


async def test_what_changed_is_not_decided() -> None:
    """A decision on an ETag that no longer stands is a conflict."""
    async with desk() as at:
        approval_id = await at.answered()
        with calling(TARA), pytest.raises(Problem) as refused:
            await at.service.decide(approval_id=approval_id, body=YES, if_match='"old"', idempotency_key="k")

        assert Kind.CONFLICT is refused.value.kind


async def test_another_role_does_not_decide() -> None:
    """The right scope without the role is forbidden."""
    async with desk() as at:
        approval_id = await at.answered()
        with pytest.raises(Problem) as refused:
            await decided_by(FELIX, at, approval_id)

        assert (Kind.FORBIDDEN, "approval_not_yours") == (refused.value.kind, refused.value.code)


async def test_four_eyes_where_they_are_asked_for() -> None:
    """Who answered an exception of the case leaves its decision to somebody else, where the firm wants that."""
    async with desk(config=Config(four_eyes=True)) as at:
        approval_id = await at.answered(by="tara.tax")
        with pytest.raises(Problem) as refused:
            await decided_by(TARA, at, approval_id)

        assert "approval_of_ones_own" == refused.value.code
        other = Caller(subject="tom.tax", roles=frozenset({"tax"}))
        assert ApprovalState.APPROVED is await decided_by(other, at, approval_id)


async def test_without_a_caller_nothing_is_decided() -> None:
    """No verified caller, no decision, no fix and no queue."""
    async with desk() as at:
        exception_id = await at.exception_id()
        for asked in (
            at.service.approvals(),
            at.service.fix(exception_id=exception_id, body=ANSWER, idempotency_key="k"),
        ):
            with pytest.raises(Problem) as refused:
                await asked
            assert Kind.UNAUTHENTICATED is refused.value.kind
