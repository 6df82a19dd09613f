"""Where a firm has a tax engine: it is asked before an invoice is posted and told after; it never decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import CaseState
from contracts.canonical.party import Address
from contracts.canonical.taxation import TaxDocumentKind
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import LineCorrection
from tests.process_apis.time_to_bill.engine import BUYER, ISSUER, FakeTax
from tests.process_apis.time_to_bill.office import JUNE, Office, completed, office
from tests.process_apis.time_to_bill.world import ABROAD, World, agreement, entry


@asynccontextmanager
async def taxing(agreed: BillingAgreement | None = None, **config: Any) -> AsyncIterator[tuple[Office, FakeTax]]:
    """An office with a tax engine, and two days of work that may be billed."""
    world = World()
    told: dict[str, Any] = {"issuers": {"SG-DE": ISSUER}, "tax_service_codes": {"SG-DE": "SP140000"}}
    async with office(world, taxed=True, **(told | config)) as desk:
        await desk.agree(agreed or agreement(buyer=BUYER))
        await desk.take(entry("1"), entry("2", hours="4"))
        yield desk, world.tax


@pytest.mark.req(125, 164)
async def test_an_invoice_is_asked_about_and_then_recorded_as_charged() -> None:
    """The estimate comes before the posting; what is kept is committed, under our id, with the tax of the invoice."""
    async with taxing() as (desk, tax):
        started = await desk.start("inv-1")
        before = (len(tax.asked), dict(tax.documents), desk.world.erp.posted["inv-1"])
        done = await desk.decide(started.summary.case_id)
        told = tax.sent["inv-1"]

    assert (1, {}, 0) == before
    assert completed(done)
    assert {"inv-1": ("sale", "committed", Decimal("456.00"))} == tax.standing()
    assert (None, Decimal("456.00"), "DE811234567") == (tax.asked[0].charged, told.charged, told.buyer_registration)
    assert ("DE", "DE", {"SP140000"}) == (
        told.sold_from.country,
        told.sold_to.country,
        {line.service_code for line in told.lines},
    )
    assert Decimal("2400.00") == sum(line.net for line in told.lines)


@pytest.mark.req(164, 247)
async def test_another_tax_is_an_exception_before_anything_is_posted() -> None:
    """The tax desk sees both amounts; once the engine is mended, trying again goes on."""
    async with taxing() as (desk, tax):
        tax.rates["DE"] = Decimal(7)
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        posted = desk.world.erp.posted["inv-1"]
        tax.rates["DE"] = Decimal(19)
        await desk.fix(item, tax_mismatch="ask_the_engine_again")
        done = await desk.decide(case.summary.case_id)

    assert ("TAX_MISMATCH", "tax", 0) == (item.code, item.owner_role, posted)
    assert {"tax_ours": "456.00 EUR", "tax_engine": "168.00 EUR", "difference": "-288.00 EUR"}.items() <= (
        item.context.items()
    )
    assert completed(done)
    assert Decimal("456.00") == tax.documents["inv-1"].tax


@pytest.mark.req(125, 247)
async def test_a_person_may_say_that_the_invoice_is_right() -> None:
    """The engine has no registration, so that it charges nothing and says nothing: ours is charged, and recorded."""
    async with taxing() as (desk, tax):
        del tax.rates["DE"]
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        await desk.fix(item, tax_mismatch="charge_as_decided")
        done = await desk.decide(case.summary.case_id)

    assert "TAX_MISMATCH" == item.code
    assert completed(done)
    assert (Decimal("456.00"), Decimal(0)) == (tax.documents["inv-1"].tax, tax.documents["inv-1"].computed)


@pytest.mark.req(164)
async def test_cuts_are_not_differences() -> None:
    """Four lines of 1.67 bear 1.27 together, and 1.28 cut one by one: the rates agree, so nobody is asked."""
    async with taxing() as (desk, tax):
        lines = [entry(str(number), hours="0.00835", person_id=f"p-{number}") for number in range(3, 7)]
        await desk.take(*lines)
        done = await desk.bill("inv-1")
        net = desk.world.erp.documents["inv-1"].net

    assert completed(done)
    assert Decimal("2406.68") == net
    assert (Decimal("457.27"), Decimal("457.28")) == (tax.documents["inv-1"].tax, tax.documents["inv-1"].computed)


@pytest.mark.req(142, 164)
async def test_what_crosses_a_border_bears_no_tax_on_either_side() -> None:
    """The buyer's registration goes along, and nothing differs."""
    buyer = replace(BUYER, address=Address(country="FR", city="Paris"), vat_id="FR40303265045")
    base = agreement(buyer=buyer)
    async with taxing(replace(base, lines=[replace(base.lines[0], tax=ABROAD)])) as (desk, tax):
        done = await desk.bill("inv-1", treatment="AE")

    assert completed(done)
    assert {"inv-1": ("sale", "committed", Decimal(0))} == {
        key: (kind, state, tax_ + 0) for key, (kind, state, tax_) in tax.standing().items()
    }


@pytest.mark.req(248)
async def test_nobody_is_taxed_at_a_place_that_nobody_said() -> None:
    """The buyer is missing: the tax desk completes the agreement, and the same case goes on."""
    async with taxing(agreement()) as (desk, tax):
        case = await desk.start("inv-1")
        (item,) = await desk.exceptions()
        await desk.agree(agreement(buyer=BUYER))
        await desk.fix(item)
        done = await desk.decide(case.summary.case_id)

    assert ("TAX_PLACE_MISSING", "tax") == (item.code, item.owner_role)
    assert "the buyer cus-1" in item.detail
    assert completed(done)
    assert 1 == len(tax.asked)


@pytest.mark.req(164)
async def test_a_credit_of_the_whole_voids_and_a_rebill_is_another_document() -> None:
    """Nothing of the first invoice is reported; the second stands under its own key."""
    async with taxing() as (desk, tax):
        await desk.bill("inv-1")
        await desk.correct()
        await desk.bill("inv-2")

    assert {
        "inv-1": ("sale", "voided", Decimal("456.00")),
        "inv-2": ("sale", "committed", Decimal("456.00")),
    } == tax.standing()


@pytest.mark.req(164)
async def test_what_was_reported_is_given_back() -> None:
    """A reported sale is not voided any more: its whole tax is refunded under the correction's key."""
    async with taxing() as (desk, tax):
        await desk.bill("inv-1")
        tax.lock("inv-1")
        done = await desk.correct()

    assert completed(done)
    assert {
        "inv-1": ("sale", "committed", Decimal("456.00")),
        "cor-1": ("refund", "committed", Decimal("-456.00")),
    } == tax.standing()


@pytest.mark.req(164)
async def test_a_part_is_given_back_at_the_tax_point_of_its_invoice() -> None:
    """Two hours are credited in July: the refund is of July, and taxed as of June (rules TAX-3, MON-7)."""
    july = dt.date(2026, 7, 10)
    async with taxing() as (desk, tax):
        await desk.bill("inv-1")
        first = (await desk.lines())[0]
        billed = [line for line in await desk.lines() if line.invoice_line and line.source == first.source]
        wanted = LineCorrection(actual_id=billed[0].actual_id, quantity=Decimal(6))
        done = await desk.correct(wanted, corrected_on=july)
        told = tax.sent["cor-1"]

    assert completed(done)
    assert (TaxDocumentKind.REFUND, july, JUNE) == (told.kind, told.issued_on, told.taxed_on)
    assert ("refund", "committed", Decimal("-76.00")) == tax.standing()["cor-1"]


@pytest.mark.req(164, 247)
async def test_a_correction_waits_for_the_document_of_its_invoice() -> None:
    """Else the invoice would be recorded later, and nothing given back; the correction itself is posted and told."""
    async with taxing() as (desk, tax):
        await desk.bill("inv-1")
        late = tax.documents.pop("inv-1")
        case = await desk.correct()
        (item,) = await desk.exceptions()
        credited = desk.world.erp.posted["cor-1"]
        tax.documents["inv-1"] = late
        await desk.fix(item, tax_document="look_again")
        done = await desk.settled(case.summary.case_id)

    assert ("TAX_DOCUMENT_MISSING", "tax", 1) == (item.code, item.owner_role, credited)
    assert completed(done)
    assert {"inv-1": ("sale", "voided", Decimal("456.00"))} == tax.standing()


@pytest.mark.req(164, 247)
async def test_an_invoice_of_the_time_before_is_left_out() -> None:
    """It was posted before the engine was connected: a person says so, and nothing is given back."""
    async with taxing() as (desk, tax):
        await desk.bill("inv-1")
        tax.documents.clear()
        case = await desk.correct()
        (item,) = await desk.exceptions()
        await desk.fix(item, tax_document="leave_out")
        done = await desk.settled(case.summary.case_id)

    assert completed(done)
    assert {} == tax.standing()


@pytest.mark.parametrize("config", [{"tax_service_codes": {}}, {"tax_service_codes": {"SG-GB": "SP140000"}}])
@pytest.mark.req(164)
async def test_a_company_that_is_not_named_is_billed_as_before(config: dict[str, Any]) -> None:
    """The engine hears nothing of it, and no address is needed."""
    async with taxing(agreement(), **config) as (desk, tax):
        done = await desk.bill("inv-1")
        await desk.correct()

    assert completed(done)
    assert ([], {}) == (tax.asked, tax.standing())


@pytest.mark.req(164, 245)
async def test_an_engine_that_is_down_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The invoice is posted and told; the case waits, and records the tax once the engine is back."""
    down = Problem(Kind.UNAVAILABLE, "vendor_unavailable", "503")
    real = FakeTax.record

    async def refused(*args: object, **more: object) -> None:
        raise down

    async with taxing() as (desk, tax):
        monkeypatch.setattr(FakeTax, "record", refused)
        waiting = await desk.bill("inv-1")
        items = await desk.exceptions()
        monkeypatch.setattr(FakeTax, "record", real)
        for item in items:
            await desk.fix(item)
        done = await desk.settled(waiting.summary.case_id)

    assert (1, "R1") == (desk.world.erp.posted["inv-1"], desk.world.erp.documents["inv-1"].number)
    assert CaseState.COMPLETED is not waiting.summary.state
    assert completed(done)
    assert {"record inv-1": 1} == dict(tax.acts)
