"""An integration's work through aiosalesforce: signs in, writes under its keys, reads page by page, prints JSON.

Arguments: the org's address, and a JSON document with the credentials and the file that holds the private key.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import Auth, ClientCredentialsFlow, JwtBearerFlow
from aiosalesforce.events import Event
from aiosalesforce.exceptions import (
    AuthenticationError,
    MoreThanOneRecordError,
    NotFoundError,
    RequestLimitExceededError,
    SalesforceError,
)
from aiosalesforce.utils import format_soql

DOMAIN = "https://sluicegate.my.salesforce.com"
SMALL_PAGES = {"Sforce-Query-Options": "batchSize=200"}
PAST_THE_SESSION_S = 7201
KEY = "ERP_Id__c"


class Rewriting(httpx.AsyncHTTPTransport):
    """Sends what is meant for the firm's domain to the simulated org: the client takes no other address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = httpx.URL(address)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the same request, `Host` and all, to where the org stands."""
        url = request.url.copy_with(host=self.address.host, port=self.address.port)
        moved = {"headers": request.headers, "stream": request.stream, "extensions": request.extensions}
        return await super().handle_async_request(httpx.Request(request.method, url, **moved))


class Firm:
    """One signed-in client of the org, and what happened on its wire."""

    def __init__(self, http: httpx.AsyncClient, auth: Auth, **more: Any) -> None:
        self.seen: Counter[str] = Counter()
        self.sf = Salesforce(http, DOMAIN, auth, version="66.0", event_hooks=[self.note], **more)

    def note(self, event: Event) -> None:
        """Count requests for tokens, answers and retries."""
        asked = event.type == "request" and event.request.url.path.endswith("/token")
        self.seen["token" if asked else event.type] += 1

    async def rows(self, soql: str, **more: Any) -> list[dict[str, Any]]:
        """Every row of a query, over all its pages."""
        return [row async for row in self.sf.query(soql, **more)]


async def refusal(action: Awaitable[Any], kind: type[SalesforceError] = SalesforceError) -> list[Any]:
    """The status and error code of a call that must be refused, if the client takes it for exactly this kind."""
    try:
        await action
    except SalesforceError as refused:
        told = [refused.response.status_code, refused.error_code]
        return told if type(refused) is kind else [*told, type(refused).__name__]
    return []


async def written(firm: Firm) -> dict[str, Any]:
    """A row created and changed; another kept under a key of letters that an address must encode, and deleted."""
    rows, key = firm.sf.sobject, "C-1 ä"
    created = await rows.create("Account", {"Name": "Müller & Söhne", "CurrencyIsoCode": "EUR"})
    await rows.update("Account", created, {"BillingCountryCode": "DE"})
    one = await rows.get("Account", created, fields=["Name", "BillingCountry"])
    upserts = [await rows.upsert("Account", key, KEY, {"Name": name, KEY: key}) for name in ("First", "Second")]
    found = await rows.get("Account", key, KEY)
    await rows.delete("Account", key, KEY)
    binned = format_soql("SELECT Name FROM Account WHERE IsDeleted = TRUE AND ERP_Id__c = {}", key)
    return {
        "read": [one["Name"], one["BillingCountry"]],
        "created": [upsert.created for upsert in upserts],
        "same": upserts[0].id == upserts[1].id == found["Id"],
        "found": found["Name"],
        "gone": await refusal(rows.get("Account", upserts[0].id), NotFoundError),
        "left": [len(await firm.rows(binned, include_all_records=everything)) for everything in (False, True)],
    }


async def paged(firm: Firm) -> dict[str, Any]:
    """How many pages a long query took, and whether each row came once and in order."""
    before = firm.seen["response"]
    names = [row["Name"] for row in await firm.rows("SELECT Name FROM Account WHERE Name LIKE 'Row %' ORDER BY Name")]
    return {"pages": firm.seen["response"] - before, "rows": len(names), "once": names == sorted(set(names))}


async def composed(firm: Firm) -> dict[str, Any]:
    """Steps that refer to each other: all of them, then none because one was refused."""
    async with firm.sf.composite(all_or_none=True, autoraise=True) as good:
        account = good.sobject.upsert("Account", "C-2", KEY, {"Name": "Kessler & Co"})
        parent = str(account.reference.id)  # the client sends a reference as it is meant only when made text
        deal = {"Name": "Run", "StageName": "Prospecting", "CloseDate": "2026-11-20", "AccountId": parent}
        opportunity = good.sobject.create("Opportunity", {**deal, "Amount": 1240000.1})
        good.sobject.update("Opportunity", str(opportunity.reference.id), {"StageName": "Closed Won"})
        found = good.query("SELECT Id, Amount, IsWon, Account.Name FROM Opportunity WHERE Name = 'Run'")
    async with firm.sf.composite(all_or_none=True) as bad:
        undone = bad.sobject.create("Account", {"Name": "Undone"})
        wrong = bad.sobject.create("Contact", {"AccountId": str(undone.reference.id)})
    return {
        "created": account.created,
        "same": [row["Id"] for row in found.records] == [opportunity.id],
        "found": [[row["Amount"], row["IsWon"], row["Account"]["Name"]] for row in found.records],
        "undone": [[step.status_code, step.response_body[0]["errorCode"]] for step in (undone, wrong)],
        "left": len(await firm.rows("SELECT Id FROM Account WHERE Name = 'Undone'")),
    }


async def batched(firm: Firm) -> dict[str, Any]:
    """Requests that stand alone: what came before a refused one stays, what comes after it is not tried."""
    async with firm.sf.composite.batch(halt_on_error=True) as batch:
        first = batch.sobject.create("Account", {"Name": "Before"})
        wrong = batch.query("SELECT Foo FROM Account")
        batch.sobject.create("Account", {"Name": "After"})
    names = await firm.rows("SELECT Name FROM Account WHERE Name IN ('Before', 'After')")
    return {
        "statuses": [step.status_code for step in batch.subrequests],
        "created": bool(first.id),
        "refused": wrong.result[0]["errorCode"],
        "left": [row["Name"] for row in names],
    }


async def refused(firm: Firm, http: httpx.AsyncClient, credentials: dict[str, str]) -> dict[str, Any]:
    """What the client makes of the org's refusals."""
    rows, key = firm.sf.sobject, credentials["consumer_key"]
    for _ in range(2):
        await rows.create("Account", {"Name": "Twin", KEY: "C-3"})
    stranger = Firm(http, ClientCredentialsFlow(key, "guessed"))
    hasty = Firm(http, firm.sf.auth, retry_policy=None)
    told = {
        "query": await refusal(firm.rows("SELECT Foo FROM Account")),
        "soql": await refusal(firm.rows("SELECT Id FROM")),
        "field": await refusal(rows.create("Account", {"CurrencyIsoCode": "EUR"})),
        "absent": await refusal(rows.get("Account", "001000000000001AAA"), NotFoundError),
        "twins": await refusal(rows.get("Account", "C-3", KEY), MoreThanOneRecordError),
        "secret": await refusal(stranger.sf.get_limits(), AuthenticationError),
    }
    await http.post(f"{DOMAIN}/_sandbox/seed", json={"crowded": 1})
    return {**told, "crowd": await refusal(hasty.sf.get_limits(), RequestLimitExceededError)}


async def resumed(firm: Firm, http: httpx.AsyncClient) -> list[Any]:
    """Work that goes on over a crowd and over the end of the session: what was left, tokens asked for, retries."""
    await http.post(f"{DOMAIN}/_sandbox/seed", json={"crowded": 1})
    await firm.sf.get_limits()
    await http.post(f"{DOMAIN}/_sandbox/clock", json={"advance_s": PAST_THE_SESSION_S})
    limits = await firm.sf.get_limits()
    return [limits["DailyApiRequests"]["Max"], firm.seen["token"], firm.seen["retry"]]


async def main() -> None:
    """Do it all and print what came of it."""
    address, document = sys.argv[1:]
    given = json.loads(document)
    key = given["consumer_key"]
    async with httpx.AsyncClient(transport=Rewriting(address), headers=SMALL_PAGES) as http:
        firm = Firm(http, ClientCredentialsFlow(key, given["consumer_secret"]))
        signed = Firm(http, JwtBearerFlow(key, given["username"], given["key_file"]))
        told = {
            "written": await written(firm),
            "paged": await paged(firm),
            "composed": await composed(firm),
            "batched": await batched(firm),
            "refused": await refused(firm, http, given),
            "resumed": await resumed(firm, http),
            "by_assertion": len(await signed.rows("SELECT Id FROM Account WHERE Name = 'Twin'")),
        }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main())
