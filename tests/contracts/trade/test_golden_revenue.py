"""The worked numbers of the rules of the trade, for revenue."""

from decimal import Decimal

import pytest

from contracts.canonical.trade.recognition import (
    Measure,
    PercentPolicy,
    Standing,
    by_progress,
    expected_loss,
    loss_provision,
    progress_of,
    standing,
)
from contracts.canonical.trade.schedules import (
    Distinct,
    Treatment,
    prospective,
    replanned,
    straight_line,
    treatment_of,
)

pytestmark = pytest.mark.golden


@pytest.mark.req(179)
def test_g26_progress_is_of_the_estimate_alone() -> None:
    """G26: 2 h of a budget of 10 h are 20 per cent."""
    assert Decimal("0.2") == progress_of(Measure(done=Decimal(2), estimate=Decimal(10)))


@pytest.mark.req(185, 179)
def test_g28_what_remains_is_spread_with_what_is_added() -> None:
    """G28: year 3 at 80,000 and three more years for 200,000 come to 70,000 a year."""
    treatment = treatment_of(
        added_distinct=True, price=Decimal(200_000), standalone=Decimal(240_000), remaining=Distinct.ALL
    )
    years = [(str(year), Decimal(1)) for year in range(3, 7)]
    planned = prospective(Decimal(80_000), Decimal(200_000), years, "EUR")

    assert Treatment.PROSPECTIVE == treatment
    assert [70_000] * 4 == [each.amount for each in planned]


@pytest.mark.req(185, 179)
def test_g29_a_change_that_is_not_distinct_is_caught_up() -> None:
    """G29: 600,000 at 60 per cent; then 51.2 per cent of 1,350,000 adds 91,200, or 91,463.41 uncut."""
    done = Decimal(420_000)
    before = by_progress(Decimal(1_000_000), Measure(done=done, estimate=Decimal(700_000)), "EUR")
    changed = Measure(done=done, estimate=Decimal(820_000))

    def catch_up(policy: PercentPolicy | None) -> Decimal:
        return by_progress(Decimal(1_350_000), changed, "EUR", before=before.cumulative, policy=policy).period

    treatment = treatment_of(
        added_distinct=False, price=Decimal(350_000), standalone=Decimal(350_000), remaining=Distinct.NONE
    )

    assert Treatment.CATCH_UP == treatment
    assert 600_000 == before.cumulative
    assert Decimal("91200.00") == catch_up(PercentPolicy(places=1))
    assert Decimal("91463.41") == catch_up(None)


@pytest.mark.req(179)
def test_g30_uninstalled_items_earn_their_cost_alone() -> None:
    """G30: 20 per cent of 3,500,000 and 1,500,000 bought in: revenue 2,200,000, profit 200,000."""
    bought, other = Decimal(1_500_000), Decimal(500_000)
    measure = Measure(done=other, estimate=Decimal(4_000_000), uninstalled=bought, uninstalled_estimate=bought)
    found = by_progress(Decimal(5_000_000), measure, "EUR")

    assert Decimal("0.2") == found.progress
    assert 2_200_000 == found.cumulative
    assert 200_000 == found.cumulative - (bought + other)


@pytest.mark.req(179)
def test_g31_what_waits_for_more_than_time_is_a_contract_asset() -> None:
    """G31: A of 400 delivered while payment waits for B: asset 400; after B a receivable of 1,000."""
    after_a = standing(recognised=Decimal(400), billed=Decimal(0), only_time_must_pass=False)
    after_b = standing(recognised=Decimal(1000), billed=Decimal(0), only_time_must_pass=True)

    assert Standing(contract_asset=Decimal(400)) == after_a
    assert Standing(receivable=Decimal(1000)) == after_b


@pytest.mark.req(179, 185)
def test_g32_a_new_price_changes_open_months_only() -> None:
    """G32: 12,000 becomes 13,000 in June: 1,142.86 to November, 1,142.84 in December."""
    months = [(f"2026-{number:02}", Decimal(1)) for number in range(1, 13)]
    first = straight_line(Decimal(12_000), months, "EUR")
    posted = [type(each)(period=each.period, amount=each.amount, posted=each.period < "2026-06") for each in first]
    found = [each.amount for each in replanned(posted, Decimal(13_000), "EUR")]

    assert [1000] * 5 == found[:5]
    assert [Decimal("1142.86")] * 6 == found[5:11]
    assert [Decimal("1142.84")] == found[11:]
    assert 13_000 == sum(found)


@pytest.mark.req(179)
def test_g36_more_billed_than_earned_is_a_liability() -> None:
    """G36: a quarter of 300,000 earned and 100,000 billed: revenue 75,000, liability 25,000."""
    found = by_progress(Decimal(300_000), Measure(done=Decimal(50_000), estimate=Decimal(200_000)), "EUR")
    shown = standing(recognised=found.cumulative, billed=Decimal(100_000), only_time_must_pass=False)

    assert 75_000 == found.cumulative
    assert Standing(contract_liability=Decimal(25_000)) == shown


@pytest.mark.req(179, 316)
def test_g38_an_expected_loss_is_provided_at_once() -> None:
    """G38: the estimate of G36 rises to 330,000: the loss of 30,000 stands in the accounts whole."""
    price, estimate, cost = Decimal(300_000), Decimal(330_000), Decimal(50_000)
    earned = by_progress(price, Measure(done=cost, estimate=estimate), "EUR").cumulative
    provision = loss_provision(price, estimate, recognised=earned, cost=cost)

    assert 30_000 == expected_loss(price, estimate)
    assert -30_000 == earned - cost - provision


@pytest.mark.req(185)
def test_g40_a_distinct_addition_below_its_price_is_planned_with_the_rest() -> None:
    """G40: a pool for 50,000 instead of 60,000 joins the 250,000 that remain of the house."""
    house = by_progress(Decimal(500_000), Measure(done=Decimal(1), estimate=Decimal(2)), "EUR")
    treatment = treatment_of(
        added_distinct=True, price=Decimal(50_000), standalone=Decimal(60_000), remaining=Distinct.ALL
    )
    remaining = Decimal(500_000) - house.cumulative
    planned = prospective(remaining, Decimal(50_000), [("1", Decimal(1)), ("2", Decimal(1))], "EUR")

    assert Treatment.PROSPECTIVE == treatment
    assert Treatment.SEPARATE_CONTRACT == treatment_of(
        added_distinct=True, price=Decimal(60_000), standalone=Decimal(60_000), remaining=Distinct.ALL
    )
    assert [150_000, 150_000] == [each.amount for each in planned]
