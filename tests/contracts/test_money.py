from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.money import Money, exponent, rounded, split, total

amounts = st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2)
weights = st.lists(st.decimals(min_value=0, max_value=1000, places=3), min_size=1, max_size=40).filter(any)


@pytest.mark.req(95)
@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("2.675", "EUR", "2.68"),
        ("-2.675", "EUR", "-2.68"),
        ("0.5", "JPY", "1"),
        ("1.2345", "KWD", "1.235"),
        ("1.23455", "CLF", "1.2346"),
    ],
)
def test_rounding_goes_away_from_zero_at_the_currency_own_minor_unit(amount: str, currency: str, expected: str) -> None:
    """MON-2: halves go away from zero, so that a credit is exactly minus its invoice; the minor unit is ISO 4217's."""
    assert Decimal(expected) == rounded(Decimal(amount), currency)
    assert exponent(currency) == -int(rounded(Decimal(amount), currency).as_tuple().exponent)


@given(amounts, weights)
def test_the_parts_of_a_split_sum_to_the_whole(amount: Decimal, shares: list[Decimal]) -> None:
    """MON-5: however an amount is shared, nothing is lost and nothing appears, negative amounts included."""
    parts = split(Money(amount=amount, currency="EUR"), shares)

    assert amount == sum(part.amount for part in parts)
    assert len(shares) == len(parts)


@given(amounts, weights)
def test_no_part_is_further_than_a_minor_unit_from_its_exact_share(amount: Decimal, shares: list[Decimal]) -> None:
    """MON-5: largest remainder moves a part by less than one cent."""
    whole = sum(shares)
    parts = split(Money(amount=amount, currency="EUR"), shares)

    assert all(abs(part.amount - amount * w / whole) < Decimal("0.01") for part, w in zip(parts, shares, strict=True))


def test_a_credit_splits_as_its_invoice_did() -> None:
    """Splitting minus an amount gives minus each part."""
    shares = [Decimal("33.33"), Decimal("33.33"), Decimal("33.34")]
    invoice = split(Money(amount=Decimal("100.01"), currency="EUR"), shares)
    credit = split(Money(amount=Decimal("-100.01"), currency="EUR"), shares)

    assert [-part.amount for part in invoice] == [part.amount for part in credit]


@pytest.mark.parametrize("shares", [[], [Decimal(0)], [Decimal(1), Decimal(-1)]])
def test_a_split_without_a_positive_weight_is_refused(shares: list[Decimal]) -> None:
    """There is no meaning in sharing among nobody, or by a negative share."""
    with pytest.raises(ValueError, match="positive weight"):
        split(Money(amount=Decimal(1), currency="EUR"), shares)


def test_an_amount_finer_than_the_minor_unit_cannot_be_split() -> None:
    """Half a cent is refused rather than dropped."""
    with pytest.raises(ValueError, match="minor unit"):
        split(Money(amount=Decimal("0.005"), currency="EUR"), [Decimal(1)])


def test_currencies_are_never_added_together() -> None:
    """A total has one sum for each currency."""
    expected = {"EUR": Decimal("3.00"), "GBP": Decimal("1.00")}

    assert expected == total(
        [
            Money(amount=Decimal("1.00"), currency="EUR"),
            Money(amount=Decimal("1.00"), currency="GBP"),
            Money(amount=Decimal("2.00"), currency="EUR"),
        ]
    )
