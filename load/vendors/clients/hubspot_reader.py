"""Reads a deal with the vendor's own client: itself, what belongs to it, and those rows."""

from hubspot import HubSpot
from hubspot.crm import objects
from hubspot.crm.associations import v4
from repeated import asked, repeated

given = asked()
token = given["person"]["headers"]["Authorization"].removeprefix("Bearer ")
client = HubSpot(access_token=token, host=given["url"])
PARTS = {
    "companies": ["name", "country_code", "currency_code", "tax_code", "vat_number", "billing_email"],
    "line_items": ["name", "amount", "service_start", "service_end", "billing_method", "phase", "delivery_country"],
    "p_deal_milestone": ["name", "share", "due_on"],
    "p_agreed_rate": ["role", "country", "hourly_rate", "effective_from", "currency"],
    "p_staffing_need": ["role", "country", "hours", "starts_on", "ends_on"],
}
DEAL = ["dealname", "hs_is_closed_won", "closedate", "amount", "deal_currency_code", "legal_entity", "service_line"]


def deal() -> int:
    """The deal, then for each kind which rows belong to it, and those; how many rows came."""
    key, found = given["key"], 1
    client.crm.deals.basic_api.get_by_id(key, properties=DEAL)
    wanted = v4.BatchInputPublicFetchAssociationsBatchRequest(inputs=[v4.PublicFetchAssociationsBatchRequest(id=key)])
    for kind, names in PARTS.items():
        linked = client.crm.associations.v4.batch_api.get_page("deals", kind, wanted)
        ids = [to.to_object_id for result in linked.results for to in result.to]
        inputs = [objects.SimplePublicObjectId(id=row_id) for row_id in ids]
        asking = objects.BatchReadInputSimplePublicObjectId(inputs=inputs, properties=names, properties_with_history=[])
        found += len(client.crm.objects.batch_api.read(kind, asking).results)
    return found


repeated(deal, rows=21, seconds=given["seconds"])
