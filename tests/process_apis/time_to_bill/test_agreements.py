"""What was agreed is kept in versions; what cannot hold is refused whole, with every fault."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapPolicy
from contracts.canonical.agreements import AgreementLine, PeriodState
from contracts.canonical.deal import BillingMethod
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import SetPeriod
from kit.caller import calling
from tests.process_apis.time_to_bill.office import BIANCA, Office, office
from tests.process_apis.time_to_bill.world import PROJECT, agreement, cap, entry, prices

LINE = AgreementLine(line_id="line-2", name="More", method=BillingMethod.TIME_AND_MATERIALS)
ROW = prices("sell", "200").rows[0]


async def refusal(desk: Office, **changes: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await desk.agree(agreement(**changes))
    return caught.value


@pytest.mark.req(158)
async def test_an_agreement_is_kept_in_versions() -> None:
    """The same again is no new version; another payment term is; what nobody agreed about is not there."""
    async with office() as desk:
        await desk.agree()
        await desk.agree()
        first = await desk.service.agreement(project_id=PROJECT)
        await desk.agree(agreement(payment_days=14))
        second = await desk.service.agreement(project_id=PROJECT)
        with pytest.raises(Problem) as missing:
            await desk.service.agreement(project_id="prj-9")

    assert [(1, 30), (2, 14)] == [(each.version, each.agreement.payment_days) for each in (first, second)]
    assert Kind.NOT_FOUND is missing.value.kind


@pytest.mark.req(158)
@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        (
            {
                "price_lists": [
                    prices(
                        "sell",
                        "200",
                        rows=[
                            replace(ROW, ends_before=dt.date(2026, 3, 1)),
                            replace(ROW, row_id="s-2", starts_on=dt.date(2026, 4, 1)),
                        ],
                    )
                ]
            },
            "/price_lists",
        ),
        ({"price_lists": [prices("sell", "200", rows=[ROW, replace(ROW, row_id="s-2")])]}, "/price_lists"),
        ({"price_lists": [prices("sell", "200", currency="USD")]}, "/price_lists/0/currency"),
        ({"caps": [cap("100", contract_id="con-9")]}, "/caps/0/contract_id"),
        ({"ends_before": dt.date(2026, 1, 1)}, "/ends_before"),
        ({"lines": [LINE, LINE]}, "/lines/0/line_id"),
        ({"lines": [LINE, replace(LINE, line_id="line-3")]}, "/lines"),
        (
            {"lines": [replace(LINE, phase_ids=["a"]), replace(LINE, line_id="line-3", phase_ids=["a"])]},
            "/lines/1/phase_ids",
        ),
    ],
    ids=["gap", "overlap", "currency", "cap of another", "dates", "line twice", "two catch all", "phase twice"],
)
async def test_what_cannot_hold_is_refused_with_its_place(changes: dict[str, Any], pointer: str) -> None:
    """Rate lists with gaps and overlaps too: they are refused at write, not met at month-end (rule RAT-4)."""
    async with office() as desk:
        problem = await refusal(desk, **changes)

    assert (Kind.INVALID, "agreement_unsound") == (problem.kind, problem.code)
    assert pointer in {error.pointer for error in problem.errors}


@pytest.mark.req(158)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customer_id": "cus-2"}, "agreement_party_changed"),
        ({"currency": "USD", "price_lists": []}, "agreement_party_changed"),
        ({"caps": []}, "cap_missing"),
        ({"caps": [cap("10000", starts_on=dt.date(2026, 2, 1))]}, "cap_reach_changed"),
    ],
)
async def test_what_was_counted_on_does_not_change(changes: dict[str, Any], code: str) -> None:
    """Customer, seller, currency and what a cap reaches stay; a cap does not vanish with what was counted on it."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("10000")]))
        problem = await refusal(desk, **({"caps": [cap("10000")]} | changes))

    assert (Kind.CONFLICT, code) == (problem.kind, problem.code)


@pytest.mark.req(157)
async def test_a_later_price_list_leaves_what_was_priced_before() -> None:
    """Work that was booked keeps its price; what is booked afterwards has the new one (rule BIL-13)."""
    async with office() as desk:
        await desk.agree(agreement(caps=[cap("10000", CapPolicy.WARN)]))
        await desk.take(entry("1"))
        await desk.agree(agreement(price_lists=[prices("sell", "250")], caps=[cap("10000", CapPolicy.WARN)]))
        await desk.take(entry("2"))
        rates = [line.unit_rate for line in await desk.lines() if line.side == "unbilled_sales"]

    assert [Decimal(200), Decimal(250)] == sorted(rates)


@pytest.mark.req(181)
async def test_a_hard_closed_month_stays_closed() -> None:
    """A soft-closed one may be opened again, for a reason (rule CTL-5)."""

    async def put(desk: Office, state: PeriodState) -> PeriodState:
        with calling(BIANCA):
            body = SetPeriod(state=state, reason="month-end")
            done = await desk.service.set_period(legal_entity_id="SG-DE", period="2026-06", body=body)
        return done.state

    async with office() as desk:
        before = await desk.service.period(legal_entity_id="SG-DE", period="2026-06")
        states = [await put(desk, PeriodState.SOFT_CLOSED), await put(desk, PeriodState.OPEN)]
        states.append(await put(desk, PeriodState.HARD_CLOSED))
        with pytest.raises(Problem) as refused:
            await put(desk, PeriodState.OPEN)

    assert PeriodState.OPEN is before.state
    assert ["soft_closed", "open", "hard_closed"] == [str(state) for state in states]
    assert "period_hard_closed" == refused.value.code
