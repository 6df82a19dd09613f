"""What holds for every invented price list."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.canonical.pricing import PriceList, PriceQuery, RateOverride, RateRow, RateScope
from contracts.canonical.trade.lists import faults_among, faults_of
from contracts.canonical.trade.rating import price_of

pytestmark = [pytest.mark.properties]

START = dt.date(2026, 1, 1)
DAYS = st.integers(0, 364).map(lambda days: START + dt.timedelta(days=days))
ENOUGH = settings(max_examples=60, deadline=None)

DIMENSIONS = st.fixed_dictionaries(
    {
        "person_id": st.sampled_from([None, "ada", "bob"]),
        "role": st.sampled_from([None, "architect", "engineer"]),
        "company_id": st.sampled_from([None, "DE", "GB"]),
        "unit_id": st.sampled_from([None, "cloud"]),
        "region": st.sampled_from([None, "FR"]),
    }
)


def by_name(dimensions: dict[str, str | None]) -> tuple[str, ...]:
    """What tells two sets of dimensions apart, whatever order they were drawn in."""
    return tuple(str(dimensions[name]) for name in sorted(dimensions))


@st.composite
def price_lists(draw: st.DrawFn) -> PriceList:
    """A list that may be written: one series for each set of dimensions, cut at some days."""
    rows = []
    for number, dimensions in enumerate(draw(st.lists(DIMENSIONS, max_size=6, unique_by=by_name))):
        days = sorted(draw(st.sets(DAYS, min_size=1, max_size=3)))
        for position, day in enumerate(days):
            rows.append(
                replace(
                    RateRow(
                        row_id=f"{number}.{position}",
                        rate=Decimal(draw(st.integers(1, 500))),
                        starts_on=day,
                        ends_before=days[position + 1] if position + 1 < len(days) else None,
                    ),
                    **dimensions,
                )
            )
    overrides = [
        RateOverride(
            override_id=f"o-{row.row_id}",
            row_id=row.row_id,
            rate=row.rate + 1000,
            starts_on=row.starts_on,
            scope=scope,
            scope_id=None if scope is RateScope.UNSCOPED else "A",
        )
        for row in rows
        if (scope := draw(st.sampled_from([None, *RateScope]))) is not None
    ]
    return PriceList(list_id="l", name="L", currency="EUR", starts_on=START, rows=rows, overrides=overrides)


@pytest.mark.req(159)
@given(prices=price_lists(), dimensions=DIMENSIONS, day=DAYS, data=st.data())
@ENOUGH
def test_a_price_does_not_depend_on_the_order_of_rows(
    prices: PriceList, dimensions: dict[str, str | None], day: dt.date, data: st.DataObject
) -> None:
    """Rows and overrides in any order give the same price and trace; each row is told once, one at most wins."""
    query = replace(PriceQuery(currency="EUR", worked_on=day, contract_id="A"), **dimensions)
    mixed = replace(
        prices,
        rows=data.draw(st.permutations(prices.rows)),
        overrides=data.draw(st.permutations(prices.overrides)),
    )
    price = price_of(query, [prices])
    rows = [each for each in price.trace if each.kind == "row"]

    assert [] == faults_of(prices)
    assert price == price_of(query, [mixed])
    assert sorted(row.row_id for row in prices.rows) == sorted(each.candidate_id for each in rows)
    assert (0 if price.code else 1) == sum(each.taken for each in rows)
    assert (price.code == "RATE_MISSING") == (price.amount is None)


@pytest.mark.req(159)
@given(prices=price_lists().filter(lambda each: each.rows), data=st.data())
@ENOUGH
def test_an_overlap_is_always_refused(prices: PriceList, data: st.DataObject) -> None:
    """A second row of the same dimensions on a day that is taken is named, wherever it stands (RAT-4)."""
    row = data.draw(st.sampled_from(prices.rows))
    rival = replace(row, row_id="rival", ends_before=row.starts_on + dt.timedelta(days=data.draw(st.integers(1, 30))))
    broken = replace(prices, rows=data.draw(st.permutations([*prices.rows, rival])))
    twin = replace(prices, list_id="twin")

    assert any("overlaps" in fault.detail for fault in faults_of(broken))
    assert any("overlaps" in fault.detail for fault in faults_among([prices, twin]))
