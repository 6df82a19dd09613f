"""Queries of the simulated org: the part of SOQL it knows, its pages, and how it refuses the rest."""

from typing import Any

import pytest

from tests.system_apis.salesforce.org import DATA, Org

pytestmark = pytest.mark.req(32)


@pytest.fixture
async def accounts(org: Org) -> Org:
    """Four accounts, the last below the first."""
    first = await org.create("Account", Name="Alpha", BillingCountryCode="DE", Tax_Code__c="DE-S-19")
    await org.create("Account", Name="beta 10%", BillingCountryCode="FR")
    await org.create("Account", Name="O'Hara", BillingCountryCode="FR", Tax_Code__c="EU-RC")
    await org.create("Account", Name="Alphabet", ParentId=first)
    return org


async def names(org: Org, rest: str) -> list[str]:
    """The names of the accounts that a condition finds."""
    response = await org.query(f"SELECT Name FROM Account {rest}")  # noqa: S608 - the tests' own words
    assert 200 == response.status_code, response.text
    return [record["Name"] for record in response.json()["records"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("WHERE Name = 'ALPHA'", ["Alpha"]),
        ("WHERE Name LIKE 'alpha%'", ["Alpha", "Alphabet"]),
        ("WHERE Name LIKE '_lpha'", ["Alpha"]),
        (r"WHERE Name LIKE '%10\%'", ["beta 10%"]),
        (r"WHERE Name = 'O\'Hara'", ["O'Hara"]),
        ("WHERE Name IN ('Alpha', 'O\\'Hara')", ["Alpha", "O'Hara"]),
        ("WHERE Name NOT IN ('Alpha') AND BillingCountryCode = 'FR'", ["beta 10%", "O'Hara"]),
        ("WHERE Tax_Code__c = null", ["beta 10%", "Alphabet"]),
        ("WHERE Tax_Code__c != 'EU-RC' ORDER BY Name", ["Alpha", "Alphabet", "beta 10%"]),
        ("WHERE NOT Name LIKE 'a%'", ["beta 10%", "O'Hara"]),
        ("WHERE (Name = 'Alpha' OR Name = 'Alphabet') AND ParentId != null", ["Alphabet"]),
        ("WHERE Parent.Name = 'Alpha'", ["Alphabet"]),
        ("WHERE CreatedDate = LAST_N_DAYS:1 LIMIT 0", []),
        ("WHERE CreatedDate >= YESTERDAY ORDER BY Name DESC LIMIT 2 OFFSET 1", ["beta 10%", "Alphabet"]),
        ("WHERE SystemModstamp > 2020-01-01T00:00:00.000+0000 ORDER BY Tax_Code__c NULLS LAST LIMIT 1", ["Alpha"]),
        ("WHERE IsDeleted = TRUE", []),
    ],
)
async def test_conditions_hold_as_the_vendor_says(accounts: Org, condition: str, expected: list[str]) -> None:
    """Text is compared without regard to case; null is a value only for = and !=."""
    assert expected == await names(accounts, condition)


async def test_a_parent_is_nested_and_null_where_there_is_none(accounts: Org) -> None:
    """A dotted field comes back as a record within the record."""
    records = (await accounts.query("SELECT Name, Parent.Name FROM Account ORDER BY Name LIMIT 2")).json()["records"]

    assert [None, "Alpha"] == [record["Parent"] and record["Parent"]["Name"] for record in records]


async def test_counting_has_a_total_and_no_records(accounts: Org) -> None:
    """COUNT() alone tells how many."""
    assert {"totalSize": 4, "done": True, "records": []} == (await accounts.query("SELECT COUNT() FROM Account")).json()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("SELECT Foo FROM Account", "INVALID_FIELD", "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\n"),
        ("SELECT Id FROM Account WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo' on entity 'Account'."),
        ("SELECT Id, Owner.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Owner'"),
        ("SELECT Id FROM Account ORDER BY Foo", "INVALID_FIELD", "No such column 'Foo'"),
        ("SELECT Id FROM Account WHERE Name = 1", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'", "INVALID_FIELD", "not be enclosed in quotes"),
        ("SELECT Id FORM Account", "MALFORMED_QUERY", "\nSELECT Id FORM Account\n          ^\n"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "no viable alternative"),
        ("SELECT Id FROM Account WHERE Name =", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3", "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = 2026-13-01", "MALFORMED_QUERY", "Invalid date"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Id FROM Nonsense", "INVALID_TYPE", "sObject type 'Nonsense' is not supported."),
        ("", "MALFORMED_QUERY", "query string"),
    ],
)
async def test_a_text_that_is_no_query_is_refused(accounts: Org, text: str, code: str, said: str) -> None:
    """The refusal points at the place, newline first."""
    response = await accounts.query(text)

    assert (400, code) == (response.status_code, response.json()[0]["errorCode"])
    assert said in response.json()[0]["message"]


async def test_pages_follow_each_other_by_locator(accounts: Org) -> None:
    """Each page names the next until the last one is done; what was written meanwhile is not in them."""
    page = (await accounts.query("SELECT Id FROM Account", **{"Sforce-Query-Options": "batchSize=3"})).json()
    await accounts.create("Account", Name="late")

    rest = (await accounts.person.get(page["nextRecordsUrl"])).json()

    assert (4, False, 3) == _told(page)
    assert (4, True, 1) == _told(rest)
    assert "nextRecordsUrl" not in rest


async def test_a_locator_ends_after_two_days(accounts: Org) -> None:
    """Then it is refused, like one that never was."""
    page = (await accounts.query("SELECT Id FROM Account", **{"Sforce-Query-Options": "batchSize=3"})).json()
    accounts.sandbox.advance(2 * 86_400)

    for url in (page["nextRecordsUrl"], f"{DATA}/query/0r8nonsense-3"):
        response = await accounts.person.get(url)
        assert (400, "INVALID_QUERY_LOCATOR") == (response.status_code, response.json()[0]["errorCode"])


async def test_only_query_all_shows_what_was_deleted(accounts: Org) -> None:
    """A deleted row is in the bin, where queryAll looks."""
    found = (await accounts.query("SELECT Id FROM Account WHERE Name = 'Alphabet'")).json()["records"][0]
    await accounts.person.delete(f"{DATA}/sobjects/Account/{found['Id']}")
    text = {"q": "SELECT Name FROM Account WHERE IsDeleted = TRUE"}

    bin_ = (await accounts.person.get(f"{DATA}/queryAll", params=text)).json()

    assert ["Alphabet"] == [record["Name"] for record in bin_["records"]]
    assert "Alphabet" not in await names(accounts, "")


def _told(page: dict[str, Any]) -> tuple[int, bool, int]:
    return page["totalSize"], page["done"], len(page["records"])
