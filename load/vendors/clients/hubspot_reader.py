"""Reads a deal with the vendor's own client as the room does: itself, what belongs to it, those rows, and its owner."""

from hubspot import HubSpot
from hubspot.crm import objects
from hubspot.crm.associations import v4
from repeated import asked, repeated

given = asked()
token = given["person"]["headers"]["Authorization"].removeprefix("Bearer ")
client = HubSpot(access_token=token, host=given["url"])
COMPANY = ["name", "country_code", "currency_code", "tax_code", "vat_number", "billing_email"]
PARTS = {
    "line_items": ["name", "amount", "service_start", "service_end", "billing_method", "phase", "delivery_country"],
    "p_deal_milestone": ["name", "share", "due_on"],
    "p_agreed_rate": ["role", "country", "hourly_rate", "effective_from", "currency"],
    "p_staffing_need": ["role", "country", "hours", "starts_on", "ends_on"],
}
OF_LINES = ("p_deal_milestone", "p_staffing_need")
DEAL = ["dealname", "hs_is_closed_won", "closedate", "amount", "deal_currency_code", "legal_entity", "delivery_owner"]


def linked(source: str, target: str, ids: list[str]) -> list[str]:
    """What belongs to rows, with labels."""
    asking = [v4.PublicFetchAssociationsBatchRequest(id=each) for each in ids]
    wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=asking)
    found = client.crm.associations.v4.batch_api.get_page(source, target, wanted)
    return [str(to.to_object_id) for result in found.results for to in result.to]


def rows(kind: str, ids: list[str], names: list[str]) -> int:
    """Rows by their ids; how many came."""
    inputs = [objects.SimplePublicObjectId(id=each) for each in ids]
    asking = objects.BatchReadInputSimplePublicObjectId(inputs=inputs, properties=names, properties_with_history=[])
    return len(client.crm.objects.batch_api.read(kind, asking).results)


def deal() -> int:
    """The deal, its companies, the rows that it told, whose line each is of, the owner; how many rows came."""
    key = given["key"]
    told = client.crm.deals.basic_api.get_by_id(key, properties=DEAL, associations=list(PARTS))
    found = 1 + rows("companies", linked("deals", "companies", [key]), COMPANY)
    beside = {name.replace(" ", "_"): page.results for name, page in told.associations.items()}
    for kind, names in PARTS.items():
        page = next(page for name, page in beside.items() if name.endswith(kind.removeprefix("p_")))
        ids = list(dict.fromkeys(each.id for each in page))
        found += rows(kind, ids, names)
        if kind in OF_LINES:
            linked(kind, "line_items", ids)
    client.crm.owners.owners_api.get_by_id(int(told.properties["delivery_owner"]))
    return found


repeated(deal, rows=21, seconds=given["seconds"])
