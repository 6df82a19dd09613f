import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.sap_s4hana.story import CUSTOMER, SCHEDULE, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def put(erp: Erp, customer: Customer = CUSTOMER, entity: str = "SG-DE") -> bool:
    return (await erp.put_customer(customer_id=customer.customer_id, legal_entity_id=entity, body=customer)).created


@pytest.mark.req(131)
async def test_a_customer_is_a_partner_with_roles_address_tax_and_areas(erp: Erp, vendor: Any) -> None:
    """One body makes all of it; the partner bears our id as an identification of our own type."""
    assert await put(erp)
    held = vendor.rows("BusinessPartner")[0]
    assert ("Northwind France SAS", "NORTHWIND FRANCE SAS", "BPEE") == (
        held["OrganizationBPName1"],
        held["SearchTerm1"],
        held["BusinessPartnerGrouping"],
    )
    number = held["BusinessPartner"]
    assert ("SLUICE", "cus-NWF", number) == tuple(
        vendor.rows("Identification")[0][name]
        for name in ("BPIdentificationType", "BPIdentificationNumber", "BusinessPartner")
    )
    assert [("FR0", "FR40303265045")] == [(one["BPTaxType"], one["BPTaxNumber"]) for one in vendor.rows("TaxNumber")]
    assert ["1010"] == [one["CompanyCode"] for one in vendor.rows("CustomerCompany")]
    assert [("DE", "R")] == [
        (one["DepartureCountry"], one["CustomerTaxClassification"]) for one in vendor.rows("CustomerSalesAreaTax")
    ]
    assert ["ap@northwind.example"] == [one["EmailAddress"] for one in vendor.rows("Email")]


async def test_every_part_of_a_customer_is_brought_up_to_date(erp: Erp, vendor: Any) -> None:
    """Name, address, e-mail, tax number and class, currency and a second company change where they stand."""
    await put(erp)
    moved = replace(
        CUSTOMER,
        name="Northwind Schweiz AG",
        address=Address(country="CH", city="Basel", postal_code="4051"),
        currency="USD",
        email=None,
        tax=TaxProfile(tax_code="EXPORT-0", tax_registration="CHE-123.456.789 MWST, registered"),
    )
    assert [False, False] == [await put(erp, moved), await put(erp, moved, "SG-GB")]
    assert ["Northwind Schweiz AG"] == [one["OrganizationBPName1"] for one in vendor.rows("BusinessPartner")]
    assert [("CH", "", "Basel")] == [
        (one["Country"], one["StreetName"], one["CityName"]) for one in vendor.rows("Address")
    ]
    assert [] == vendor.rows("Email")
    assert ["", "CHE-123.456.789 MWST, registered"] == [one["BPTaxLongNumber"] for one in vendor.rows("TaxNumber")]
    assert ["1010", "1110"] == [one["CompanyCode"] for one in vendor.rows("CustomerCompany")]
    assert ["USD", "USD"] == [one["Currency"] for one in vendor.rows("CustomerSalesArea")]
    assert [("DE", "0")] * 2 == [
        (one["DepartureCountry"], one["CustomerTaxClassification"]) for one in vendor.rows("CustomerSalesAreaTax")
    ]


async def test_what_stands_as_it_should_is_not_written_again(erp: Erp, vendor: Any) -> None:
    """A repetition reads, and changes nothing."""
    await put(erp)
    writes = vendor.calls("POST", "odata") + vendor.calls("PATCH", "odata")
    assert await put(erp) is False
    assert writes == vendor.calls("POST", "odata") + vendor.calls("PATCH", "odata")


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE])
@pytest.mark.req(245)
async def test_a_customer_whose_creation_is_not_answered_stands_once(erp: Erp, vendor: Any, kind: FaultKind) -> None:
    """Saved and not answered: the partner is found by its number."""
    vendor.fail(kind, "POST", "A_BusinessPartner")
    await put(erp)
    assert (1, 1) == (len(vendor.rows("BusinessPartner")), vendor.calls("POST", "A_BusinessPartner"))


async def test_a_duplicate_under_a_message_that_we_do_not_know_is_found(erp: Erp, vendor: Any) -> None:
    """SAP has many messages for what exists already: after any refusal of a creation it is looked for."""
    vendor.fail(FaultKind.STATUS_AFTER, "POST", "A_BusinessPartner", status=400)
    assert await put(erp) is False
    assert 1 == len(vendor.rows("BusinessPartner"))


async def test_two_creators_at_once_make_one_customer(erp: Erp, vendor: Any) -> None:
    """The number is drawn from our id, so the tenant refuses the second; both callers are told the same."""
    assert sorted(await asyncio.gather(put(erp), put(erp))) == [False, True]
    assert 1 == len(vendor.rows("BusinessPartner"))


@pytest.mark.req(241)
async def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(erp: Erp, vendor: Any) -> None:
    """We read, a person changes, our change is refused with 412: it is read again and changed under the new tag."""
    await put(erp)
    await put(erp)  # the read that a stale answer repeats
    number = vendor.rows("BusinessPartner")[0]["BusinessPartner"]
    where = f"/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner('{number}')"
    changed = await vendor.http.patch(where, json={"SearchTerm1": "BY A PERSON"}, headers={"If-Match": "*"})
    assert 204 == changed.status_code
    vendor.fail(FaultKind.STALE, "GET", "A_BusinessPartner(", times=2)
    await put(erp, replace(CUSTOMER, name="Northwind France SA"))
    statuses = [call["status"] for call in vendor.sandbox.calls if call["method"] == "PATCH" and number in call["path"]]
    assert [204, 412, 204] == statuses
    assert "Northwind France SA" == vendor.rows("BusinessPartner")[0]["OrganizationBPName1"]


async def test_a_partner_under_our_number_that_is_not_ours_is_left_alone(erp: Erp, vendor: Any) -> None:
    """Its identification says who it is: somebody else's is a conflict."""
    await put(erp)
    number = vendor.rows("BusinessPartner")[0]["BusinessPartner"]
    vendor.sandbox.seed({"identify": {number: "cus-other"}})
    assert "customer_number_taken" == (await problem_of(put(erp))).code


async def test_a_customer_with_an_open_order_is_not_retired(standing: Erp, vendor: Any) -> None:
    """First the order is closed; then the partner is blocked, and another put takes the block away."""
    await standing.put_billing_schedule(schedule_id="bsc-006A1", body=SCHEDULE)
    refused = await problem_of(standing.retire_customer(customer_id="cus-NWF"))
    await standing.void_billing_schedule(schedule_id="bsc-006A1")
    await standing.retire_customer(customer_id="cus-NWF")
    blocked = [one["BusinessPartnerIsBlocked"] for one in vendor.rows("BusinessPartner")]
    unmet = await problem_of(
        standing.put_billing_schedule(schedule_id="bsc-2", body=replace(SCHEDULE, schedule_id="bsc-2"))
    )
    await put(standing)
    assert ("customer_has_open_orders", [True], "customer_blocked") == (refused.code, blocked, unmet.code)
    assert vendor.rows("BusinessPartner")[0]["BusinessPartnerIsBlocked"] is False


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "N" * 161}, "name_too_long"),
        ({"address": Address(country=None)}, "country_missing"),
        ({"address": Address(country="FR", city="C" * 41)}, "address_too_long"),
        ({"tax": TaxProfile(tax_code="NO-SUCH")}, "tax_code_unknown"),
        ({"customer_id": "cus|1"}, "external_id_unusable"),
        ({"currency": "XXX"}, "vendor_refused"),
        ({"parent_id": "cus-none"}, "vendor_refused"),
    ],
)
async def test_what_s4hana_cannot_hold_is_refused(erp: Erp, vendor: Any, wrong: dict[str, Any], code: str) -> None:
    """Too long, missing or unknown: invalid, with the field named, and nothing stands."""
    problem = await problem_of(put(erp, replace(CUSTOMER, **wrong)))
    assert (Kind.INVALID, code) == (problem.kind, problem.code)
    assert problem.errors
    assert [] == vendor.rows("BusinessPartner")


async def test_a_legal_entity_that_the_settings_do_not_know_is_refused(erp: Erp) -> None:
    """The parameter is named."""
    problem = await problem_of(put(erp, entity="SG-XX"))
    assert [("legal_entity_id", "legal_entity_unknown")] == [(one.pointer, one.code) for one in problem.errors]
