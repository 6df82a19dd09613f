"""A salesperson's work through simple-salesforce: enters a deal, wins it, reads it back, prints JSON.

Arguments: the org's address, a session, a JSON document with the price book entry and the JWT credentials.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, format_soql
from simple_salesforce.exceptions import (
    SalesforceError,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)

LOGIN = "https://login.salesforce.com"


class Rewriting(HTTPAdapter):
    """Sends what is meant for the vendor's login host to the simulated org."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:
        request.url = request.url.replace(LOGIN, self.address)
        return super().send(request, **more)


def refusal(action: Callable[[], Any], kind: type[SalesforceError]) -> list[Any] | None:
    """The status and first error code of a call that must be refused as the client understands it."""
    try:
        action()
    except kind as refused:
        content = refused.content
        code = content[0].get("errorCode") if content and isinstance(content[0], dict) else content
        return [refused.status, code]
    return None


def enter(sf: Salesforce, entry: str) -> dict[str, Any]:
    """Account, deal, lines, and the change that wins it."""
    account = {"Name": "Northwind France SAS", "BillingCountryCode": "FR", "CurrencyIsoCode": "EUR"}
    created = sf.Account.create(account)
    deal = {"Name": "Managed cloud", "AccountId": created["id"], "CurrencyIsoCode": "EUR"}
    opportunity = sf.Opportunity.create({**deal, "StageName": "Prospecting", "CloseDate": "2026-11-20"})
    for name, price in (("Onboarding", 240000.10), ("Service", 1000000)):
        line = {"OpportunityId": opportunity["id"], "PricebookEntryId": entry, "Description": name}
        sf.OpportunityLineItem.create({**line, "Quantity": 1, "TotalPrice": price})
    won = sf.Opportunity.update(opportunity["id"], {"StageName": "Closed Won"})
    return {"account": created["id"], "opportunity": opportunity["id"], "update_status": won}


def read(sf: Salesforce, opportunity: str) -> dict[str, Any]:
    """The deal and its lines, as the client reads them."""
    deal = "SELECT Id, Name, IsWon, Amount, Account.Name FROM Opportunity WHERE Id = {}"
    its_lines = "SELECT Description FROM OpportunityLineItem WHERE OpportunityId = {} ORDER BY Id"
    record = sf.query(format_soql(deal, opportunity))["records"][0]
    lines = sf.query_all_iter(format_soql(its_lines, opportunity))
    return {
        "won": record["IsWon"],
        "amount": record["Amount"],
        "customer": record["Account"]["Name"],
        "lines": [line["Description"] for line in lines],
        "stage": sf.Opportunity.get(opportunity)["StageName"],
        "usage": sf.api_usage["api-usage"].total,
    }


def keyed(sf: Salesforce) -> dict[str, Any]:
    """Upserts by external id, and a key that two rows bear."""
    statuses = [sf.Account.upsert("ERP_Id__c/C-1", {"Name": name}) for name in ("First", "Second")]
    for _ in range(2):
        sf.Account.create({"Name": "Twin", "ERP_Id__c": "C-2"})
    found = sf.Account.get_by_custom_id("ERP_Id__c", "C-1")
    twins = refusal(lambda: sf.Account.get_by_custom_id("ERP_Id__c", "C-2"), SalesforceMoreThanOneRecord)
    return {"upserts": statuses, "found": found["Name"], "twins": twins and twins[0]}


def refused(sf: Salesforce, address: str) -> dict[str, Any]:
    """What the client makes of the org's refusals."""
    stranger = Salesforce(session_id="nobody", instance_url=address, version="66.0")
    return {
        "query": refusal(lambda: sf.query("SELECT Foo FROM Account"), SalesforceMalformedRequest),
        "field": refusal(lambda: sf.Account.create({"Name": "x", "Foo": 1}), SalesforceMalformedRequest),
        "absent": refusal(lambda: sf.Account.get("001000000000001AAA"), SalesforceResourceNotFound),
        "session": refusal(lambda: stranger.query("SELECT Id FROM Account"), SalesforceExpiredSession),
    }


def by_assertion(address: str, credentials: dict[str, str]) -> int:
    """A login with the client's own signed assertion, whose expiry is a string."""
    session = requests.Session()
    session.mount(LOGIN, Rewriting(address))
    sf = Salesforce(session=session, version="66.0", **credentials)
    return sf.query("SELECT COUNT() FROM Account")["totalSize"]


def main() -> None:
    """Do it all and print what came of it."""
    address, session, document = sys.argv[1:]
    given = json.loads(document)
    sf = Salesforce(session_id=session, instance_url=address, version="66.0")
    told = enter(sf, given["entry"])
    told["read"] = read(sf, told["opportunity"])
    told["keyed"] = keyed(sf)
    told["refused"] = refused(sf, address)
    told["external_ids"] = [field["name"] for field in sf.Account.describe()["fields"] if field["externalId"]]
    told["counted_by_assertion"] = by_assertion(address, given["credentials"])
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
