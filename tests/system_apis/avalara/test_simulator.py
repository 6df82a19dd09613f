"""The simulated account by itself: what it keeps, what it computes, what it refuses; by the vendor's papers."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from system_apis.avalara.simulator.rates import PLACES
from tests.system_apis.avalara.account import CREATE, Account, fresh, model

pytestmark = pytest.mark.req(353)

SALES = "/companies/SGUS/transactions"
DETAILS = {"$include": "Lines,Details"}


def reason(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, outer word, narrower word."""
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["details"][0].get("faultSubCode", "")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"customerCode": None}, (400, "ValueRequiredError", "")),
        ({"companyCode": "NOBODY"}, (404, "EntityNotFoundError", "")),
        ({"type": "Gift"}, (400, "InvalidEnumValue", "")),
        ({"date": "soon"}, (400, "DateFormatError", "")),
        ({"code": "x" * 51}, (400, "StringLengthError", "")),
        ({"addresses": {}}, (400, "MissingAddress", "")),
        ({"addresses": {"shipTo": {"country": "US"}}}, (400, "NotEnoughAddressesInfo", "")),
        ({"addresses": {"singleLocation": {"country": "US"}}}, (400, "GetTaxError", "TaxAddressError")),
        (
            {"addresses": {"singleLocation": {"country": "US", "postalCode": "99999"}}},
            (400, "GetTaxError", "JurisdictionNotFoundError"),
        ),
        (
            {"addresses": {"singleLocation": {"country": "US", "postalCode": "10001", "region": "CA"}}},
            (400, "GetTaxError", "RegionCodeError"),
        ),
        ({"lines": []}, (400, "MissingLine", "")),
        ({"lines": [{"amount": "1"}]}, (400, "ValidationException", "")),
        (
            {"lines": [{"number": "1", "amount": 1}, {"number": "1", "amount": 2}]},
            (400, "GetTaxError", "DuplicateLineNoError"),
        ),
        ({"taxOverride": {"type": "TaxAmount", "taxAmount": 1}}, (400, "GetTaxError", "TaxOverrideError")),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_document_is_refused_with_the_vendors_word(
    account: Account, change: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    """And nothing is kept."""
    answer = await account.call("POST", CREATE, json=model(**change))

    assert expected == reason(answer)
    assert [] == account.documents()
    assert answer.headers["x-correlation-id"]


async def test_only_what_is_recorded_is_kept(account: Account) -> None:
    """Without a type a document is an order: estimated, and nowhere afterwards."""
    estimate = await account.call("POST", CREATE, json=model(type=None))
    absent = await account.call("GET", f"{SALES}/A1")

    assert (201, "SalesOrder", "Temporary", 0) == (
        estimate.status_code,
        *(estimate.json()[name] for name in ("type", "status", "id")),
    )
    assert (404, "EntityNotFoundError", "") == reason(absent)


async def test_a_document_goes_its_way(account: Account) -> None:
    """Saved ones are replaced, committed ones are final but for adjusting, voided ones for good."""
    first = (await account.call("POST", CREATE, json=model())).json()
    second = (await account.call("POST", CREATE, json=model(amount=200))).json()
    committed = await account.call("POST", f"{SALES}/A1/commit", json={"commit": True})
    told = [
        reason(await account.call("POST", CREATE, json=model())),
        reason(await account.call("POST", f"{SALES}/A1/commit", json={"commit": True})),
        reason(await account.call("POST", f"{SALES}/A1/void", json={"code": "Gone"})),
    ]
    adjusting = {"adjustmentReason": "PriceAdjusted", "newTransaction": model(amount=50)}
    adjusted = (await account.call("POST", f"{SALES}/A1/adjust", json=adjusting)).json()
    voided = await account.call("POST", f"{SALES}/A1/void", json={"code": "DocVoided"})
    told += [
        reason(await account.call("POST", f"{SALES}/A1/void", json={"code": "DocVoided"})),
        reason(await account.call("POST", CREATE, json=model())),
        reason(await account.call("POST", f"{SALES}/A1/refund", json={"refundType": "Full"})),
    ]

    final = (400, "GetTaxError", "DocStatusError")
    assert (first["id"], 200, 200) == (second["id"], committed.status_code, voided.status_code)
    assert [final, final, (400, "InvalidEnumValue", "")] == told[:3]
    assert ("Committed", 2, 4.44) == (adjusted["status"], adjusted["version"], adjusted["totalTax"])
    assert [(400, "TransactionAlreadyCancelled", ""), final, final] == told[3:]
    assert [("A1", "Adjusted", 1), ("A1", "Cancelled", 2)] == account.documents()


async def test_a_reported_document_is_locked(account: Account) -> None:
    """Only what was committed by the day is; what comes later is free."""
    await account.call("POST", CREATE, json=model("A1", commit=True))
    await account.call("POST", CREATE, json=model("A2"))
    account.sandbox.seed({"filed": [{"company": "SGUS", "through": "2026-07-31"}]})
    void = {"code": "DocVoided"}
    told = [await account.call("POST", f"{SALES}/{code}/void", json=void) for code in ("A1", "A2")]
    uncommitting = await account.call("POST", f"{SALES}/A1/uncommit", json={})

    assert [(400, "CannotModifyLockedTransaction", ""), 200] == [reason(told[0]), told[1].status_code]
    assert (400, "CannotModifyLockedTransaction", "") == reason(uncommitting)


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"refundType": "Full", "refundPercentage": 50}, "RefundTypeAndPercentageMismatch"),
        ({"refundType": "Full", "refundLines": ["1"]}, "RefundTypeAndLineMismatch"),
        ({"refundType": "Partial"}, "RefundLinesRequired"),
        ({"refundType": "Partial", "refundLines": ["9"]}, "LineNoOutOfRange"),
        ({"refundType": "Percentage"}, "RefundPercentageMissing"),
        ({"refundType": "Percentage", "refundPercentage": 101}, "RefundPercentageOutOfRange"),
        ({"refundType": "Gift"}, "InvalidRefundType"),
        ({"refundType": "Full", "refundTransactionCode": "R0"}, "DocumentCodeConflict"),
    ],
)
async def test_a_refund_has_to_make_sense(account: Account, asked: dict[str, Any], word: str) -> None:
    """Each thing that does not go together has a word of its own."""
    await account.call("POST", CREATE, json=model("A0", commit=True))
    taken = {"refundTransactionCode": "R0", "refundDate": "2026-07-20", "refundType": "TaxOnly"}
    tax_only = (await account.call("POST", f"{SALES}/A0/refund", json=taken)).json()
    answer = await account.call("POST", f"{SALES}/A0/refund", json={"refundDate": "2026-07-20", **asked})

    assert (0, -8.88) == (tax_only["totalAmount"], tax_only["totalTax"])
    assert (400, word, "") == reason(answer)


@pytest.mark.parametrize(
    ("company", "place", "code", "tax"),
    [
        ("SGUS", "10001", "P0000000", 8.88),
        ("SGUS", "10001", "SP140000", 0),
        ("SGUS", "57104", "SP140000", 6.2),
        ("SGUS", "06103", "SC160000", 6.35),
        ("SGUS", "06103", "SP140000", 0),
        ("SGUS", "78701", "P0000000", 6.25),
        ("SGUS", "92614", "P0000000", 0),
        ("SGDE", "10001", "P0000000", 0),
    ],
)
async def test_sales_tax_follows_place_registration_and_what_is_sold(
    account: Account, company: str, place: str, code: str, tax: float
) -> None:
    """Services are taxed in few states; nothing is where the company is not registered, and nobody says so."""
    at = {"singleLocation": {"country": "US", "postalCode": place}}
    lines = [{"amount": 100, "taxCode": code}]
    answer = await account.call("POST", CREATE, json=model(companyCode=company, addresses=at, lines=lines))

    assert (201, tax, []) == (answer.status_code, answer.json()["totalTax"], answer.json()["messages"])


@pytest.mark.parametrize(
    ("target", "buyer", "date", "tax"),
    [
        ("DE", "", "2026-07-15", 19),
        ("DE", "", "2020-07-15", 16),
        ("FR", "FR40303265045", "2026-07-15", 0),
        ("FR", "", "2026-07-15", 19),
        ("GB", "GB123456789", "2026-07-15", 0),
        ("BR", "", "2026-07-15", 0),
    ],
)
async def test_vat_follows_the_place_of_supply(
    account: Account, target: str, buyer: str, date: str, tax: float
) -> None:
    """At home the rate of the day; within the Union a business accounts for it itself; elsewhere nobody does here."""
    places = {"shipFrom": {"country": "DE"}, "shipTo": {"country": target}}
    said = model(companyCode="SGDE", addresses=places, date=date, businessIdentificationNo=buyer, currencyCode="EUR")
    answer = await account.call("POST", CREATE, json=said)

    assert (201, tax) == (answer.status_code, answer.json()["totalTax"])


async def test_who_comes_in(account: Account) -> None:
    """Ping answers everybody; nothing else does. A timeout can be asked for."""
    account.sandbox.seed({"timeout_s": 0})
    told = [
        (await account.http.get("/api/v2/utilities/ping")).json()["authenticated"],
        (await account.call("GET", "/utilities/ping")).json()["authenticated"],
        reason(await account.http.post(f"/api/v2{CREATE}", json=model())),
        reason(await account.http.get("/api/v2/companies", headers={"Authorization": "Basic ?"})),
        reason(await account.call("POST", CREATE, content=b"{")),
        reason(await account.call("POST", CREATE)),
        reason(await account.call("POST", CREATE, json=model(), params={"$include": "ForceTimeout"})),
        reason(await account.call("GET", "/nothing/here")),
        reason(await account.call("GET", "/companies", params={"$filter": "name eq 'x'"})),
        reason(await account.call("GET", "/addresses/resolve", params={"country": "DE", "postalCode": "20457"})),
        reason(await account.call("GET", "/addresses/resolve", params={"country": "US", "city": "New York"})),
    ]

    assert [
        False,
        True,
        (401, "AuthenticationIncomplete", ""),
        (401, "AuthenticationException", ""),
        (400, "JsonFormatError", ""),
        (400, "ModelRequiredException", ""),
        (408, "TimeoutRequested", ""),
        (404, "IncorrectPathError", ""),
        (400, "InvalidQueryField", ""),
        (400, "InvalidCountry", ""),
        (400, "InvalidAddress", ""),
    ] == told


@given(
    amounts=st.lists(st.decimals("-99999.99", "99999.99", places=2), min_size=1, max_size=8),
    place=st.sampled_from([each.postal_code for each in PLACES if each.country == "US"]),
    charged=st.none() | st.decimals("-999.99", "999.99", places=2),
    refunded=st.decimals(0, 100, places=1),
)
@settings(max_examples=40, deadline=None)
async def test_every_document_ties(
    amounts: list[Decimal], place: str, charged: Decimal | None, refunded: Decimal
) -> None:
    """Totals are sums of lines, lines are sums of details, and a full refund is the sale turned round."""
    async with fresh() as account:
        at = {"singleLocation": {"country": "US", "postalCode": place}}
        lines = [{"amount": float(amount), "taxCode": "P0000000"} for amount in amounts]
        override = None if charged is None else {"type": "TaxAmount", "taxAmount": float(charged), "reason": "x"}
        sale = model(addresses=at, lines=lines, taxOverride=override, commit=True)
        told = (await account.call("POST", CREATE, json=sale, params=DETAILS)).json()
        dated = {"refundDate": "2026-07-20", "refundTransactionCode": "R1", "refundType": "Full"}
        whole = (await account.call("POST", f"{SALES}/A1/refund", json=dated)).json()
        part = {**dated, "refundTransactionCode": "R2", "refundType": "Percentage"}
        await account.call("POST", f"{SALES}/A1/refund", json={**part, "refundPercentage": float(refunded)})

        assert 3 == len(account.documents())
        assert (-told["totalAmount"], -told["totalTax"]) == (whole["totalAmount"], whole["totalTax"])
        assert told["totalTax"] == (told["totalTaxCalculated"] if charged is None else float(charged))
