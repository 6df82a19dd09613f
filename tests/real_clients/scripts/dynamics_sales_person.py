"""A salesperson's work through Microsoft's client for Dataverse: enters a deal, reads, upserts, batches, prints JSON.

Argument: a JSON document with the environment's address, the tenant, and the application's id and secret.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError

EURO = {"transactioncurrencyid@odata.bind": "/transactioncurrencies(isocurrencycode='EUR')"}


def credential(given: dict[str, str], secret: str) -> ClientSecretCredential:
    """Microsoft's own way to a token, pointed at the simulated directory."""
    return ClientSecretCredential(
        given["tenant"], given["client_id"], secret, authority=given["address"], disable_instance_discovery=True
    )


def refusal(action: Callable[[], Any]) -> list[Any]:
    """Status and code of a call that must be refused, as the client understands it."""
    try:
        action()
    except HttpError as refused:
        return [refused.status_code, refused.details.get("service_error_code")]
    return ["not refused"]


def enter(client: DataverseClient) -> dict[str, Any]:
    """Account, deal with labels for choices, lines; ids come out of the vendor's header."""
    account = client.records.create("account", {"Name": "Northwind France SAS", "sluice_countrycode": "FR", **EURO})
    bound = {"customerid_account@odata.bind": f"/accounts({account})"}
    deal = {"name": "Managed cloud", "sluice_dealkind": "Renewal", "estimatedclosedate": "2026-11-20"}
    opportunity = client.records.create("opportunity", {**deal, **bound, **EURO})
    mine = {"opportunityid@odata.bind": f"/opportunities({opportunity})", "isproductoverridden": True, "quantity": 1}
    prices = {"Onboarding": 240000.1, "Service": 1000000}
    lines = [{**mine, "productdescription": name, "priceperunit": price} for name, price in prices.items()]
    ids = client.records.create("opportunityproduct", lines)
    client.records.update("opportunity", opportunity, {"sluice_statementofwork": "SOW-1"})
    return {"account": account, "opportunity": opportunity, "lines": len(ids)}


def read(client: DataverseClient, opportunity: str) -> dict[str, Any]:
    """The deal with its customer and words for its choices, and its lines page by page."""
    record = client.records.retrieve(
        "opportunity",
        opportunity,
        select=["name", "totalamount", "sluice_dealkind", "sluice_statementofwork"],
        expand=["customerid_account($select=name)"],
        include_annotations="*",
    )
    pages = client.records.list_pages(
        "opportunityproduct",
        filter=f"_opportunityid_value eq {opportunity}",
        select=["productdescription"],
        orderby=["priceperunit desc"],
        page_size=1,
    )
    return {
        "total": record["totalamount"],
        "customer": record["customerid_account"]["name"],
        "kind": record["sluice_dealkind@OData.Community.Display.V1.FormattedValue"],
        "document": record["sluice_statementofwork"],
        "lines": [[line["productdescription"] for line in page] for page in pages],
    }


def keyed(client: DataverseClient) -> list[str]:
    """Upserts by alternate key: one by address, several at once."""
    items = [{"alternate_key": {"accountnumber": f"C-{n}"}, "record": {"name": f"Number {n}"}} for n in (1, 2, 1)]
    client.records.upsert("account", items[:1])
    client.records.upsert("account", items)
    found = client.records.list("account", filter="startswith(accountnumber,'C-')", select=["name"], orderby=["name"])
    return [record["name"] for record in found]


def batched(client: DataverseClient) -> dict[str, Any]:
    """A change set whose parts refer to each other, one that falls, and reads beside failures."""
    whole = client.batch.new()
    with whole.changeset() as changes:
        account = changes.records.create("account", {"name": "Contoso"})
        bound = {"parentcustomerid_account@odata.bind": account}
        changes.records.create("contact", {"lastname": "Moreau", **bound})
    stood = whole.execute()
    broken = client.batch.new()
    with broken.changeset() as changes:
        changes.records.create("account", {"name": "Never"})
        changes.records.create("contact", {"foo": 1})
    fell = broken.execute()
    mixed = client.batch.new()
    mixed.records.retrieve("account", "00000000-0000-4000-8000-000000000000")
    mixed.records.list("contact", select=["lastname"])
    beside = mixed.execute(continue_on_error=True)
    return {
        "stood": [answer.status_code for answer in stood.responses],
        "fell": [[answer.status_code, answer.error_code] for answer in fell.responses],
        "beside": [answer.status_code for answer in beside.responses],
        "contacts": [row["lastname"] for row in beside.responses[-1].data["value"]],
        "never": len(list(client.records.list("account", filter="name eq 'Never'"))),
    }


def refused(client: DataverseClient, given: dict[str, str]) -> dict[str, Any]:
    """What the client makes of refusals, and the directory's of a wrong secret."""
    nobody = "00000000-0000-4000-8000-000000000000"
    told = {
        "absent": refusal(lambda: client.records.update("account", nobody, {"name": "x"})),
        "column": refusal(lambda: client.records.create("account", {"foo": 1})),
        "query": refusal(lambda: list(client.records.list("account", filter="foo eq 1"))),
    }
    try:
        client.records.create("nonsense", {"name": "x"})
    except MetadataError:
        told["table"] = ["unknown"]
    try:
        credential(given, "wrong").get_token(f"{given['address']}/.default")
    except ClientAuthenticationError as stranger:
        told["secret"] = ["AADSTS7000215" in str(stranger)]
    return told


def main() -> None:
    """Do it all and print what came of it."""
    given = json.loads(sys.argv[1])
    with DataverseClient(given["address"], credential(given, given["client_secret"])) as client:
        told = enter(client)
        told["read"] = read(client, told["opportunity"])
        told["keyed"] = keyed(client)
        told["batched"] = batched(client)
        told["refused"] = refused(client, given)
        client.records.delete("account", told["account"])
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
