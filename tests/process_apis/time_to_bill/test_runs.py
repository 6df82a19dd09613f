"""A month-end run: counted, signed off, one case an invoice; what cannot be billed is named and keeps nobody."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.process.time_to_bill import StartBillingRun
from kit.caller import calling
from process_apis.time_to_bill.running import name_of
from tests.process_apis.time_to_bill.office import BIANCA, JUNE, Office, office
from tests.process_apis.time_to_bill.world import ABROAD, agreement, entry


async def ran(desk: Office, **changes: object) -> str:
    """A run of the seller through June, as far as it goes by itself."""
    facts = {"run_id": "run-06", "legal_entity_id": "SG-DE", "through": JUNE, "issued_on": JUNE}
    with calling(BIANCA):
        started = await desk.service.run(body=StartBillingRun(**(facts | changes)), idempotency_key="run-06")  # type: ignore[arg-type] # facts by name
    await desk.settled(started.case_id)
    return started.case_id


async def worked(desk: Office) -> None:
    """A day at home and a day abroad, ready to be billed."""
    base = agreement()
    abroad = replace(base.lines[0], line_id="line-2", phase_ids=["phs-2"], tax=ABROAD)
    await desk.agree(replace(base, lines=[base.lines[0], abroad]))
    await desk.take(entry("1"), entry("2", phase_id="phs-2"))


@pytest.mark.req(169, 181)
async def test_a_run_bills_everything_that_is_ready_once_it_is_signed_off() -> None:
    """Two treatments, two invoices, two cases; the sign-off is bound to the count, and a second run finds nothing."""
    async with office() as desk:
        await worked(desk)
        case_id = await ran(desk)
        (asked,) = (await desk.durable.casebook.approvals()).items
        await desk.decide(case_id)
        for each in (await desk.durable.casebook.cases()).items:
            await desk.decide(each.case_id)
        run = await desk.durable.standing(case_id)
        again = await desk.durable.standing(await ran(desk, run_id="run-07"))

    assert {"2", "3504.00"} <= {asked.evidence["invoices"], asked.evidence["gross_EUR"]}
    assert ("2", "fiona.finance") == (run.facts["cases"], run.facts["signed_off_by"])
    assert [Decimal("1600.00"), Decimal("1904.00")] == sorted(d.gross for d in desk.world.erp.documents.values())
    assert ("0", CaseState.COMPLETED) == (again.facts["invoices"], again.summary.state)


@pytest.mark.req(181)
async def test_a_dry_run_counts_and_leaves_nothing() -> None:
    """The same totals, no question, no draft, no hold."""
    async with office() as desk:
        await worked(desk)
        run = await desk.durable.standing(await ran(desk, dry_run=True))
        async with desk.accounts.read() as books:
            held = await books.ledger.held()

    assert (CaseState.COMPLETED, "3504.00") == (run.summary.state, run.facts["gross_EUR"])
    assert (set(), {}) == (held, desk.world.erp.documents)


@pytest.mark.req(181)
async def test_a_run_that_is_not_signed_off_bills_nothing() -> None:
    """Refused, it unwinds and has begun no case."""
    async with office() as desk:
        await worked(desk)
        run = await desk.decide(await ran(desk), approve=False)

    assert CaseState.UNWOUND is run.summary.state
    assert {} == desk.world.erp.documents


@pytest.mark.req(170)
async def test_what_cannot_be_billed_is_named_and_keeps_nobody() -> None:
    """A project in dollars without a rate of exchange is left out by name; the others are counted."""
    async with office() as desk:
        await worked(desk)
        await desk.agree_about("prj-2", currency="USD")
        await desk.take_for("prj-2", entry("9", project_id="prj-2"))
        run = await desk.durable.standing(await ran(desk, dry_run=True))

    assert "2" == run.facts["invoices"]
    assert "USD to EUR" in run.facts["left_out_prj-2"]


def test_the_invoices_of_a_run_have_speaking_names_of_their_own() -> None:
    """Long names are cut and told apart by a hash."""
    assert "run-06-prj-1-AE" == name_of("run-06", "prj-1", "AE")
    one, other = (name_of("run-06", "p" * 60, treatment) for treatment in ("AE", "domestic"))
    assert one != other
    assert len(one) <= 64
