"""Kantata's fields from our nouns, and back."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer
from contracts.canonical.project import Project
from contracts.canonical.rates import RateCard
from contracts.problem import Kind, Problem
from contracts.system.psa import StaffingRequests
from system_apis.kantata import mapping, wire

pytestmark = pytest.mark.req(40, 62)


def _fixture(name: str) -> bytes:
    return (files("system_apis.kantata") / "fixtures" / name).read_bytes()


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_cents_are_exact(amount: Decimal) -> None:
    """Cents are the amount itself, never something near it."""
    assert amount == Decimal(mapping.in_cents(amount, "EUR")) / 100


@pytest.mark.parametrize(
    ("amount", "currency", "units"), [("142.50", "EUR", 14_250), ("1000", "JPY", 1_000), ("1.234", "KWD", 1_234)]
)
def test_minor_units_follow_the_currency(amount: str, currency: str, units: int) -> None:
    """Yen have none, dinars have three digits."""
    assert units == mapping.in_cents(Decimal(amount), currency)


@pytest.mark.parametrize(("amount", "currency"), [("0.005", "EUR"), ("33.333", "USD"), ("1.5", "JPY")])
def test_a_fraction_of_a_cent_is_refused(amount: str, currency: str) -> None:
    """Rounding would change what was agreed."""
    with pytest.raises(Problem) as caught:
        mapping.in_cents(Decimal(amount), currency)

    assert (Kind.INVALID, "kantata.fraction_of_cent") == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize(("hours", "minutes"), [("320", 19_200), ("0.25", 15), ("7.75", 465)])
def test_hours_become_minutes(hours: str, minutes: int) -> None:
    """Efforts are whole minutes."""
    assert minutes == mapping.in_minutes(Decimal(hours))


@pytest.mark.parametrize("hours", ["0.001", "0", "-1"])
def test_an_effort_that_is_no_whole_minute_is_refused(hours: str) -> None:
    """Neither a fraction nor nothing."""
    with pytest.raises(Problem, match="fraction_of_minute"):
        mapping.in_minutes(Decimal(hours))


@pytest.mark.req(86)
def test_a_card_becomes_one_price_list_a_date(rate_card: RateCard) -> None:
    """Two dates are two full lists; only the architect in France changes, and the country stays in the name."""
    first, second = mapping.dated_rates(rate_card)

    assert ("2026-12-01", "2028-01-01") == (first.effective_date, second.effective_date)
    assert {
        "Cloud Architect (DE)": 18_500,
        "Cloud Architect (FR)": 19_500,
        "Engineer (DE)": 12_000,
        "Service Manager (DE)": 14_250,
        "Service Manager (FR)": 15_000,
    } == first.cents
    assert first.cents | {"Cloud Architect (FR)": 20_300} == second.cents


def test_a_card_without_rates_or_with_two_for_one_day_is_refused(rate_card: RateCard) -> None:
    """There would be nothing to publish, or two truths."""
    twice = msgspec.structs.replace(rate_card, entries=[*rate_card.entries, rate_card.entries[0]])
    for card, code in ((msgspec.structs.replace(rate_card, entries=[]), "empty"), (twice, "rate_twice")):
        with pytest.raises(Problem, match=code):
            mapping.dated_rates(card)


def test_a_client_is_a_company_group(customer: Customer) -> None:
    """Address in one line; the parent, for which there is no field, in the notes."""
    assert {
        "name": "Northwind France SAS",
        "company": True,
        "email": "ap@northwind.example",
        "address": "1 rue du Port, 59000 Lille, FR",
        "notes": "Parent: cus-0",
    } == mapping.client_body(customer)
    assert "FR" == mapping.one_line(Address(country="FR"))


@pytest.mark.req(81, 136)
def test_a_project_carries_currency_dates_and_budget(project: Project) -> None:
    """The price goes out in major units and comes back in cents."""
    body = mapping.project_body(project, client_id="7", rate_card_id="3")
    sent = mapping.sent_project(body, project)

    assert ("EUR", "2027-01-04", "2029-02-28", 142_000_000, "7", "3") == tuple(
        body[name]
        for name in (
            "currency",
            "start_date",
            "due_date",
            "price_in_cents",
            "primary_workspace_group_id",
            "rate_card_id",
        )
    )
    assert ("1420000.00", False) == (sent["price"], "price_in_cents" in sent)
    assert "dana.okafor@sluicegate.example" in body["description"]


@pytest.mark.req(82)
def test_a_milestone_hangs_below_its_phase(project: Project) -> None:
    """Phases are deliverables, payment points are milestones with a parent; budgets are cents."""
    bodies = [mapping.phase_body(phase, parent_id=phase.parent_id) for phase in project.phases[:2]]

    assert [("deliverable", None, 24_000_000), ("milestone", "phs-1", 4_800_000)] == [
        (body["story_type"], body["parent_id"], body["budget_estimate_in_cents"]) for body in bodies
    ]
    assert all(body["fixed_fee"] for body in bodies)


def test_parents_come_a_level_before_their_children(project: Project) -> None:
    """Whatever the order of the list; within a level it stays."""
    for phases in (project.phases, list(reversed(project.phases))):
        stages, points = mapping.levels(phases)

        assert [phase for phase in phases if phase.parent_id is None] == stages
        assert [phase for phase in phases if phase.parent_id is not None] == points


def test_phases_that_hang_nowhere_or_on_themselves_are_refused(project: Project) -> None:
    """An unknown parent, and a loop."""
    first, second = project.phases[0], project.phases[1]
    lost = msgspec.structs.replace(second, parent_id="phs-9")
    loop = [msgspec.structs.replace(first, parent_id="phs-1-1"), second]
    for phases, code in (([first, lost], "parent_unknown"), (loop, "phase_loop")):
        with pytest.raises(Problem, match=code):
            mapping.levels(phases)


@pytest.mark.req(84)
def test_an_effort_is_a_soft_allocation(needs: StaffingRequests) -> None:
    """Minutes between two dates, not yet hard; dates the wrong way round are refused."""
    request = needs.requests[0]
    wrong = msgspec.structs.replace(request, ends_on=request.starts_on - dt.timedelta(days=1))

    assert {
        "resource_id": "5",
        "start_date": "2027-01-04",
        "end_date": "2027-02-28",
        "minutes": 19_200,
        "hard": False,
    } == mapping.allocation_body(request, resource_id="5")
    with pytest.raises(Problem, match="staffing_dates"):
        mapping.allocation_body(wrong, resource_id="5")


def test_only_what_differs_is_sent_again() -> None:
    """A field the vendor does not answer is left alone; null and a value differ."""
    row = wire.WorkspaceGroup(id="1", name="A", email=None)

    assert {"email": "x@y.example"} == mapping.changes(
        row, {"name": "A", "email": "x@y.example", "address": "not answered"}
    )


def test_results_give_the_order_and_the_maps_the_rows() -> None:
    """Side-loaded rows of the same collection are not results; unknown fields are ignored; numbers may be text."""
    answer = wire.Answer(_fixture("stories.json"))

    assert (["31", "30"], 2) == ([s.id for s in answer.results("stories", wire.Story)], answer.count)
    assert {"12", "30", "31"} == set(answer.loaded("stories", wire.Story))
    assert 4_800_000 == answer.loaded("stories", wire.Story)["31"].budget_estimate_in_cents
    assert ["prj-1/phs-1-1"] == [
        reference.service_model_ref
        for reference in answer.loaded("external_references", wire.ExternalReference).values()
    ]


def test_an_empty_answer_holds_nothing() -> None:
    """A 204 has no body; a map that did not come is empty."""
    answer = wire.Answer(b"")

    assert (0, [], {}, []) == (
        answer.count,
        answer.results("stories", wire.Story),
        answer.loaded("roles", wire.Role),
        answer.errors,
    )


def test_the_fixture_is_an_envelope_of_the_documented_form() -> None:
    """Count, results, meta and maps, as the vendor's example has them."""
    assert {"count", "results", "meta", "stories", "external_references"} == set(json.loads(_fixture("stories.json")))


@dataclass(frozen=True)
class _Priced:
    amount: str
    expected: str


@pytest.mark.parametrize("case", [_Priced("1420000.00", "1420000.00"), _Priced("0.10", "0.10")])
def test_a_price_is_text_and_never_a_float(project: Project, case: _Priced) -> None:
    """The decimal goes out digit by digit."""
    priced = msgspec.structs.replace(project, budget=Money(amount=Decimal(case.amount), currency="EUR"))

    assert case.expected == mapping.sent_project({"price_in_cents": 1}, priced)["price"]
