"""A tax desk's work through the vendor's own client: estimates, records, commits, refunds and voids, prints JSON.

Arguments: the account's address, its number, a license key.
"""

import json
import sys
from typing import Any

from avalara import AvataxClient

_HERE = {"line1": "1440 Broadway", "city": "New York", "region": "NY", "postalCode": "10001", "country": "US"}
_DETAILS = {"$include": "Lines,Details"}


def document(code: str, amount: float, **more: Any) -> dict[str, Any]:
    """A sale at home."""
    line = {"number": "1", "amount": amount, "quantity": 1, "taxCode": "P0000000", "description": "Licence"}
    said = {"code": code, "companyCode": "SGUS", "customerCode": "cus-1", "date": "2026-07-15", "currencyCode": "USD"}
    return {**said, "addresses": {"singleLocation": _HERE}, "lines": [line], **more}


def refusal(answer: Any) -> list[Any]:
    """The status of a call that must be refused, and the words of it."""
    error = answer.json()["error"]
    return [answer.status_code, error["code"], error["details"][0].get("faultSubCode", "")]


def summary(answer: Any) -> list[Any]:
    """What matters of a document."""
    told = answer.json()
    return [answer.status_code, told["status"], told["totalTax"], told["version"]]


def books(client: AvataxClient) -> dict[str, Any]:
    """A document from its estimate to its end."""
    estimate = client.create_transaction(document("A/1 b", 100.0))
    sale = document("A/1 b", 100.0, type="SalesInvoice")
    recorded = client.create_transaction(sale, include=_DETAILS)
    committed = client.commit_transaction("SGUS", "A_-ava2f-_1%20b", {"commit": True})
    again = client.create_transaction(sale)
    adjusting = {"adjustmentReason": "Other", "createTransactionModel": document("A/1 b", 200.0, type="SalesInvoice")}
    adjusted = client.create_or_adjust_transaction(adjusting)
    asked = {
        "refundTransactionCode": "R1",
        "refundDate": "2026-07-20",
        "refundType": "Percentage",
        "refundPercentage": 50,
    }
    refunded = client.refund_transaction("SGUS", "A_-ava2f-_1%20b", asked)
    voided = client.void_transaction("SGUS", "A_-ava2f-_1%20b", {"code": "DocVoided"})
    return {
        "estimate": [estimate.status_code, estimate.json()["id"], estimate.json()["type"], "lines" in estimate.json()],
        "jurisdictions": [each["jurisType"] for each in recorded.json()["lines"][0]["details"]],
        "committed": summary(committed),
        "again": refusal(again),
        "adjusted": summary(adjusted),
        "refunded": summary(refunded),
        "voided": summary(voided),
        "found": summary(client.get_transaction_by_code("SGUS", "A_-ava2f-_1%20b")),
        "absent": refusal(client.get_transaction_by_code("SGUS", "A2")),
    }


def places(client: AvataxClient) -> dict[str, Any]:
    """Addresses and registrations."""
    good = client.resolve_address(_HERE).json()
    nonsense = client.resolve_address_post({**_HERE, "postalCode": "00000"}).json()
    company = client.query_companies({"$filter": "companyCode eq 'SGUS'"}).json()["value"][0]
    nexus = client.list_nexus_by_company(company["id"], include={"$top": 2}).json()
    return {
        "quality": [good["resolutionQuality"], nonsense["resolutionQuality"]],
        "located": ["latitude" in each["validatedAddresses"][0] for each in (good, nonsense)],
        "stack": [each["jurisdictionType"] for each in good["taxAuthorities"]],
        "nexus": [nexus["@recordsetCount"], len(nexus["value"])],
    }


def main(address: str, account: str, key: str) -> dict[str, Any]:
    """Everything, by somebody who is let in and by somebody who is not."""
    client = AvataxClient("psa", "1.0", "host", address)
    stranger = AvataxClient("psa", "1.0", "host", address)
    client.add_credentials(account, key)
    stranger.add_credentials(account, "wrong")
    return {
        "ping": [each.ping().json()["authenticated"] for each in (client, stranger)],
        "stranger": refusal(stranger.create_transaction(document("A3", 1.0))),
        **books(client),
        **places(client),
    }


sys.stdout.write(json.dumps(main(*sys.argv[1:])))
