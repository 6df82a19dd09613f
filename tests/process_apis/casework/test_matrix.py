from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.governance import Quorum
from contracts.canonical.money import Money
from kit.durable import ApprovalRequest
from kit.settings import SettingsError
from process_apis.casework.matrix import FILE, Rule, read_matrix

MATRIX = read_matrix(FILE.read_text())
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False, allow_infinity=False)
ABOUT = sorted({rule.about for rule in MATRIX.rules})
CURRENCIES = st.sampled_from(["EUR", "GBP", "USD", "JPY", "CHF"])


def request(
    about: tuple[str, str], *, amount: str | None = "1000", currency: str = "EUR", flags: tuple[str, ...] = ()
) -> ApprovalRequest:
    """A request about something."""
    money = None if amount is None else Money(amount=Decimal(amount), currency=currency)
    return ApprovalRequest(
        subject="s", reason="r", role="tax", object=about[0], attribute=about[1], amount=money, flags=list(flags)
    )


def whole(rule: str) -> str:
    """A file with one rule."""
    return f'version = "1"\nroles = ["tax", "finance"]\n[[rules]]\nobject = "deal"\nattribute = "tax"\n{rule}'


@pytest.mark.req(142)
@given(rule=st.sampled_from(MATRIX.rules), amount=AMOUNTS, currency=CURRENCIES)
def test_every_amount_falls_into_exactly_one_band(rule: Rule, amount: Decimal, currency: str) -> None:
    """CTL-1: bands neither overlap nor leave a gap, and a credit counts by its absolute amount."""
    edges = [Decimal(0), *(band.below for band in rule.bands if band.below is not None), None]
    fits = [
        band
        for band, (low, high) in zip(rule.bands, pairwise(edges), strict=True)
        if (low or Decimal(0)) <= abs(amount) and (high is None or abs(amount) < high)
    ]

    assert 1 == len(fits)
    assert fits[0] is rule.band(Money(amount=amount, currency=currency))
    assert fits[0] is rule.band(Money(amount=-amount, currency=currency))


@given(about=st.sampled_from(ABOUT), amount=AMOUNTS, currency=CURRENCIES, flags=st.sets(st.sampled_from(["sanctions"])))
def test_every_request_has_an_ordered_way(
    about: tuple[str, str], amount: Decimal, currency: str, flags: set[str]
) -> None:
    """CTL-1: whatever the amount, currency and flags, the way has steps, each with roles and time, in order."""
    route = MATRIX.route(request(about, amount=str(amount), currency=currency, flags=tuple(flags)))

    assert route is not None
    assert route.stages
    assert all(stage.roles and stage.sla_h > 0 for stage in route.stages)
    assert route.expires_h >= sum(stage.sla_h for stage in route.stages)


@given(about=st.sampled_from(ABOUT), small=AMOUNTS, large=AMOUNTS)
def test_more_money_never_asks_fewer_steps(about: tuple[str, str], small: Decimal, large: Decimal) -> None:
    """A larger amount is looked at by at least as many steps."""
    less, more = sorted((abs(small), abs(large)))
    few, many = (MATRIX.route(request(about, amount=str(each))) for each in (less, more))

    assert few is not None
    assert many is not None
    assert len(few.stages) <= len(many.stages)


@pytest.mark.parametrize(
    ("amount", "currency", "flags", "steps"),
    [
        ("1420000.00", "EUR", (), [["tax"]]),
        ("4999999.99", "EUR", (), [["tax"]]),
        ("5000000.00", "EUR", (), [["tax"], ["finance"]]),
        ("1.00", "CHF", (), [["tax"], ["finance"]]),
        (None, "", (), [["tax"], ["finance"]]),
        ("1.00", "EUR", ("sanctions",), [["legal"], ["tax_lead", "finance_lead"]]),
        ("1.00", "EUR", ("unheard_of",), [["tax"]]),
    ],
)
def test_who_decides_on_tax_across_borders(
    amount: str | None, currency: str, flags: tuple[str, ...], steps: list[list[str]]
) -> None:
    """Bounds belong to the band above; a strange currency and a missing amount ask most; a flag has its own rule."""
    route = MATRIX.route(request(("deal", "cross_border_tax"), amount=amount, currency=currency, flags=flags))

    assert route is not None
    assert steps == [stage.roles for stage in route.stages]


def test_all_of_stands_where_it_is_said() -> None:
    """Reopening a period needs two roles, both of them (rule CTL-5)."""
    route = MATRIX.route(request(("period", "reopening")))

    assert route is not None
    assert [Quorum.ALL_OF] == [stage.quorum for stage in route.stages]


def test_nothing_is_said_about_other_things() -> None:
    """Where the matrix says nothing it says so; the role that was named decides then."""
    assert MATRIX.route(request(("deal", "colour"))) is None


BAND = "[[rules.bands]]\nsteps = [{ roles = ['tax'], sla_h = 1 }]\n"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('name = "a"\nexpires_h = 9\nbands = []', "leaves out large amounts"),
        (f'name = "a"\nexpires_h = 9\ncurrency = "EUR"\n{BAND}{BAND}', "leaves out large amounts"),
        (f'name = "a"\nexpires_h = 9\n{BAND}below = "5"\n{BAND}', "a bound needs a currency"),
        (
            f'name = "a"\nexpires_h = 9\ncurrency = "EUR"\n{BAND}below = "5"\n{BAND}below = "5"\n{BAND}',
            "bounds of bands must rise",
        ),
        (f'name = "a"\nexpires_h = 9\ncurrency = "EUR"\n{BAND}', "nothing catches all"),
        (f'name = "a"\nexpires_h = 0.5\n{BAND}', "expires before its steps are due"),
        ('name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = []', "nobody decides"),
        ('name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = [{ roles = ["taxi"], sla_h = 1 }]', "is no role"),
        ('name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = [{ roles = [], sla_h = 1 }]', "calls nobody"),
        ('name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = [{ roles = ["tax", "tax"], sla_h = 1 }]', "twice"),
        (
            'name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = [{ roles = ["tax"], sla_h = 1, quorum = "all_of" }]',
            "all of one role",
        ),
        ('name = "a"\nexpires_h = 9\n[[rules.bands]]\nsteps = [{ roles = ["tax"], sla_h = 0 }]', "out of order"),
        (f'name = "a"\nexpires_h = 9\nobjct = "x"\n{BAND}', "objct"),
        (
            f'name = "a"\nexpires_h = 9\n{BAND}[[rules]]\nobject = "deal"\nattribute = "tax"\n'
            f'currency = "EUR"\nname = "b"\nexpires_h = 9\n{BAND}',
            "b is never reached behind a",
        ),
    ],
)
def test_a_matrix_that_will_not_do_stops_the_start(rule: str, says: str) -> None:
    """A gap, an overlap, an unknown role or key, hours out of order and a hidden rule are refused by name."""
    with pytest.raises(SettingsError, match=says):
        read_matrix(whole(rule))
