"""One thing as several systems hold it: agreed to the last minor unit, or broken in one way that has a name."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.canonical.reconciliation import BreakClass, BreakState
from kit.settings import SettingsError
from process_apis.reconciliation.explaining import explanation
from process_apis.reconciliation.held import Held, held, stated, stated_hours
from process_apis.reconciliation.rules import Asked, Finding, judged, rows
from process_apis.reconciliation.standing import Known, became, found_of
from process_apis.reconciliation.terms import FILE, KINDS, Tolerance, read_tolerances

NOW = dt.datetime(2026, 8, 1, tzinfo=dt.UTC)
EVERYBODY = frozenset({"crm", "psa", "erp", "sluice"})
AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999999.99"), places=2)


def asked(kind: str = "contract", *, readable: frozenset[str] = EVERYBODY, **tolerance: float) -> Asked:
    return Asked(
        terms=KINDS[kind],
        tolerance=Tolerance(**tolerance),  # type: ignore[arg-type] # each has the type of its field
        now=NOW,
        readable=readable,
    )


def contract(amounts: Mapping[str, str], *, currency: str = "EUR", **more: object) -> list[Held]:
    """A contract as each system named holds it."""
    return [
        held("contract", "prj-1", system, f"{system}-1", amount=amount, currency=currency, **more)
        for system, amount in sorted(amounts.items())
    ]


def only(found: list[Finding]) -> Finding:
    (one,) = found
    return one


@pytest.mark.req(180, 273)
@given(amount=AMOUNTS, odd=st.sampled_from(["crm", "psa", "erp"]), cents=st.integers(-50_000, 50_000))
def test_a_difference_is_found_at_whoever_stands_alone_to_the_cent(amount: Decimal, odd: str, cents: int) -> None:
    """Any amount, any system, any number of cents: the odd one is named with exactly the difference."""
    said = dict.fromkeys(("crm", "psa", "erp", "sluice"), str(amount)) | {odd: str(amount + Decimal(cents) / 100)}
    found = judged(contract(said), asked(rounding_minor=2))

    if cents == 0:
        assert [] == found
        return
    one = only(found)
    assert (BreakClass.ROUNDING if abs(cents) <= 2 else BreakClass.AMOUNT) is one.break_class
    assert ([odd], Decimal(cents) / 100) == (one.systems, one.difference)


@pytest.mark.req(180)
def test_what_is_late_is_missing_and_what_is_on_its_way_is_not_yet() -> None:
    """Something that changed lately, or that a case works on, may still arrive."""
    lately = (NOW - dt.timedelta(minutes=30)).isoformat()
    said = {"crm": "5.00", "erp": "5.00", "sluice": "5.00"}
    late = only(judged(contract(said), asked(in_flight_h=1)))
    fresh = only(judged(contract(said, changed_at=lately), asked(in_flight_h=1)))
    worked_on = only(judged(contract(said, in_flight=True), asked()))

    assert [BreakClass.MISSING] * 3 == [late.break_class, fresh.break_class, worked_on.break_class]
    assert [False, True, True] == [late.in_flight, fresh.in_flight, worked_on.in_flight]
    assert ["psa"] == late.systems
    assert Decimal("-5.00") == late.difference


@pytest.mark.req(180)
def test_a_system_that_was_not_read_is_not_missed() -> None:
    """Nobody is blamed for what was not looked at."""
    row = contract({"crm": "5.00", "erp": "5.00", "sluice": "5.00"})

    assert [] == judged(row, asked(readable=EVERYBODY - {"psa"}))


@pytest.mark.req(180)
def test_records_of_one_deal_add_up_and_a_second_workspace_does_not() -> None:
    """An extension is a second deal and a second schedule of the same project; a second workspace is a duplicate."""
    first = contract({"crm": "5.00", "psa": "8.00", "erp": "5.00", "sluice": "5.00"})
    more = [
        held("contract", "prj-1", system, f"{system}-2", amount="3.00", currency="EUR")
        for system in ("crm", "erp", "sluice")
    ]
    second = held("contract", "prj-1", "psa", "psa-2", amount="8.00", currency="EUR")

    assert [] == judged([*first, *more], asked())
    assert [BreakClass.DUPLICATE] == [each.break_class for each in judged([*first, *more, second], asked())]


@pytest.mark.req(180)
def test_currency_comes_before_amount_and_tax_before_rounding() -> None:
    """The cause is named, and not what follows from it."""
    other = [*contract({"crm": "5.00", "erp": "5.00", "sluice": "5.00"}), *contract({"psa": "6.00"}, currency="USD")]
    net = {"currency": "EUR", "kind": "document"}
    taxed = [
        held("document", "inv-1", "sluice", "inv-1", amount="1.19", currency=net["currency"], tax="0.19"),
        held("document", "inv-1", "erp", "7", amount="1.20", currency=net["currency"], tax="0.20"),
    ]

    assert BreakClass.CURRENCY is only(judged(other, asked())).break_class
    assert BreakClass.TAX is only(judged(taxed, asked("document", rounding_minor=1))).break_class


@pytest.mark.req(180)
def test_things_are_told_apart_by_key_in_one_pass() -> None:
    """Records come sorted by key; each thing is whole, and only one is held at a time."""
    keys = ["a", "a", "b", "c", "c", "c"]
    stream = iter([Held("hours", key, "psa", str(number)) for number, key in enumerate(keys)])

    assert [("a", 2), ("b", 1), ("c", 3)] == [(row[0].key, len(row)) for row in rows(stream)]


@pytest.mark.parametrize("broken", [each for each in BreakClass if each is not BreakClass.TIMING])
@pytest.mark.req(273)
def test_every_class_has_words_an_owner_and_a_name_of_its_own(broken: BreakClass) -> None:
    """Whoever reads a break learns where, what and whose."""
    sums = only(judged(contract({"crm": "5.00", "psa": "6.00", "erp": "5.00", "sluice": "5.00"}), asked())).sums
    told = Finding(kind="contract", key="prj-1", break_class=broken, systems=["psa"], sums=sums)

    assert explanation(told).startswith("The PSA")
    assert "psa-1: 6.00 EUR" in explanation(told)
    assert found_of(told).owner_role
    assert found_of(told).break_id != found_of(replace(told, key="prj-2")).break_id


@pytest.mark.req(273)
@pytest.mark.parametrize(
    ("before", "same", "in_flight", "expected"),
    [
        (None, True, False, (BreakState.OPEN, 1, True)),
        (None, True, True, (BreakState.IN_FLIGHT, 1, True)),
        (BreakState.IN_FLIGHT, True, False, (BreakState.OPEN, 1, False)),
        (BreakState.OPEN, False, True, (BreakState.OPEN, 1, False)),
        (BreakState.FOLLOWS, True, False, (BreakState.OPEN, 1, False)),
        (BreakState.EXPLAINED, True, False, (BreakState.EXPLAINED, 1, False)),
        (BreakState.EXPLAINED, False, False, (BreakState.OPEN, 2, True)),
        (BreakState.RESOLVED, True, False, (BreakState.OPEN, 2, True)),
    ],
)
def test_what_becomes_of_a_break(
    before: BreakState | None, *, same: bool, in_flight: bool, expected: tuple[BreakState, int, bool]
) -> None:
    """From how it stood, whether it looks the same, and whether it may be on its way."""
    row = contract({"crm": "5.00", "psa": "6.00", "erp": "5.00", "sluice": "5.00"})
    found = found_of(only(judged(row, asked())))
    found = replace(found, in_flight=in_flight)
    print_of = found.fingerprint if same else "another"
    known = None if before is None else Known(state=before, fingerprint=print_of, occurrence=1)
    after = became(known, found)

    assert expected == (after.state, after.occurrence, after.anew)


def test_equal_amounts_are_equal_text() -> None:
    """However a system writes them; what is finer than the minor unit is kept, so that it is seen."""
    assert "1200.00" == stated(Decimal("1.2E+3"), "EUR")
    assert "1200" == stated(Decimal("1200.00"), "JPY")
    assert "0.005" == stated(Decimal("0.0050"), "EUR")
    assert "7.5" == stated_hours(Decimal("7.500"))
    assert "0" == stated_hours(Decimal("-0.0"))


def test_an_unknown_fact_is_refused() -> None:
    """A misspelt fact would be lost in silence."""
    with pytest.raises(TypeError, match="twins"):
        held("document", "inv-1", "erp", "7", twins="x")


@pytest.mark.parametrize("text", ["[contract]", "nonsense =", "[contract]\nrounding_minor = -1", "[contract]\nx = 1"])
def test_tolerances_that_leave_something_out_are_refused(text: str) -> None:
    """A kind that is forgotten would be compared by nobody's word."""
    assert set(KINDS) == set(read_tolerances(FILE.read_text()))
    with pytest.raises(SettingsError):
        read_tolerances(text)
