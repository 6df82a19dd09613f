from typing import Any

import httpx
import pytest

CURRENCIES = "SELECT id, symbol FROM currency ORDER BY id"


def fault(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]


@pytest.fixture
def three(vendor: Any) -> Any:
    """Three customers, one of them inactive."""
    home = {"subsidiary": {"externalId": "SG-DE"}}
    names = {"A1": "Acorn", "A2": 'Apple "Inc"', "B1": "Birch"}
    customers = [{"externalId": key, "companyName": name, **home} for key, name in names.items()]
    vendor.seed(records={"customer": customers})
    vendor.seed(records={"customer": [{"externalId": "B1", "isInactive": True, "creditLimit": "5000.00"}]})
    return vendor


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('companyName START_WITH "A"', 2),
        ('companyName START_WITH "A" AND isInactive IS false', 2),
        ('companyName START_WITH_NOT "A"', 1),
        ('companyName IS "Apple \\"Inc\\""', 1),
        ('companyName CONTAIN "r" AND companyName END_WITH "h"', 1),
        ("isInactive IS true OR creditLimit GREATER 10000", 1),
        ("creditLimit BETWEEN [1000, 5000]", 1),
        ("creditLimit EMPTY", 2),
        ("creditLimit EMPTY_NOT", 1),
        ("(isInactive IS true) AND id ANY_OF [103]", 1),
        ('lastModifiedDate ON_OR_AFTER "2001-01-01"', 3),
        ('lastModifiedDate BEFORE "2001-01-01"', 0),
    ],
)
async def test_collections_are_filtered(three: Any, query: str, expected: int) -> None:
    """Operators by the kind of the field, negated with _NOT, joined with AND, OR and brackets."""
    answer = await three.get("customer", q=query)
    assert (200, expected) == (answer.status_code, answer.json()["totalResults"])


@pytest.mark.parametrize(
    "query",
    [
        "nothing IS 1",
        "isInactive START_WITH x",
        "companyName IS",
        'companyName WHAT "a"',
        "addressBook EMPTY",
        'companyName IS "a" companyName',
        "(isInactive IS true",
        "creditLimit LESS much",
        'lastModifiedDate ON "tomorrow"',
    ],
)
async def test_a_filter_that_does_not_fit_is_refused(three: Any, query: str) -> None:
    """Unknown fields, operators of another kind and broken conditions are 400."""
    assert (400, "INVALID_PARAMETER") == fault(await three.get("customer", q=query))


async def test_collections_hold_ids_and_links_only(three: Any) -> None:
    """Items have id and links, nothing else; the page has its own links and counts."""
    page = (await three.get("customer", limit="2")).json()
    assert {"links", "id"} == set(page["items"][0])
    assert (2, True, 0, 3) == (page["count"], page["hasMore"], page["offset"], page["totalResults"])
    assert {"self", "next", "last"} == {link["rel"] for link in page["links"]}
    last = (await three.get("customer", limit="2", offset="2")).json()
    assert (1, False) == (last["count"], last["hasMore"])


@pytest.mark.parametrize("params", [{"limit": "1001"}, {"limit": "0"}, {"limit": "2", "offset": "3"}, {"limit": "x"}])
async def test_pages_have_limits(three: Any, params: dict[str, str]) -> None:
    """At most 1,000 a page, and the offset a multiple of the limit; the same for SuiteQL."""
    assert (400, "INVALID_PARAMETER") == fault(await three.get("customer", **params))
    assert (400, "INVALID_PARAMETER") == fault(await three.sql(CURRENCIES, **params))


async def test_suiteql_needs_its_header(vendor: Any) -> None:
    """Without `Prefer: transient` a query is refused."""
    answer = await vendor.http.post("/services/rest/query/v1/suiteql", json={"q": CURRENCIES})
    assert (400, "INVALID_HEADER") == fault(answer)


async def test_suiteql_tells_everything_as_strings_and_nulls_not_at_all(three: Any) -> None:
    """Numbers, booleans and amounts are strings, columns lower case, nulls absent."""
    query = "SELECT id, companyName, isInactive, creditLimit FROM customer WHERE externalid IN ('A1', 'B1') ORDER BY id"
    one, other = (await three.sql(query)).json()["items"]
    assert {"links": [], "id": "101", "companyname": "Acorn", "isinactive": "F"} == one
    assert ("T", "5000.00") == (other["isinactive"], other["creditlimit"])


@pytest.mark.parametrize(("date_format", "expected"), [("M/D/YYYY", "1/4/2027"), ("YYYY-MM-DD", "2027-01-04")])
async def test_suiteql_writes_dates_as_the_account_prefers(three: Any, date_format: str, expected: str) -> None:
    """A date is a string in the account's own format."""
    job = {"externalId": "P", "companyName": "P", "parent": {"externalId": "A1"}, "startDate": "2027-01-04"}
    three.seed(account={"dateFormat": date_format}, records={"job": [job]})
    query = "SELECT startdate FROM job WHERE startdate >= TO_DATE('2027-01-01', 'YYYY-MM-DD') ORDER BY id"
    items = (await three.sql(query)).json()["items"]
    assert [expected] == [item["startdate"] for item in items]


async def test_suiteql_without_an_order_repeats_and_skips_rows(vendor: Any) -> None:
    """Two pages of an unordered query do not make up the whole; an ordered one does."""
    codes = [{"externalId": f"T{n}", "itemId": f"T{n}"} for n in range(60)]
    vendor.seed(records={"salesTaxItem": codes})

    async def paged(query: str) -> set[str]:
        pages = [(await vendor.sql(query, limit="10", offset=str(at))).json() for at in range(0, 65, 10)]
        return {item["id"] for page in pages for item in page["items"]}

    assert 65 == len(await paged("SELECT id FROM salestaxitem ORDER BY id"))
    assert 65 > len(await paged("SELECT id FROM salestaxitem"))


async def test_suiteql_sums_money_exactly_and_credits_are_negative(three: Any) -> None:
    """The main line carries the total; revenue lines are credits."""
    lines = [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": amount} for amount in ("0.10", "0.20")]
    await three.put("salesOrder/eid:S1", {"entity": {"externalId": "A1"}, "item": {"items": lines}})
    query = (
        "SELECT l.mainline, SUM(l.foreignamount) AS amount FROM transaction t "
        "JOIN transactionline l ON l.transaction = t.id WHERE t.externalid = 'S1' GROUP BY l.mainline ORDER BY 1"
    )
    items = (await three.sql(query)).json()["items"]
    assert [("F", "-0.30"), ("T", "0.30")] == [(item["mainline"], item["amount"]) for item in items]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM customer",
        "SELECT 1; SELECT 2",
        "SELECT id FROM nowhere",
        "SELECT id FROM customer LIMIT 1",
        "SELECT nothing FROM customer",
        "PRAGMA table_info(customer)",
    ],
)
async def test_suiteql_reads_only_what_there_is(vendor: Any, query: str) -> None:
    """Anything but one SELECT over known tables and columns is refused; LIMIT is not its word."""
    assert (400, "INVALID_PARAMETER") == fault(await vendor.sql(query))
    assert 1 == (await vendor.sql("SELECT id FROM currency ORDER BY id FETCH FIRST 1 ROWS ONLY")).json()["count"]
