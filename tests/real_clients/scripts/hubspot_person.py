"""A salesperson's work through the vendor's own client: enters a deal, wins it, reads it back, prints JSON.

Arguments: the account's address and a token.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from hubspot import HubSpot
from hubspot.crm import associations, companies, contacts, deals, line_items, owners


def refusal(action: Callable[[], Any]) -> list[Any]:
    """The status of a call that must be refused, and its category; the kind of text where it is no JSON."""
    try:
        action()
    except (deals.ApiException, contacts.ApiException, companies.ApiException, owners.ApiException) as refused:
        media = refused.headers["content-type"].partition(";")[0]
        told = json.loads(refused.body).get("category", "") if media == "application/json" else media
        return [refused.status, told]
    return []


def link(row_id: str, type_id: int, package: Any) -> Any:
    """An association of a new row, in the words of one of the client's packages."""
    spec = package.AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=type_id)
    return package.PublicAssociationsForObject(to=package.PublicObjectId(id=row_id), types=[spec])


def enter(client: HubSpot) -> dict[str, str]:
    """Company, deal and lines, and the change that wins it."""
    company = client.crm.companies.basic_api.create(
        companies.SimplePublicObjectInputForCreate(properties={"name": "Northwind", "country_code": "FR"})
    )
    deal = client.crm.deals.basic_api.create(
        deals.SimplePublicObjectInputForCreate(
            properties={"dealname": "Managed cloud", "amount": "1240000.10", "closedate": "2026-11-20"},
            associations=[link(company.id, 5, deals)],
        )
    )
    for name, price in (("Onboarding", "240000.10"), ("Service", "1000000")):
        client.crm.line_items.basic_api.create(
            line_items.SimplePublicObjectInputForCreate(
                properties={"name": name, "price": price, "quantity": "1"}, associations=[link(deal.id, 20, line_items)]
            )
        )
    client.crm.deals.basic_api.update(deal.id, deals.SimplePublicObjectInput(properties={"dealstage": "closedwon"}))
    return {"company": company.id, "deal": deal.id}


def read(client: HubSpot, ids: dict[str, str]) -> dict[str, Any]:
    """The deal by its id, by search and in a batch, with what belongs to it."""
    names = ["dealname", "amount", "hs_is_closed_won"]
    one = client.crm.deals.basic_api.get_by_id(ids["deal"], properties=names, associations=["companies", "line_items"])
    won = deals.Filter(property_name="hs_is_closed_won", operator="EQ", value="true")
    found = client.crm.deals.search_api.do_search(
        deals.PublicObjectSearchRequest(
            filter_groups=[deals.FilterGroup(filters=[won])],
            properties=names,
            sorts=["hs_object_id"],
            limit=200,
            after="0",
        )
    )
    batch = client.crm.deals.batch_api.read(
        deals.BatchReadInputSimplePublicObjectId(
            inputs=[deals.SimplePublicObjectId(id=row_id) for row_id in (ids["deal"], "5")],
            properties=names,
            properties_with_history=[],
        )
    )
    linked = client.crm.associations.v4.batch_api.get_page(
        "deals",
        "line_items",
        associations.v4.BatchInputPublicFetchAssociationsBatchRequest(
            inputs=[associations.v4.PublicFetchAssociationsBatchRequest(id=ids["deal"])]
        ),
    )
    return {
        "one": one.properties["amount"],
        "associations": {name: len(value.results) for name, value in one.associations.items()},
        "found": [found.total, [row.id for row in found.results]],
        "batch": [batch.status, len(batch.results), batch.num_errors, batch.errors[0].category],
        "lines": len(linked.results[0].to),
        "types": [kind.type_id for kind in linked.results[0].to[0].association_types],
    }


def keyed(client: HubSpot) -> list[Any]:
    """Upserts by a unique property: new the first time, and the same row the second."""
    rows = [
        client.crm.companies.batch_api.upsert(
            companies.BatchInputSimplePublicObjectBatchInputUpsert(
                inputs=[
                    companies.SimplePublicObjectBatchInputUpsert(
                        id_property="firm_key", id="C-1", properties={"name": name}
                    )
                ]
            )
        ).results[0]
        for name in ("First", "Second")
    ]
    return [[row.new for row in rows], len({row.id for row in rows}), rows[1].properties["name"]]


def refused(client: HubSpot, address: str) -> dict[str, list[Any]]:
    """What the client makes of the account's refusals."""
    stranger = HubSpot(access_token="pat-na1-00000000-0000-0000-0000-000000000000", host=address)
    wrong = deals.SimplePublicObjectInputForCreate(properties={"nothing": "x"})
    contact = contacts.SimplePublicObjectInputForCreate(properties={"email": "claire@northwind.example"})
    client.crm.contacts.basic_api.create(contact)
    return {
        "property": refusal(lambda: client.crm.deals.basic_api.create(wrong)),
        "absent": refusal(lambda: client.crm.deals.basic_api.get_by_id("5")),
        "twin": refusal(lambda: client.crm.contacts.basic_api.create(contact)),
        "token": refusal(stranger.crm.deals.basic_api.get_page),
        "malformed": refusal(HubSpot(access_token="x", host=address).crm.owners.owners_api.get_page),
        "limit": refusal(lambda: client.crm.deals.basic_api.get_page(limit=101)),
    }


def main() -> None:
    """Do it all and print what came of it."""
    address, token = sys.argv[1:]
    client = HubSpot(access_token=token, host=address)
    told: dict[str, Any] = enter(client)
    told["read"] = read(client, told)
    told["keyed"] = keyed(client)
    told["refused"] = refused(client, address)
    first = client.crm.line_items.basic_api.get_page(limit=1)
    last = client.crm.line_items.basic_api.get_page(limit=1, after=first.paging.next.after)
    told["pages"] = [[row.properties["name"] for row in page.results] for page in (first, last)]
    told["end"] = last.paging is None
    told["owner"] = client.crm.owners.owners_api.get_by_id(71, id_property="id", archived=False).email
    told["stages"] = len(client.crm.pipelines.pipelines_api.get_all("deals").results[0].stages)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
