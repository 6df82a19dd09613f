"""What the firm sold: customers, and engagements with a contract and its lines, of every billing method."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import TaxDecision
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money, quantum
from contracts.canonical.party import Address, Customer, TaxProfile
from load.firm.chance import chance
from load.firm.people import in_steps
from load.firm.places import COUNTRIES, FIRST_MONDAY, PLACES, Place, tax_of_supply

CUSTOMERS: Final = 400
ENGAGEMENTS: Final = 1_000
_AT_HOME: Final = 0.75
_IN_OWN_CURRENCY: Final = 0.85
_ORDERED: Final = 0.4
_OVER: Final = 0.06  # this share ended before the first week
_USUAL_TAX: Final = 0.85
_T_AND_M: Final = BillingMethod.TIME_AND_MATERIALS
_METHODS: Final = {
    _T_AND_M: 76,
    BillingMethod.FIXED_FEE: 8,
    BillingMethod.MILESTONE: 8,
    BillingMethod.RETAINER: 4,
    BillingMethod.SUBSCRIPTION: 4,
}


@dataclass(frozen=True, kw_only=True)
class ContractLine:
    """One line of a contract. What is not billed by the hour has an agreed amount: in all, or of one period.

    `percents` share the amount of a milestone line; they sum to 100.
    """

    line_id: str
    method: BillingMethod
    tax: TaxDecision
    amount: Money | None = None
    percents: tuple[Decimal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """One project and the contract it stands on. `ends_on` is its last day, after which it is closed."""

    project_id: str
    contract_id: str
    customer: Customer
    seller: Place
    currency: str
    starts_on: dt.date
    ends_on: dt.date
    purchase_order: str | None
    lines: tuple[ContractLine, ...]

    @property
    def card(self) -> tuple[str, str]:
        """Whose rates hold: those agreed with the customer in the currency of the contract."""
        return self.customer.customer_id, self.currency


def customers(seed: int) -> tuple[Customer, ...]:
    """Every customer; each buys from the entity whose share of the numbers it falls into."""
    found: list[Customer] = []
    for place in PLACES:
        for _ in range(CUSTOMERS * place.share // 100):
            found.append(_customer(seed, len(found) + 1, place))
    return tuple(found)


def engagements(seed: int, clients: Sequence[Customer]) -> tuple[Engagement, ...]:
    """Every engagement, in order of number; each customer has two or three."""
    found: list[Engagement] = []
    first = 0
    for place in PLACES:
        own = clients[first : first + CUSTOMERS * place.share // 100]
        first += len(own)
        for number in range(ENGAGEMENTS * place.share // 100):
            found.append(_engagement(seed, len(found) + 1, place, own[number % len(own)]))
    return tuple(found)


def _customer(seed: int, number: int, place: Place) -> Customer:
    drawn = chance(seed, "customer", number)
    abroad = [each for each in COUNTRIES[place.region] if each != place.country]
    country = place.country if drawn.random() < _AT_HOME else drawn.choice(abroad)
    return Customer(
        customer_id=f"cus-{number:03}",
        name=f"Customer {number:03}",
        address=Address(country=country),
        currency=place.currency,
        tax=TaxProfile(tax_code=tax_of_supply(place, country, place.treatments[0]).tax_code),
    )


def _engagement(seed: int, number: int, place: Place, customer: Customer) -> Engagement:
    drawn = chance(seed, "engagement", number)
    others = [each.currency for each in PLACES if each is not place]
    currency = place.currency if drawn.random() < _IN_OWN_CURRENCY else drawn.choice(others)
    starts_on, ends_on = _dates(drawn)
    return Engagement(
        project_id=f"prj-{number:04}",
        contract_id=f"con-{number:04}",
        customer=customer,
        seller=place,
        currency=currency,
        starts_on=starts_on,
        ends_on=ends_on,
        purchase_order=f"PO-{drawn.randint(10_000, 99_999)}" if drawn.random() < _ORDERED else None,
        lines=_lines(drawn, number, place, customer, currency),
    )


def _dates(drawn: random.Random) -> tuple[dt.date, dt.date]:
    """Most run over the whole year of entries or end in it; some are over when it begins."""
    if drawn.random() < _OVER:
        return FIRST_MONDAY - dt.timedelta(days=365), FIRST_MONDAY - dt.timedelta(days=drawn.randint(3, 60))
    starts_on = FIRST_MONDAY - dt.timedelta(days=drawn.randint(0, 360))
    return starts_on, FIRST_MONDAY + dt.timedelta(days=drawn.randint(91, 700))


def _lines(
    drawn: random.Random, number: int, place: Place, customer: Customer, currency: str
) -> tuple[ContractLine, ...]:
    methods = drawn.choices(list(_METHODS), weights=list(_METHODS.values()), k=drawn.randint(1, 3))
    found = []
    for order, method in enumerate(methods, start=1):
        usual = drawn.random() < _USUAL_TAX
        treatment = place.treatments[0] if usual else drawn.choice(place.treatments)
        found.append(
            ContractLine(
                line_id=f"con-{number:04}-{order}",
                method=method,
                tax=tax_of_supply(place, customer.address.country or place.country, treatment),
                amount=None if method is _T_AND_M else _agreed(drawn, currency),
                percents=(Decimal(30), Decimal(30), Decimal(40)) if method is BillingMethod.MILESTONE else (),
            )
        )
    return tuple(found)


def _agreed(drawn: random.Random, currency: str) -> Money:
    hours = next(each.sells_for for each in PLACES if each.currency == currency)
    return Money(amount=in_steps(hours * drawn.randint(40, 4_000), quantum(currency)), currency=currency)
