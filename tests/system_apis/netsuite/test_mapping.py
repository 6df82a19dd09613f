from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contracts.canonical.billing import BillingSchedule
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.party import Customer, TaxProfile
from contracts.canonical.project import Project
from contracts.problem import Problem
from system_apis.netsuite import mapping
from system_apis.netsuite.wire import Order, Rows

ENCODER = msgspec.json.Encoder(decimal_format="number")


def wire(body: Any) -> Any:
    return msgspec.json.decode(ENCODER.encode(body), type=dict[str, Any])


def order(fixture_bytes: Callable[[str], bytes], name: str) -> Order:
    return msgspec.json.decode(fixture_bytes(name), type=Order)


def test_a_receipt_sums_open_lines_exactly(fixture_bytes: Callable[[str], bytes]) -> None:
    """Amounts are read from JSON numbers into decimals, never by way of floats; later fields are let pass."""
    standing = order(fixture_bytes, "order_open")
    receipt = mapping.receipt(standing, schedule_id="bsc-1", currency="EUR")
    assert ("4711", 3, Money(amount=Decimal("41666.97"), currency="EUR")) == (
        receipt.external_id,
        receipt.lines,
        receipt.total,
    )
    assert (False, False) == (mapping.voided(standing), mapping.billed(standing))


def test_closed_and_billed_orders_are_told_apart(fixture_bytes: Callable[[str], bytes]) -> None:
    """Closed before billing is void; a billed line still counts though closed."""
    closed, billed = order(fixture_bytes, "order_closed"), order(fixture_bytes, "order_billed")
    assert (True, False) == (mapping.voided(closed), mapping.billed(closed))
    assert (False, True) == (mapping.voided(billed), mapping.billed(billed))
    receipt = mapping.receipt(billed, schedule_id="bsc-1", currency="EUR")
    assert (1, Decimal("10.00")) == (receipt.lines, receipt.total.amount)


def test_closing_names_only_the_lines_still_open(fixture_bytes: Callable[[str], bytes]) -> None:
    """The change holds the line numbers and nothing else."""
    body = wire(mapping.order_closing(order(fixture_bytes, "order_open")))
    assert {"item": {"items": [{"line": n, "isClosed": True} for n in (1, 2, 3)]}} == body


def test_legal_entities_come_from_rows(fixture_bytes: Callable[[str], bytes]) -> None:
    """Code, name, country and currency."""
    rows: list[Any] = msgspec.json.decode(fixture_bytes("subsidiaries"), type=Rows).items
    told = [mapping.legal_entity(row) for row in rows]
    assert [("SG-DE", "DE", "EUR"), ("SG-GB", "GB", "GBP")] == [
        (one.legal_entity_id, one.country, one.currency) for one in told
    ]


def test_a_customer_is_written_in_their_words(customer: Customer) -> None:
    """References by external id, address as a subrecord, tax number by country, no key of ours left out."""
    body = wire(mapping.customer_write(customer, legal_entity_id="SG-DE", currency_id="4"))
    expected = {
        "entityId": "cus-NWF",
        "companyName": "Northwind France SAS",
        "isPerson": False,
        "isInactive": False,
        "currency": {"id": "4"},
        "addressBook": {
            "items": [
                {
                    "addressBookAddress": {
                        "country": {"id": "FR"},
                        "addressee": "Northwind France SAS",
                        "addr1": "2 Rue du Port",
                        "city": "Lyon",
                        "zip": "69002",
                    },
                    "defaultBilling": True,
                }
            ]
        },
        "taxRegistration": {"items": [{"nexusCountry": {"id": "FR"}, "taxRegistrationNumber": "FR40303265045"}]},
        "subsidiary": {"externalId": "SG-DE"},
        "parent": {"externalId": "cus-NWG"},
        "email": "ap@northwind.example",
        "taxItem": {"externalId": "EU-RC"},
    }
    assert expected == body


def test_a_tax_code_nobody_gave_is_not_sent_and_a_parent_that_is_gone_is_cleared(
    customer: Customer, changed: Callable[..., Any]
) -> None:
    """No default stands in for a tax code; null clears the parent; the standing subsidiary is left alone."""
    bare = changed(customer, parent_id=None, email=None, tax=TaxProfile(tax_code=None))
    body = wire(mapping.customer_write(bare, legal_entity_id=None, currency_id="4"))
    assert (None, None) == (body["parent"], body["email"])
    assert not {"taxItem", "subsidiary"} & set(body)
    assert {"items": []} == body["taxRegistration"]


def test_amounts_go_out_as_exact_numbers(schedule: BillingSchedule) -> None:
    """240,000.00 is a JSON number with its cents, not a string and not a float's idea of it."""
    body = ENCODER.encode(mapping.order_write(schedule, currency_id="4", service_item="S"))
    assert b'"amount":41666.67' in body
    assert b'"custcol_sluice_due_on":"2027-02-01"' in body
    assert b'"taxCode":{"externalId":"EU-RC"}' in body


def test_parents_are_written_before_children(project: Project) -> None:
    """Keys carry the project, since phase ids are unique within it only."""
    levels = mapping.task_levels(project.project_id, project.phases, currency=project.currency)
    keys = [key for level in levels for key, _ in level]
    assert ["prj-006A1__phs-1", "prj-006A1__phs-3", "prj-006A1__phs-2"] == keys


@pytest.mark.parametrize(("parent_id", "code"), [("phs-9", "phase_parent_unknown"), ("phs-2", "phases_circular")])
def test_a_plan_that_cannot_be_laid_out_is_refused(
    project: Project, changed: Callable[..., Any], parent_id: str, code: str
) -> None:
    """A parent that is not there, and parents in a circle."""
    phases = [project.phases[0], changed(project.phases[1], parent_id=parent_id), project.phases[2]]
    with pytest.raises(Problem) as caught:
        mapping.task_levels(project.project_id, phases, currency=project.currency)
    assert code == caught.value.code


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ([BillingMethod.TIME_AND_MATERIALS], "TM"),
        ([BillingMethod.MILESTONE], "FBM"),
        ([BillingMethod.SUBSCRIPTION], "FBI"),
        ([BillingMethod.MILESTONE, BillingMethod.SUBSCRIPTION], "FBI"),
    ],
)
def test_the_billing_type_follows_the_phases(
    project: Project, changed: Callable[..., Any], methods: list[BillingMethod], expected: str
) -> None:
    """One method gives its own type; several are billed by interval."""
    phases = [changed(project.phases[1], method=method, phase_id=method.value) for method in methods]
    body = wire(mapping.job_write(changed(project, phases=phases), currency_id="4", status_id="2"))
    assert {"id": expected} == body["jobBillingType"]


@pytest.mark.parametrize(
    ("money", "code"),
    [
        (Money(amount=Decimal("1.005"), currency="EUR"), "amount_too_fine"),
        (Money(amount=Decimal("1.00"), currency="USD"), "currency_differs"),
    ],
)
def test_an_amount_netsuite_would_bend_is_refused(
    schedule: BillingSchedule, changed: Callable[..., Any], money: Money, code: str
) -> None:
    """Finer than the minor unit, or in another currency than the order."""
    lines = [schedule.lines[0], changed(schedule.lines[1], amount=money)]
    with pytest.raises(Problem) as caught:
        mapping.order_write(changed(schedule, lines=lines), currency_id="4", service_item="S")
    assert (code, "/lines/1/amount") == (caught.value.code, caught.value.errors[0].pointer)


def test_lines_need_ids_of_their_own(schedule: BillingSchedule, changed: Callable[..., Any]) -> None:
    """The same line twice would be billed twice."""
    with pytest.raises(Problem) as caught:
        mapping.order_write(changed(schedule, lines=[schedule.lines[0]] * 2), currency_id="4", service_item="S")
    assert "line_ids_repeat" == caught.value.code
