"""Search of the simulated account: what it finds, what it refuses, and that it learns late."""

from typing import Any

import pytest

from tests.system_apis.hubspot.account import Account

pytestmark = pytest.mark.req(34)


def where(name: str, operator: str, value: str = "", **more: Any) -> dict[str, Any]:
    """One filter."""
    return {"propertyName": name, "operator": operator, **({"value": value} if value else {}), **more}


@pytest.fixture
async def deals(account: Account) -> dict[str, str]:
    """Four deals by name: small and large, open and won, one without an amount."""
    account.sandbox.seed({"limits": {"search_a_second": 1000}})
    made = {
        "small": {"amount": "9", "dealstage": "contractsent"},
        "large": {"amount": "100", "dealstage": "closedwon"},
        "larger": {"amount": "100.5", "dealstage": "closedwon", "closedate": "2026-12-01"},
        "bare": {},
    }
    return {await account.deal(dealname=name, **values): name for name, values in made.items()}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], {"small", "large", "larger", "bare"}),
        ([[where("amount", "GT", "9")]], {"large", "larger"}),
        ([[where("amount", "GTE", "9"), where("amount", "LT", "100.5")]], {"small", "large"}),
        ([[where("amount", "LTE", "9")], [where("dealname", "EQ", "BARE")]], {"small", "bare"}),
        ([[where("amount", "NEQ", "100")]], {"small", "larger", "bare"}),
        ([[where("amount", "BETWEEN", "10", highValue="100")]], {"large"}),
        ([[where("dealname", "IN", values=["small", "bare"])]], {"small", "bare"}),
        ([[where("dealname", "NOT_IN", values=["small", "bare"])]], {"large", "larger"}),
        ([[where("amount", "HAS_PROPERTY"), where("hs_is_closed_won", "EQ", "true")]], {"large", "larger"}),
        ([[where("amount", "NOT_HAS_PROPERTY")]], {"bare"}),
        ([[where("dealname", "CONTAINS_TOKEN", "larg*")]], {"large", "larger"}),
        ([[where("dealname", "NOT_CONTAINS_TOKEN", "larg")]], {"small", "bare"}),
        ([[where("closedate", "GT", "1795132800000")]], {"larger"}),
    ],
)
async def test_filters_hold_as_the_vendor_says(
    account: Account, deals: dict[str, str], groups: list[Any], expected: set[str]
) -> None:
    """Filters of a group hold together, groups by themselves; figures compare as figures."""
    found = await account.search(filterGroups=[{"filters": group} for group in groups], limit=200)

    assert 200 == found.status_code, found.text
    assert expected == {deals[row["id"]] for row in found.json()["results"]}
    assert len(expected) == found.json()["total"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 0},
        {"after": "9990", "limit": 11},
        {"after": "x"},
        {"sorts": [{"propertyName": "amount"}, {"propertyName": "dealname"}]},
        {"sorts": [{"propertyName": "nothing"}]},
        {"filterGroups": [{"filters": [where("nothing", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [where("amount", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [where("amount", "EQ")]}]},
        {"filterGroups": [{"filters": [where("amount", "GT", "much")]}]},
        {"filterGroups": [{"filters": [{**where("amount", "EQ"), "value": 5}]}]},
        {"filterGroups": [{"filters": [where("amount", "EQ", "1")] * 7}]},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [where("amount", "EQ", "1")] * 5}] * 4},
    ],
)
async def test_a_search_that_breaks_a_rule_is_refused(
    account: Account, deals: dict[str, str], body: dict[str, Any]
) -> None:
    """Two hundred a page, ten thousand in all, one order, five groups of six filters, eighteen in all."""
    assert 400 == (await account.search(**body)).status_code


async def test_pages_follow_each_other_in_one_order(account: Account, deals: dict[str, str]) -> None:
    """By a property, up or down; `after` counts on, and no page shows associations."""
    sort = [{"propertyName": "amount", "direction": "DESCENDING"}]
    groups = [{"filters": [where("amount", "HAS_PROPERTY")]}]
    first = (await account.search(filterGroups=groups, sorts=sort, limit=2)).json()
    last = (
        await account.search(filterGroups=groups, sorts=sort, limit=2, after=first["paging"]["next"]["after"])
    ).json()

    assert ["larger", "large", "small"] == [deals[row["id"]] for page in (first, last) for row in page["results"]]
    assert ("2", False) == (first["paging"]["next"]["after"], "paging" in last)
    assert "associations" not in first["results"][0]


async def test_search_learns_late_and_of_every_state_in_turn(account: Account) -> None:
    """A row is not found before the lag is over, then as it was, then as it is; a row in the bin goes late too."""
    account.sandbox.seed({"index_lag_s": 10})
    deal = await account.deal(dealname="old")
    account.sandbox.advance(5)
    await account.change("deals", deal, dealname="new")
    seen: list[list[str]] = []
    for _ in range(3):
        page = (await account.search(properties=["dealname"])).json()
        seen.append([row["properties"]["dealname"] for row in page["results"]])
        account.sandbox.advance(6)
    await account.person.delete(f"/crm/v3/objects/deals/{deal}")
    late = (await account.search()).json()["total"]
    account.sandbox.advance(11)

    assert ([[], ["old"], ["new"]], 1, 0) == (seen, late, (await account.search()).json()["total"])
