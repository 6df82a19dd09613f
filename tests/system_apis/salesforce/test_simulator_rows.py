"""Rows of the simulated org: what may be written, what is computed, and how keys of others find a row."""

from typing import Any

import pytest

from tests.system_apis.salesforce.org import DATA, Org

pytestmark = pytest.mark.req(32)

ONBOARDING = "01uJ50000000001IAA"
IN_POUNDS = "01uJ50000000011IAA"


async def refused(org: Org, kind: str, **values: Any) -> tuple[int, str]:
    """Status and code of a creation that does not succeed."""
    response = await org.person.post(f"{DATA}/sobjects/{kind}", json=values)
    return response.status_code, response.json()[0]["errorCode"]


async def test_a_row_is_created_read_changed_and_deleted(org: Org) -> None:
    """201 with an 18-letter id and its address, 200 with the fields asked for, 204, 204, and 404 after that."""
    created = await org.person.post(f"{DATA}/sobjects/Account", json={"Name": "Northwind"})
    row_id = created.json()["id"]
    url = f"{DATA}/sobjects/Account/{row_id}"
    await org.change("Account", row_id, Name="Northwind plc")

    read = (await org.person.get(f"{DATA}/sobjects/Account/{row_id[:15]}?fields=Name,Id")).json()

    assert {"id": row_id, "success": True, "errors": []} == created.json()
    assert (18, url) == (len(row_id), created.headers["location"])
    assert {"attributes": {"type": "Account", "url": url}, "Name": "Northwind plc", "Id": row_id} == read
    assert 204 == (await org.person.delete(url)).status_code
    assert "ENTITY_IS_DELETED" == (await org.person.get(url)).json()[0]["errorCode"]


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("Account", {"Name": "x", "Foo": 1}, "INVALID_FIELD"),
        ("Account", {}, "REQUIRED_FIELD_MISSING"),
        ("Opportunity", {"Name": "x", "StageName": "Prospecting"}, "REQUIRED_FIELD_MISSING"),
        ("Account", {"Name": "x", "ParentId": "nonsense"}, "MALFORMED_ID"),
        ("Account", {"Name": "x", "ParentId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG"),
        ("Account", {"Name": "x", "CurrencyIsoCode": "XXX"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Account", {"Name": "x", "Billing_Email__c": "nobody"}, "INVALID_EMAIL_ADDRESS"),
        ("Account", {"Name": "x", "BillingCountryCode": "ZZ"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Account", {"Name": "x", "SystemModstamp": "2026-01-01"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ("Opportunity", {"Name": "x", "StageName": "x", "CloseDate": "20.11.2026"}, "JSON_PARSER_ERROR"),
    ],
)
async def test_what_a_field_cannot_hold_is_refused(org: Org, kind: str, values: dict[str, Any], code: str) -> None:
    """Unknown, missing, too long, malformed, dangling or sealed: each has the vendor's own code."""
    assert (400, code) == await refused(org, kind, **values)


async def test_an_unknown_object_is_a_404(org: Org) -> None:
    """What the org does not have cannot be written."""
    assert (404, "NOT_FOUND") == await refused(org, "Nonsense__c", Name="x")


async def test_an_upsert_creates_then_changes(org: Org) -> None:
    """201 with created true, then 200 with created false; the same row both times."""
    url = f"{DATA}/sobjects/Account/ERP_Id__c/C%2F1"

    first = await org.person.patch(url, json={"Name": "x"})
    second = await org.person.patch(url, json={"Name": "y"})

    assert (201, True) == (first.status_code, first.json()["created"])
    assert (200, False) == (second.status_code, second.json()["created"])
    assert first.json()["id"] == second.json()["id"]
    record = (await org.person.get(url)).json()
    assert ("y", "C/1") == (record["Name"], record["ERP_Id__c"])


async def test_an_upsert_on_a_key_that_several_bear_is_a_300(org: Org) -> None:
    """The answer lists the addresses of the rows and changes none."""
    ids = [await org.create("Account", Name="x", ERP_Id__c="C-1") for _ in range(2)]

    response = await org.person.patch(f"{DATA}/sobjects/Account/ERP_Id__c/C-1", json={"Name": "y"})

    assert 300 == response.status_code
    assert [f"{DATA}/sobjects/Account/{row_id}" for row_id in ids] == response.json()


@pytest.mark.parametrize("name", ["ERP_Id__c", "Id"])
async def test_an_upsert_that_repeats_its_key_is_refused(org: Org, name: str) -> None:
    """Neither the external id nor the id may stand in the body."""
    response = await org.person.patch(f"{DATA}/sobjects/Account/ERP_Id__c/C-1", json={"Name": "x", name: "C-1"})

    assert (400, "INVALID_FIELD") == (response.status_code, response.json()[0]["errorCode"])


@pytest.mark.parametrize("tail", ["ERP_Id__c/C-1.inc", "Name/x", "ERP_Id__c/C-2?updateOnly=true"])
async def test_an_upsert_that_cannot_find_its_row_is_a_404(org: Org, tail: str) -> None:
    """A value ending in `.inc`, a field that is no external id, and an update of nothing."""
    response = await org.person.patch(f"{DATA}/sobjects/Account/{tail}", json={"Name": "x"})

    assert (404, "NOT_FOUND") == (response.status_code, response.json()[0]["errorCode"])


async def test_a_parent_may_be_named_by_its_external_id(org: Org) -> None:
    """`{"Account": {"ERP_Id__c": …}}` in a body finds the account."""
    account = await org.create("Account", Name="x", ERP_Id__c="C-1")

    contact = await org.create("Contact", LastName="Moreau", Account={"ERP_Id__c": "C-1"})

    record = (await org.person.get(f"{DATA}/sobjects/Contact/{contact}")).json()
    assert (account, "Moreau") == (record["AccountId"], record["Name"])
    assert (400, "INVALID_FIELD") == await refused(org, "Contact", LastName="x", Account={"ERP_Id__c": "C-2"})


async def test_the_amount_of_a_deal_is_the_sum_of_its_lines(org: Org) -> None:
    """Setting it by hand is ignored while there are lines; a deleted line is taken off."""
    deal = await org.deal(Amount=5)
    line = {"OpportunityId": deal, "PricebookEntryId": ONBOARDING}
    await org.create("OpportunityLineItem", **line, Quantity=1, TotalPrice=240000.10)
    second = await org.create("OpportunityLineItem", **line, Quantity=3, UnitPrice=0.10)
    await org.change("Opportunity", deal, Amount=1)
    url = f"{DATA}/sobjects/Opportunity/{deal}?fields=Amount"

    both = (await org.person.get(url)).text
    await org.person.delete(f"{DATA}/sobjects/OpportunityLineItem/{second}")

    assert '"Amount":240000.4}' in both
    assert '"Amount":240000.1}' in (await org.person.get(url)).text


async def test_a_line_needs_a_price_book_entry_in_the_deals_currency(org: Org) -> None:
    """Without one it is incomplete, in another currency it is refused, and both prices at once are too many."""
    deal = await org.deal()
    line = {"OpportunityId": deal, "Quantity": 1}

    assert (400, "REQUIRED_FIELD_MISSING") == await refused(org, "OpportunityLineItem", **line)
    wrong = line | {"PricebookEntryId": IN_POUNDS}
    assert (400, "FIELD_INTEGRITY_EXCEPTION") == await refused(org, "OpportunityLineItem", **wrong)
    both = line | {"PricebookEntryId": ONBOARDING, "UnitPrice": 1, "TotalPrice": 1}
    assert (400, "FIELD_INTEGRITY_EXCEPTION") == await refused(org, "OpportunityLineItem", **both)


async def test_standing_follows_from_the_stage(org: Org) -> None:
    """Won, closed, probability and forecast are never written, only computed."""
    deal = await org.deal()
    await org.change("Opportunity", deal, StageName="Closed Won")

    record = (await org.person.get(f"{DATA}/sobjects/Opportunity/{deal}")).json()

    names = ("IsWon", "IsClosed", "Probability", "ForecastCategoryName")
    assert (True, True, 100.0, "Closed") == tuple(record[name] for name in names)
    sealed = await org.person.patch(f"{DATA}/sobjects/Opportunity/{deal}", json={"IsWon": False})
    assert "INVALID_FIELD_FOR_INSERT_UPDATE" == sealed.json()[0]["errorCode"]


async def test_describe_tells_what_a_field_takes(org: Org) -> None:
    """External ids, lookups and pick lists are told apart."""
    described = (await org.person.get(f"{DATA}/sobjects/Account/describe")).json()
    fields = {field["name"]: field for field in described["fields"]}

    assert "Account" == described["name"]
    assert fields["ERP_Id__c"]["externalId"]
    assert not fields["Id"]["updateable"]
    assert (["Account"], "Parent") == (fields["ParentId"]["referenceTo"], fields["ParentId"]["relationshipName"])


async def test_reset_forgets_everything(org: Org) -> None:
    """Rows, sessions and keys are gone; the same landscape can be seeded again."""
    await org.create("Account", Name="x")
    await org.person.post("/_sandbox/reset")

    assert 401 == (await org.person.get(f"{DATA}/limits")).status_code
    await org.person.post("/_sandbox/seed", json=org.landscape["seed"])
    state = (await org.person.get("/_sandbox/state")).json()
    assert ([], 3) == (state["Account"], len(state["Product2"]))
