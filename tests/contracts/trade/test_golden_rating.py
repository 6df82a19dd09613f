"""The worked numbers of the rules of the trade, for rates and prices."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.pricing import PriceList, PriceQuery, RateOverride, RateRow, RateScope
from contracts.canonical.trade.lists import faults_of
from contracts.canonical.trade.rating import price_of

pytestmark = pytest.mark.golden


def half_year(*overrides: RateOverride) -> PriceList:
    """The list of the examples: from 1 January to 30 June at 100."""
    start = dt.date(2026, 1, 1)
    row = RateRow(row_id="row", rate=Decimal(100), starts_on=start, role="Consultant")
    return PriceList(
        list_id="list",
        name="Half year",
        currency="EUR",
        starts_on=start,
        ends_before=dt.date(2026, 7, 1),
        rows=[row],
        overrides=list(overrides),
    )


def override(rate: int, day: dt.date, *, contract: str | None = None) -> RateOverride:
    return RateOverride(
        override_id=f"{rate}-{day}-{contract}",
        row_id="row",
        rate=Decimal(rate),
        starts_on=day,
        scope=RateScope.CONTRACT if contract else RateScope.UNSCOPED,
        scope_id=contract,
    )


@pytest.mark.req(159)
def test_g10_an_override_holds_until_the_next_override() -> None:
    """G10: 100, then 110 from 15 March and 120 from 1 April; 31 March is still 110."""
    prices = half_year(override(110, dt.date(2026, 3, 15)), override(120, dt.date(2026, 4, 1)))
    days = [dt.date(2026, 3, 14), dt.date(2026, 3, 15), dt.date(2026, 3, 31), dt.date(2026, 4, 1), dt.date(2026, 6, 30)]
    rates = [price_of(PriceQuery(currency="EUR", worked_on=day, role="Consultant"), [prices]).rate for day in days]

    assert [] == faults_of(prices)
    assert [100, 110, 110, 120, 120] == rates


@pytest.mark.req(159)
def test_g11_a_contract_has_its_own_override() -> None:
    """G11: from 15 March contract A pays 110 and everybody else 120."""
    day = dt.date(2026, 3, 15)
    prices = half_year(override(110, day, contract="A"), override(120, day))

    def rate(contract: str | None) -> Decimal | None:
        return price_of(
            PriceQuery(currency="EUR", worked_on=day, role="Consultant", contract_id=contract), [prices]
        ).rate

    assert [] == faults_of(prices)
    assert [110, 120, 120] == [rate("A"), rate("B"), rate(None)]
