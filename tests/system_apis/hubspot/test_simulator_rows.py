"""Rows of the simulated account: strings only, unique values, batches answered in part, associations both ways."""

from typing import Any

import pytest

from tests.system_apis.hubspot.account import DATED, LINKS, V3, Account

pytestmark = pytest.mark.req(34)


def codes(response: Any) -> tuple[int, list[str]]:
    """The status of a refusal and what was wrong with each property."""
    return response.status_code, [error["code"] for error in response.json().get("errors", [])]


async def test_a_row_is_created_read_changed_and_archived(account: Account) -> None:
    """With the properties asked for and no others; null where there is no value; the empty string clears."""
    deal = await account.deal(amount="12.50")
    path = f"{V3}/deals/{deal}"
    asked = {"properties": "amount,closedate,description,unheard_of"}

    read = (await account.person.get(path, params=asked)).json()
    assert {"amount": "12.50", "closedate": "2026-11-20T00:00:00.000Z", "description": None} == {
        name: read["properties"].get(name, "?") for name in ("amount", "closedate", "description")
    }
    assert "unheard_of" not in read["properties"]
    assert (deal, False) == (read["id"], read["archived"])
    account.sandbox.seed({"millis": ["closedate"]})
    assert "1795132800000" == (await account.person.get(path, params=asked)).json()["properties"]["closedate"]
    await account.change("deals", deal, amount="")
    assert (await account.person.get(path, params=asked)).json()["properties"]["amount"] is None
    assert [204, 204] == [(await account.person.delete(path)).status_code for _ in range(2)]
    assert [404, 200] == [(await account.person.get(p)).status_code for p in (path, f"{path}?archived=true")]
    missing = await account.person.get(f"{V3}/deals/x")
    assert "OBJECT_NOT_FOUND" == missing.json()["category"]
    assert "category" not in (await account.person.get(f"{V3}/deals/9")).json()


@pytest.mark.parametrize(
    ("kind", "properties", "code"),
    [
        ("deals", {"amount": "much"}, "INVALID_INTEGER"),
        ("deals", {"amount": "NaN"}, "INVALID_INTEGER"),
        ("deals", {"closedate": "soon"}, "INVALID_DATE"),
        ("deals", {"signed_on": "1795132800001"}, "INVALID_DATE"),
        ("deals", {"signed_on": "2026-02-30"}, "INVALID_DATE"),
        ("deals", {"deal_kind": "gift"}, "INVALID_OPTION"),
        ("deals", {"dealstage": "elsewhere"}, "INVALID_OPTION"),
        ("deals", {"hs_is_closed_won": "true"}, "READ_ONLY_VALUE"),
        ("deals", {"nothing": "x"}, "PROPERTY_DOESNT_EXIST"),
        ("companies", {"firm_key": "C-1"}, "CONFLICTING_UNIQUE_VALUE"),
    ],
)
async def test_what_a_property_does_not_take_is_refused(
    account: Account, kind: str, properties: dict[str, str], code: str
) -> None:
    """With the property named, and nothing stored."""
    await account.create("companies", name="First", firm_key="C-1")

    refused = await account.person.post(f"{V3}/{kind}", json={"properties": properties})

    assert (400, [code]) == codes(refused)
    assert ("VALIDATION_ERROR", list(properties)) == (
        refused.json()["category"],
        refused.json()["errors"][0]["context"]["propertyName"],
    )
    assert 0 == len((await account.person.get(f"{V3}/deals")).json()["results"])


async def test_values_are_strings_and_a_contact_is_one_by_its_address(account: Account) -> None:
    """A number is refused even where the property is one; an e-mail address is lower-cased and stands once."""
    for wrong in ({"amount": 5}, {"amount": True}, {"amount": ["5"]}, "amount"):
        refused = await account.person.post(f"{V3}/deals", json={"properties": wrong})
        assert 400 == refused.status_code
    contact = await account.create("contacts", email="Claire@Firm.Example")
    twin = await account.person.post(f"{V3}/contacts", json={"properties": {"email": "claire@FIRM.example"}})
    by_email = await account.person.get(f"{V3}/contacts/claire@firm.example", params={"idProperty": "email"})

    assert (409, "CONFLICT", f"Contact already exists. Existing ID: {contact}") == (
        twin.status_code,
        twin.json()["category"],
        twin.json()["message"],
    )
    assert (contact, "claire@firm.example") == (by_email.json()["id"], by_email.json()["properties"]["email"])
    assert "lastmodifieddate" in by_email.json()["properties"]
    no_key = await account.person.get(f"{V3}/contacts/x", params={"idProperty": "lastname"})
    assert 400 == no_key.status_code


async def test_a_list_has_pages_of_at_most_a_hundred(account: Account) -> None:
    """`after` leads on, and is absent on the last page."""
    deals = [await account.deal() for _ in range(12)]
    first = (await account.person.get(f"{V3}/deals")).json()
    second = (await account.person.get(f"{V3}/deals", params={"after": first["paging"]["next"]["after"]})).json()

    assert deals == [row["id"] for page in (first, second) for row in page["results"]]
    assert (10, False) == (len(first["results"]), "paging" in second)
    for wrong in ({"limit": 101}, {"limit": 0}, {"limit": "x"}, {"after": "x"}):
        assert 400 == (await account.person.get(f"{V3}/deals", params=wrong)).status_code


async def test_a_batch_is_answered_in_part(account: Account) -> None:
    """207 with what is missing; a repeated id, more than a hundred, or no list at all refuse the whole."""
    deals = [await account.deal() for _ in range(2)]
    path = f"{DATED}/deals/batch"

    async def sent(verb: str, ids: list[str]) -> Any:
        inputs = [{"id": row_id, "properties": {"amount": "7"}} for row_id in ids]
        return await account.person.post(f"{path}/{verb}", json={"inputs": inputs, "properties": ["amount"]})

    whole, part, change = (
        await sent("read", deals),
        await sent("read", ["5", *deals]),
        await sent("update", ["5", *deals]),
    )
    assert (200, False) == (whole.status_code, "errors" in whole.json())
    assert [(207, 2, 1)] * 2 == [
        (answer.status_code, len(answer.json()["results"]), answer.json()["numErrors"]) for answer in (part, change)
    ]
    assert ("OBJECT_NOT_FOUND", {"ids": ["5"]}) == (
        part.json()["errors"][0]["category"],
        part.json()["errors"][0]["context"],
    )
    twice = await sent("read", [deals[0]] * 2)
    assert (400, {"ids": [deals[0]]}) == (twice.status_code, twice.json()["context"])
    assert 400 == (await sent("read", [str(n) for n in range(101)])).status_code
    assert 400 == (await account.person.post(f"{path}/read", json={"inputs": "x"})).status_code
    assert 400 == (await account.person.post(f"{path}/read", json={"inputs": [{}]})).status_code
    assert 204 == (await sent("archive", deals)).status_code
    assert 2 == len((await sent("read", deals)).json()["errors"][0]["context"]["ids"])


async def test_an_upsert_goes_by_a_unique_property(account: Account) -> None:
    """New the first time and not the second; by a property that is not unique it is refused."""
    path = f"{V3}/companies/batch/upsert"

    async def upsert(by: str, name: str) -> Any:
        row = {"idProperty": by, "id": "C-1", "properties": {"name": name}, "objectWriteTraceId": "t"}
        return await account.person.post(path, json={"inputs": [row]})

    rows = [(await upsert("firm_key", name)).json()["results"][0] for name in ("First", "Second")]
    assert [True, False] == [row["new"] for row in rows]
    assert (1, {"Second"}, "t") == (
        len({row["id"] for row in rows}),
        {rows[1]["properties"]["name"]},
        rows[1]["objectWriteTraceId"],
    )
    assert [400, 400] == [(await upsert(by, "x")).status_code for by in ("name", "")]


async def test_what_is_computed_follows(account: Account) -> None:
    """A stage wins or loses a deal, a line has an amount, a company has a parent, each read-only."""
    deal = await account.deal(dealstage="closedwon")
    line = await account.create("line_items", (deal, 20), price="10", quantity="3", hs_discount_percentage="10")
    parent = await account.create("companies", name="Parent")
    child = await account.create("companies", (parent, 14), name="Child")

    async def value(path: str, name: str) -> str:
        response = await account.person.get(f"{V3}/{path}", params={"properties": name})
        return str(response.json()["properties"][name])

    assert ("true", "27.00", parent) == (
        await value(f"deals/{deal}", "hs_is_closed_won"),
        await value(f"line_items/{line}", "amount"),
        await value(f"companies/{child}", "hs_parent_company_id"),
    )
    await account.change("deals", deal, dealstage="closedlost")
    assert ("false", "true") == (
        await value(f"deals/{deal}", "hs_is_closed_won"),
        await value(f"deals/{deal}", "hs_is_closed"),
    )
    second = await account.person.put(
        f"/crm/v4/objects/companies/{child}/associations/companies/{await account.create('companies', name='Other')}",
        json=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}],
    )
    assert 400 == second.status_code


async def test_associations_are_made_read_and_taken_away_from_both_ends(account: Account) -> None:
    """Labelled and plain, singly and many at once; a row without any is an error within a 207."""
    company, deal, bare = await account.create("companies", name="C"), await account.deal(), await account.deal()
    one = f"/crm/v4/objects/deals/{deal}/associations/companies"

    async def read(path: str, *ids: str) -> Any:
        return await account.person.post(f"{LINKS}/{path}/batch/read", json={"inputs": [{"id": i} for i in ids]})

    assert 200 == (await account.person.put(f"{one.replace('companies', 'default/companies')}/{company}")).status_code
    plain = (await account.person.get(one)).json()["results"]
    label = [{"associationCategory": "USER_DEFINED", "associationTypeId": 111}]
    labelled = await account.person.put(f"{one}/{company}", json=label)
    both = await read("deals/companies", deal, bare)
    back = (await read("companies/deals", company)).json()["results"][0]["to"]

    assert [{"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}] == plain[0]["associationTypes"]
    assert (201, ["Bill to"]) == (labelled.status_code, labelled.json()["labels"])
    assert (207, 1, [bare]) == (
        both.status_code,
        both.json()["numErrors"],
        both.json()["errors"][0]["context"]["fromObjectId"],
    )
    assert [int(deal)] == [link["toObjectId"] for link in back]
    assert [341, 111] == [kind["typeId"] for kind in both.json()["results"][0]["to"][0]["associationTypes"]]
    pair = {"from": {"id": bare}, "to": {"id": company}}
    made = await account.person.post(f"{LINKS}/deals/companies/batch/associate/default", json={"inputs": [pair]})
    typed = {**pair, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]}
    named = await account.person.post(f"{LINKS}/deals/companies/batch/create", json={"inputs": [typed]})
    assert (200, 201) == (made.status_code, named.status_code)
    v3 = await account.person.get(f"{V3}/deals/{bare}", params={"associations": "companies"})
    assert {"deal_to_company", "deal_to_company_unlabeled"} == {
        each["type"] for each in v3.json()["associations"]["companies"]["results"]
    }
    account.sandbox.seed({"association_page": 1})
    for _ in range(2):
        await account.create("p_agreed_rate", (bare, 105), role="Engineer")
    asked = {"associations": "line_items,p_agreed_rate,companies"}
    (kind, page), (other, whole) = (
        (await account.person.get(f"{DATED}/deals/{bare}", params=asked)).json()["associations"].items()
    )
    assert ("p44237313_agreed_rate", 1, "1") == (kind, len(page["results"]), page["paging"]["next"]["after"])
    assert ("companies", False) == (other, "paging" in whole)
    gone = {"inputs": [{"from": {"id": bare}, "to": [{"id": company}]}]}
    assert 204 == (await account.person.post(f"{LINKS}/deals/companies/batch/archive", json=gone)).status_code
    assert 204 == (await account.person.delete(f"{one}/{company}")).status_code
    assert 2 == (await read("deals/companies", deal, bare)).json()["numErrors"]
    labels = (await account.person.get(f"{LINKS}/deals/companies/labels")).json()["results"]
    assert {None, "Primary", "Bill to"} == {kind["label"] for kind in labels}


@pytest.mark.parametrize(
    "body",
    [
        {
            "associations": [
                {"to": {"id": "9"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]}
            ]
        },
        {
            "associations": [
                {"to": {"id": "9"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 20}]}
            ]
        },
        {"associations": [{"to": {}, "types": []}]},
        {"associations": [{"to": {"id": "9"}, "types": [{}]}]},
    ],
)
async def test_a_row_with_a_wrong_association_is_not_created(account: Account, body: dict[str, Any]) -> None:
    """To nobody, of a type between other objects, or unreadable."""
    refused = await account.person.post(f"{V3}/deals", json={"properties": {"dealname": "x"}, **body})

    assert refused.status_code in {400, 404}
    assert [] == (await account.person.get(f"{V3}/deals")).json()["results"]
