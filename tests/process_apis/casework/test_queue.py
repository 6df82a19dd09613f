import datetime as dt
from typing import Any

import pytest

from contracts.canonical.casework import CaseState, ExceptionItem, ExceptionState
from contracts.canonical.exceptions import FixOutcome
from contracts.events.casework import ExceptionEscalated
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, Comment, Confirm, Fix, FixMany, Withdraw
from kit.caller import Caller, calling
from kit.events import EventLog, Place
from tests.process_apis.casework.governed import (
    FELIX,
    FIONA,
    OLGA,
    TARA,
    TOM,
    Patient,
    Queue,
    person,
    queue,
)

TAXED = Fix(values={"tax_code": "EU-RC"})
DUPLICATE = {"code": "CUSTOMER_DUPLICATE_SUSPECT", "asks": "customer_match"}


async def assigned(at: Queue, caller: Caller, item: ExceptionItem, *, to: str = "", key: str = "a") -> ExceptionItem:
    """Assign as this person."""
    with calling(caller):
        return await at.service.assign(exception_id=item.exception_id, body=Assign(to=to), idempotency_key=key)


async def fixed(at: Queue, caller: Caller, item: ExceptionItem, body: Fix = TAXED, *, key: str = "f") -> ExceptionItem:
    """Fix as this person."""
    with calling(caller):
        return await at.service.fix(exception_id=item.exception_id, body=body, idempotency_key=key)


async def test_an_exception_comes_with_what_the_catalogue_says() -> None:
    """Owner, clock, title and escalation are the catalogue's, whatever the road raised."""
    async with queue() as at:
        item = await at.parked()

        assert ("tax", "The customer has no tax code") == (item.owner_role, item.title)
        assert dt.timedelta(hours=4) == item.due_at - item.raised_at
        assert item.due_at == item.escalates_at


async def test_who_works_on_it_keeps_others_from_answering() -> None:
    """Taken, an exception is fixed by whoever took it; a colleague takes it over first, and the trail says so."""
    async with queue() as at:
        item = await at.parked()
        assert "tara.tax" == (await assigned(at, TARA, item)).assigned_to
        with pytest.raises(Problem) as refused:
            await fixed(at, TOM, item)
        assert "tom.tax" == (await assigned(at, TOM, item)).assigned_to
        done = await fixed(at, TOM, item, key="f2")
        trail = await at.durable.casebook.timeline(item.case_id)

        assert (Kind.CONFLICT, "exception_assigned") == (refused.value.kind, refused.value.code)
        assert ExceptionState.FIXED is done.state
        assert [("tara.tax", "tara.tax"), ("tom.tax", "tom.tax")] == [
            (entry.actor, entry.detail) for entry in trail.entries if entry.what == "exception assigned"
        ]


async def test_it_is_handed_over_and_given_back() -> None:
    """Handed to a colleague it is theirs; released it belongs to the role again; lists find it by person."""
    async with queue() as at:
        item = await at.parked()
        await assigned(at, TARA, item, to="tom.tax")
        found = await at.service.exceptions(assigned_to="tom.tax", code="TAX_CODE_MISSING", owner_role="tax")
        with calling(TOM):
            released = await at.service.release(exception_id=item.exception_id, idempotency_key="r")

        assert [item.exception_id] == [each.exception_id for each in found.items]
        assert released.assigned_to is None
        assert [] == (await at.service.exceptions(assigned_to="tom.tax")).items


@pytest.mark.parametrize("act", ["assign", "release", "withdraw", "confirm", "fix"])
@pytest.mark.parametrize("caller", [FELIX, OLGA, person("nobody")])
async def test_another_role_does_nothing_to_it(act: str, caller: Caller) -> None:
    """The right scope without the role is forbidden, for every act."""
    bodies: dict[str, dict[str, Any]] = {
        "assign": {"body": Assign()},
        "release": {},
        "withdraw": {"body": Withdraw(reason="not mine")},
        "confirm": {"body": Confirm(accept=True)},
        "fix": {"body": TAXED},
    }
    async with queue() as at:
        item = await at.parked()
        with calling(caller), pytest.raises(Problem) as refused:
            await getattr(at.service, act)(exception_id=item.exception_id, idempotency_key="k", **bodies[act])

        assert (Kind.FORBIDDEN, "exception_not_yours") == (refused.value.kind, refused.value.code)
        assert item == await at.service.exception(exception_id=item.exception_id)


async def test_what_is_said_is_kept() -> None:
    """Comments are read oldest first, by whom and when; they change nothing, and the same key says it once."""
    async with queue() as at:
        item = await at.parked()
        for caller, text in ((TARA, "asked the customer"), (FELIX, "they answered me")):
            with calling(caller):
                for _ in range(2):
                    await at.service.comment(
                        exception_id=item.exception_id, body=Comment(text=text), idempotency_key="c"
                    )
            at.clock.advance(60)
        said = await at.service.comments(exception_id=item.exception_id)

        assert [("tara.tax", "asked the customer"), ("felix.finance", "they answered me")] == [
            (each.by, each.text) for each in said.items
        ]
        assert item == await at.service.exception(exception_id=item.exception_id)


async def test_four_eyes_propose_and_confirm() -> None:
    """One person's answer waits for another's confirmation; nobody confirms their own; then the case goes on."""
    async with queue() as at:
        item = await at.parked(**DUPLICATE)
        proposed = await fixed(at, FELIX, item, Fix(values={"customer_match": "NEW"}, note="checked"))
        assert (ExceptionState.OPEN, "felix.finance") == (proposed.state, proposed.proposed_by)
        assert CaseState.EXCEPTION is await at.case_state(item.case_id)
        with calling(FELIX), pytest.raises(Problem) as own:
            await at.service.confirm(exception_id=item.exception_id, body=Confirm(accept=True), idempotency_key="k")
        with pytest.raises(Problem) as second:
            await fixed(at, FIONA, item, Fix(values={"customer_match": "C-1"}))
        with calling(FIONA):
            done = await at.service.confirm(
                exception_id=item.exception_id, body=Confirm(accept=True), idempotency_key="k"
            )

        assert ("fix_of_ones_own", "fix_proposed") == (own.value.code, second.value.code)
        assert (ExceptionState.FIXED, "felix.finance", "fiona.finance") == (
            done.state,
            done.fixed_by,
            done.confirmed_by,
        )
        assert CaseState.COMPLETED is await at.case_state(item.case_id)


async def test_a_proposal_is_sent_back_with_a_reason() -> None:
    """Sent back, the exception waits for another proposal; without a reason it is not sent back."""
    async with queue() as at:
        item = await at.parked(**DUPLICATE)
        await fixed(at, FELIX, item, Fix(values={"customer_match": "NEW"}))
        with calling(FIONA):
            with pytest.raises(Problem) as silent:
                await at.service.confirm(
                    exception_id=item.exception_id, body=Confirm(accept=False), idempotency_key="1"
                )
            back = await at.service.confirm(
                exception_id=item.exception_id, body=Confirm(accept=False, comment="it is C-7"), idempotency_key="2"
            )
            with pytest.raises(Problem) as nothing:
                await at.service.confirm(exception_id=item.exception_id, body=Confirm(accept=True), idempotency_key="3")

        assert "comment_required" == silent.value.code
        assert (None, {}) == (back.proposed_by, back.proposed)
        assert "nothing_proposed" == nothing.value.code


async def test_what_was_corrected_at_the_source_is_withdrawn() -> None:
    """Closed without an answer, the step looks again at what stands now; the trail says why."""
    async with queue(steps=Patient()) as at:
        item = await at.parked()
        with calling(TARA):
            gone = await at.service.withdraw(
                exception_id=item.exception_id, body=Withdraw(reason="corrected in the CRM"), idempotency_key="w"
            )

        assert ExceptionState.WITHDRAWN is gone.state
        assert CaseState.COMPLETED is await at.case_state(item.case_id)


@pytest.mark.req(256)
async def test_what_is_overdue_calls_the_next_role() -> None:
    """Not before it is due; then rung by rung, once each; whoever was called may fix it; the event names them."""
    async with queue() as at:
        item = await at.parked()
        sweep = at.durable.casebook.escalating.sweep
        at.clock.advance(4 * 3600 - 1)
        assert 0 == await sweep()
        at.clock.advance(1)
        assert (1, 0) == (await sweep(), await sweep())
        at.clock.advance(8 * 3600)
        assert (1, 0) == (await sweep(), await sweep())
        late = await at.service.exception(exception_id=item.exception_id)
        events = [one.event for one in await EventLog(at.durable.store).after(Place())]

        assert (["tax_lead", "finance"], None) == (late.escalated_to, late.escalates_at)
        told = [each.data for each in events if each.type == ExceptionEscalated.TYPE]
        assert [("tax_lead", 1), ("finance", 2)] == [(each["role"], each["level"]) for each in told]
        assert ExceptionState.FIXED is (await fixed(at, FELIX, item)).state


async def test_what_was_fixed_in_time_calls_nobody() -> None:
    """A closed exception has no clock."""
    async with queue() as at:
        item = await at.parked()
        await fixed(at, TARA, item)
        at.clock.advance(1_000_000)

        assert 0 == await at.durable.casebook.escalating.sweep()


@pytest.mark.req(265, 268, 271)
async def test_counts_tell_what_waits_where_and_how_long() -> None:
    """By code, cause and role with ages in buckets that sum; overdue, escalated and unassigned beside them."""
    async with queue() as at:
        old = await at.parked("d1")
        at.clock.advance(30 * 3600)
        await at.durable.casebook.escalating.sweep()
        await at.parked("d2")
        await at.parked("d3", code="PERIOD_CLOSED", asks="post_into")
        await assigned(at, TARA, old)
        counts = await at.service.exception_counts()

        assert (3, 1) == (counts.open, counts.overdue)
        tax, period = counts.items
        assert ("TAX_CODE_MISSING", 2, 1, 1, 1) == (tax.code, tax.open, tax.overdue, tax.escalated, tax.unassigned)
        assert (1, 0, 1, 0) == (tax.under_4_h, tax.under_24_h, tax.under_72_h, tax.older)
        assert (old.raised_at, 30 * 3600) == (tax.oldest_raised_at, tax.oldest_age_s)
        assert ("PERIOD_CLOSED", "finance", 1) == (period.code, period.owner_role, period.open)


async def test_many_are_fixed_at_once() -> None:
    """Each has its own outcome: fixed, another code, not there, not yours; the same key gives the same answer."""
    async with queue() as at:
        items = [await at.parked(f"d{number}") for number in range(3)]
        other = await at.parked("p1", code="PERIOD_CLOSED", asks="post_into")
        ids = [*(each.exception_id for each in items), other.exception_id, "nothing"]
        many = FixMany(code="TAX_CODE_MISSING", exception_ids=ids, values={"tax_code": "EU-RC"})
        with calling(TARA):
            first = await at.service.fix_many(body=many, idempotency_key="m")
            again = await at.service.fix_many(body=many, idempotency_key="m")

        assert [FixOutcome.FIXED] * 3 == [each.outcome for each in first.items[:3]]
        assert ["exception_not_yours", "exception_not_found"] == [each.code for each in first.items[3:]]
        assert first == again
        for item in items:
            assert CaseState.COMPLETED is await at.case_state(item.case_id)


async def test_a_dry_run_changes_nothing() -> None:
    """It says of each what would happen: fixed, proposed, or refused with the reason."""
    async with queue() as at:
        item = await at.parked()
        with calling(TARA):
            good = FixMany(
                code="TAX_CODE_MISSING", exception_ids=[item.exception_id], values={"tax_code": "X"}, dry_run=True
            )
            bad = FixMany(code="TAX_CODE_MISSING", exception_ids=[item.exception_id], dry_run=True)
            other = FixMany(code="PERIOD_CLOSED", exception_ids=[item.exception_id], dry_run=True)
            told = [await at.service.fix_many(body=body, idempotency_key="k") for body in (good, bad, other)]

        assert [FixOutcome.WOULD_FIX, FixOutcome.REFUSED, FixOutcome.REFUSED] == [
            each.items[0].outcome for each in told
        ]
        assert ["", "answer_invalid", "another_code"] == [each.items[0].code for each in told]
        assert item == await at.service.exception(exception_id=item.exception_id)


async def test_many_that_need_four_eyes_are_proposed() -> None:
    """A bulk fix is no way around the second person."""
    async with queue() as at:
        item = await at.parked(**DUPLICATE)
        with calling(FELIX):
            outcome = [
                (
                    await at.service.fix_many(
                        body=FixMany(
                            code="CUSTOMER_DUPLICATE_SUSPECT",
                            exception_ids=[item.exception_id],
                            values={"customer_match": "NEW"},
                            dry_run=dry,
                        ),
                        idempotency_key="m",
                    )
                )
                .items[0]
                .outcome
                for dry in (True, False)
            ]

        assert [FixOutcome.WOULD_PROPOSE, FixOutcome.PROPOSED] == outcome
        assert CaseState.EXCEPTION is await at.case_state(item.case_id)


async def test_exceptions_of_a_cancelled_case_are_withdrawn() -> None:
    """Nobody is asked about a case that is taken back."""
    async with queue() as at:
        item = await at.parked()
        await at.durable.cancel(item.case_id, reason="the customer went away", by="olga.operations")
        state = await at.case_state(item.case_id)
        trail = await at.durable.casebook.timeline(item.case_id)

        assert CaseState.UNWOUND is state
        assert ExceptionState.WITHDRAWN is (await at.service.exception(exception_id=item.exception_id)).state
        assert "exceptions withdrawn" in [entry.what for entry in trail.entries]
