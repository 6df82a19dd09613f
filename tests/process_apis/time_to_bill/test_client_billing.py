"""Bills as a client reads them and what it does about them: its own only, each act once, nothing of cost."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapPolicy, CapUnit
from contracts.canonical.casework import CaseState, ExceptionState
from contracts.port import operations
from contracts.problem import Kind, Problem
from contracts.process.client_billing import (
    AcceptAsClient,
    ClientBilling,
    DeclineAsClient,
    Dispute,
    DisputeState,
    RaiseDispute,
)
from kit.caller import Caller, calling
from tests.process_apis.time_to_bill.office import JUNE, Office, office
from tests.process_apis.time_to_bill.terms import fee
from tests.process_apis.time_to_bill.test_milestones import milestones
from tests.process_apis.time_to_bill.world import PROJECT, agreement, cap, entry

MINE = frozenset({"cus-1"})
CLARA = Caller(subject="clara", roles=frozenset({"client_sponsor"}), organisations=MINE)
SVEN = Caller(subject="sven", roles=frozenset({"client_sponsor"}), organisations=MINE)
COLIN = Caller(subject="colin", roles=frozenset({"client_finance"}), organisations=MINE)
RITA = Caller(subject="rita", roles=frozenset({"client_sponsor"}), organisations=frozenset({"cus-9"}))
NOBODY = Caller(subject="nobody", roles=frozenset({"client_sponsor"}))
OLIVIA = Caller(subject="olivia", roles=frozenset({"operations"}))


async def refusal(call: Awaitable[object]) -> Problem:
    """How a call is refused."""
    with pytest.raises(Problem) as refused:
        await call
    return refused.value


async def disputed(desk: Office, key: str = "k", *, by: Caller = COLIN, **changes: Any) -> Dispute:
    """The invoice in dispute, with 100 of it."""
    facts: dict[str, Any] = {"reason": "that day was a holiday", "amount": Decimal("100.00")}
    with calling(by):
        return await desk.clients.dispute(
            invoice_id="inv-1", body=RaiseDispute(**(facts | changes)), idempotency_key=key
        )


async def accepted(desk: Office, by: Caller = CLARA) -> Any:
    with calling(by):
        return await desk.clients.accept(project_id=PROJECT, milestone_id="mst-1", body=AcceptAsClient())


async def declined(desk: Office, reason: str = "runbooks are missing", *, key: str = "k", by: Caller = CLARA) -> Any:
    with calling(by):
        return await desk.clients.decline(
            project_id=PROJECT, milestone_id="mst-1", body=DeclineAsClient(reason=reason), idempotency_key=key
        )


async def answered(desk: Office, **values: str) -> None:
    """The one exception that is open is answered by somebody of the firm."""
    (item,) = await desk.exceptions()
    await desk.fix(item, **values)


async def billed(desk: Office) -> None:
    """Two days of work and an accepted milestone on one posted invoice."""
    await desk.agree(milestones())
    await desk.take(entry("1"), entry("2", hours="4", billable="3"))
    await accepted(desk)
    await desk.bill(through=desk.clock.now().date())


@pytest.mark.req(210, 300)
@pytest.mark.parametrize("stranger", [RITA, NOBODY])
async def test_what_is_another_organisations_does_not_exist(stranger: Caller) -> None:
    """Every operation with an id is 404 in the same words as for what is not there; every list is empty."""
    async with office() as desk:
        await billed(desk)
        dispute = await disputed(desk)
        bodies = {
            "accept": AcceptAsClient(),
            "decline": DeclineAsClient(reason="mine"),
            "dispute": RaiseDispute(reason="mine", amount=Decimal(1)),
        }
        known = {"project_id": PROJECT, "milestone_id": "mst-1", "invoice_id": "inv-1"}
        known["dispute_id"] = dispute.dispute_id
        unknown = dict.fromkeys(known, "not-there")
        for operation in operations(ClientBilling):
            named = re.findall(r"{(\w+)}", operation.endpoint.path)
            more: dict[str, Any] = {"body": bodies[operation.name]} if operation.name in bodies else {}
            more |= {"idempotency_key": "s"} if operation.endpoint.method == "POST" else {}
            ask: Callable[..., Awaitable[Any]] = getattr(desk.clients, operation.name)
            with calling(stranger):
                if not named:
                    assert [] == (await ask()).items, operation.name
                    continue
                here = await refusal(ask(**{name: known[name] for name in named}, **more))
                there = await refusal(ask(**{name: unknown[name] for name in named}, **more))
            assert (Kind.NOT_FOUND, here.code) == (here.kind, there.code), operation.name
            assert here.detail.replace(known[named[0]], "x") == there.detail.replace("not-there", "x")
        assert 1 == len((await desk.durable.casebook.cases(process="invoice_dispute")).items)


@pytest.mark.req(210, 215)
async def test_the_account_counts_what_is_charged_and_tells_no_cost() -> None:
    """Hours charged by phase and role, what a cap leaves, billed and unbilled; waived hours and cost are not there."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("10000", CapPolicy.WARN)]))
        await desk.take(entry("1"), entry("2", hours="4", billable="3"))
        await desk.bill()
        await desk.take(entry("3", phase_id="phs-2"))
        with calling(COLIN):
            found = await desk.clients.account(project_id=PROJECT)
            people = await desk.clients.people(project_id=PROJECT)

    (line,), (term,) = found.lines, found.caps
    assert (Decimal(19), Decimal(2200), Decimal(1600)) == (line.hours, line.billed.amount, line.unbilled.amount)  # type: ignore[union-attr] # the process tells all amounts
    assert (Decimal(10000), Decimal(6200)) == (line.agreed.amount, line.remaining.amount)  # type: ignore[union-attr] # as above
    assert (Decimal(3800), Decimal(6200)) == (term.used.amount, term.remaining.amount)  # type: ignore[union-attr] # as above
    assert [("", Decimal(11)), ("phs-2", Decimal(8))] == [(each.phase_id, each.hours) for each in found.work]
    assert [("p-1", "Architect")] == [(each.person, each.role) for each in people.items]
    assert b"cost" not in msgspec.json.encode(found)


@pytest.mark.req(210)
async def test_a_cap_in_hours_is_told_in_hours_and_a_fee_as_what_was_agreed() -> None:
    """Each kind of budget by what it counts."""
    async with office() as desk:
        await desk.agree(fee(("2026-06-15", "6000"), caps=[cap("40", CapPolicy.WARN, unit=CapUnit.HOURS)]))
        with calling(COLIN):
            found = await desk.clients.account(project_id=PROJECT)

    assert (Decimal(40), None) == (found.caps[0].limit_hours, found.caps[0].limit)
    assert Decimal(6000) == found.lines[0].agreed.amount  # type: ignore[union-attr] # the process tells all amounts


@pytest.mark.req(175, 176)
async def test_a_sponsor_accepts_in_their_own_name_and_the_ledger_keeps_it() -> None:
    """Once: the same person may say it again, another is told; no other role and nobody of the firm may."""
    async with office() as desk:
        await desk.agree(milestones())
        forbidden = [await refusal(accepted(desk, by)) for by in (COLIN, OLIVIA)]
        first, again = await accepted(desk), await accepted(desk)
        late = await refusal(accepted(desk, SVEN))
        too_late = await refusal(declined(desk))
        await desk.bill(through=desk.clock.now().date())
        with calling(COLIN):
            (listed,) = (await desk.clients.milestones(project_id=PROJECT)).items

    assert ["role_missing", "role_missing"] == [each.code for each in forbidden]
    assert first == again
    assert ("accepted", "clara", "Migration") == (first.state, first.accepted_by, first.line)
    assert {"milestone_accepted"} == {late.code, too_late.code}
    assert ("billed", first.document, "clara") == (listed.state, listed.document, listed.accepted_by)


@pytest.mark.req(175, 286)
async def test_a_declined_milestone_waits_for_delivery_whose_answer_is_read() -> None:
    """One exception for operations; a second decline waits; after the answer the client may look again."""
    async with office() as desk:
        await desk.agree(milestones())
        first, again = await declined(desk), await declined(desk)
        await desk.settled((await desk.durable.casebook.cases(process="milestone_decline")).items[0].case_id)
        reused = await refusal(declined(desk, "something else"))
        second = await refusal(declined(desk, key="k2"))
        (item,) = await desk.exceptions()
        await answered(desk, answer="they are in the folder")
        with calling(COLIN):
            (listed,) = (await desk.clients.milestones(project_id=PROJECT)).items
        done = await accepted(desk)

    assert first == again
    assert ("declined", "runbooks are missing", "clara") == (first.state, first.declined.reason, first.declined.by)
    assert ("idempotency_key_reused", "milestone_declined") == (reused.code, second.code)
    assert ("MILESTONE_DECLINED", "operations") == (item.code, item.owner_role)
    assert ("open", "they are in the folder") == (listed.state, listed.declined and listed.declined.answer)
    assert "accepted" == done.state


@pytest.mark.req(175)
async def test_who_accepts_after_all_lets_the_decline_go() -> None:
    """Delivery has nothing to answer any more."""
    async with office() as desk:
        await desk.agree(milestones())
        await declined(desk)
        (case,) = (await desk.durable.casebook.cases(process="milestone_decline")).items
        await desk.settled(case.case_id)
        done = await accepted(desk)
        closed = await desk.settled(case.case_id)

        assert ("accepted", None) == (done.state, done.declined)
        assert (CaseState.UNWOUND, []) == (closed.summary.state, await desk.exceptions())


@pytest.mark.req(300)
async def test_a_milestone_of_the_same_id_elsewhere_is_not_told_of() -> None:
    """Two agreements written by hand may share an id; the refusal names nobody of the other organisation."""
    async with office() as desk:
        await desk.agree(milestones())
        await accepted(desk)
        other = replace(milestones(), project_id="prj-9", contract_id="con-9", customer_id="cus-9")
        with calling(OLIVIA):
            await desk.service.agree(project_id="prj-9", body=other)
        with calling(RITA):
            refused = await refusal(
                desk.clients.accept(project_id="prj-9", milestone_id="mst-1", body=AcceptAsClient())
            )

    assert ("milestone_accepted", False) == (refused.code, "clara" in refused.detail)


@pytest.mark.req(210)
async def test_invoices_are_listed_newest_first_in_pages_and_drafts_are_not() -> None:
    """Invoice and credit note; each once, whatever the page; one that waits for a decision is nobody's but ours."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        await desk.bill("inv-1")
        desk.clock.advance(60)
        await desk.correct(correction_id="cor-1")
        desk.clock.advance(60)
        await desk.take(entry("2"))
        await desk.start("inv-2")
        with calling(COLIN):
            first = await desk.clients.invoices(limit=1)
            second = await desk.clients.invoices(limit=1, cursor=first.next_cursor or "")
            draft = await refusal(desk.clients.invoice(invoice_id="inv-2"))
            wrong = await refusal(desk.clients.invoices(cursor="?"))
            elsewhere = await desk.clients.invoices(project_id="prj-9")

    assert [("cor-1", "inv-1")] == [(each.invoice_id, each.corrects) for each in first.items]
    assert (["inv-1"], None) == ([each.invoice_id for each in second.items], second.next_cursor)
    assert ("invoice_not_found", "unknown_cursor") == (draft.code, wrong.code)
    assert [] == elsewhere.items


@pytest.mark.req(168, 210)
async def test_what_is_paid_and_overdue_is_what_the_erp_says() -> None:
    """Half is paid; thirty days later the rest is overdue; a credit note counts on balance and is never late."""
    async with office() as desk:
        await desk.agree()
        await desk.take(entry("1"))
        await desk.bill("inv-1")
        desk.world.erp.pay("inv-1", "904.00")
        with calling(COLIN):
            before = await desk.clients.payments(project_id=PROJECT)
            desk.clock.advance(365 * 86_400)
            bill = await desk.clients.invoice(invoice_id="inv-1")
            arrears = await desk.clients.arrears(project_id=PROJECT)
            after = await desk.clients.payments(project_id=PROJECT)
        del desk.world.erp.documents["inv-1"]
        with calling(COLIN):
            gone = await refusal(desk.clients.invoice(invoice_id="inv-1"))

    assert ("1904.00", "904.00", "1000.00") == tuple(
        str(each and each.amount) for each in (before.invoiced, before.paid, before.open)
    )
    assert "partly_paid" == bill.payment.state
    assert (1, bill.payment.days_overdue) == (arrears.documents, arrears.days_overdue)
    assert Decimal("1000.00") == (after.overdue and after.overdue.amount)
    assert (Kind.UNAVAILABLE, "books_unavailable") == (gone.kind, gone.code)


@pytest.mark.req(210, 286)
async def test_a_dispute_is_raised_once_answered_by_finance_and_read() -> None:
    """The same key is the same dispute; the exception says who, what and how much; the answer closes it."""
    async with office() as desk:
        await billed(desk)
        with calling(COLIN):
            bill = await desk.clients.invoice(invoice_id="inv-1")
        line = bill.lines[0]
        first = await disputed(desk, line_id=line.line_id)
        await desk.settled((await desk.durable.casebook.cases(process="invoice_dispute")).items[0].case_id)
        again = await disputed(desk, line_id=line.line_id)
        reused = await refusal(disputed(desk, line_id=line.line_id, reason="another reason"))
        twice = await refusal(disputed(desk, "k2", by=CLARA, line_id=line.line_id))
        (item,) = await desk.exceptions()
        await answered(desk, outcome="partly_upheld", answer="half a day is credited")
        with calling(CLARA):
            found = await desk.clients.one_dispute(dispute_id=first.dispute_id)
            late = await refusal(desk.clients.withdraw(dispute_id=first.dispute_id, idempotency_key="w"))
            listed = await desk.clients.disputes(invoice_id="inv-1")

    assert (DisputeState.OPEN, first.dispute_id, "finance") == (first.state, again.dispute_id, again.owner_role)
    assert ("idempotency_key_reused", "already_disputed") == (reused.code, twice.code)
    assert ("INVOICE_DISPUTED", "finance", Decimal("100.00")) == (
        item.code,
        item.owner_role,
        item.at_stake and item.at_stake.amount,
    )
    assert (DisputeState.PARTLY_UPHELD, "half a day is credited") == (found.state, found.answer)
    assert "dispute_answered" == late.code
    assert [found] == listed.items


@pytest.mark.req(210)
async def test_a_dispute_is_withdrawn_before_anybody_answered() -> None:
    """The exception goes with it; said again it stays so; then the line may be disputed anew."""
    async with office() as desk:
        await billed(desk)
        raised = await disputed(desk)
        (case,) = (await desk.durable.casebook.cases(process="invoice_dispute")).items
        await desk.settled(case.case_id)
        with calling(COLIN):
            gone = await desk.clients.withdraw(dispute_id=raised.dispute_id, idempotency_key="w")
            await desk.settled(case.case_id)
            again = await desk.clients.withdraw(dispute_id=raised.dispute_id, idempotency_key="w")
        items = (await desk.durable.casebook.exceptions(state=None)).items
        anew = await disputed(desk, "k2")

    assert (DisputeState.WITHDRAWN, DisputeState.WITHDRAWN) == (gone.state, again.state)
    assert [ExceptionState.WITHDRAWN] == [each.state for each in items]
    assert DisputeState.OPEN is anew.state


@pytest.mark.req(210)
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": Decimal(0)}, "/amount"),
        ({"amount": Decimal("-1.00")}, "/amount"),
        ({"amount": Decimal("NaN")}, "/amount"),
        ({"amount": Decimal("0.001")}, "/amount"),
        ({"amount": Decimal(1000000)}, "/amount"),
        ({"line_id": "inv-1-1", "amount": Decimal("5950.01")}, "/amount"),
        ({"line_id": "inv-9-1"}, "/line_id"),
    ],
)
async def test_a_dispute_of_what_was_never_billed_is_refused(changes: dict[str, Any], pointer: str) -> None:
    """Nothing, less, too fine, more than was asked for, or a line of another document."""
    async with office() as desk:
        await desk.agree(milestones())
        await accepted(desk)
        await desk.bill(through=max(desk.clock.now().date(), JUNE))
        refused = await refusal(disputed(desk, **changes))

    assert (Kind.INVALID, pointer) == (refused.kind, refused.errors[0].pointer)


@pytest.mark.req(291)
async def test_the_firms_people_read_what_every_client_reads_and_dispute_nothing() -> None:
    """Operations sees it without belonging to the organisation; a role is still needed to act."""
    async with office() as desk:
        await billed(desk)
        with calling(OLIVIA):
            found = await desk.clients.invoices()
        refused = await refusal(disputed(desk, by=OLIVIA))

    assert ["inv-1"] == [each.invoice_id for each in found.items]
    assert "role_missing" == refused.code
