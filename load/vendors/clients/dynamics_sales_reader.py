"""Reads a deal with Microsoft's client for Dataverse: itself with its customer, and what belongs to it."""

from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from repeated import asked, repeated

given = asked()
config = given["config"]
ACCOUNT = "customerid_account($select=name,address1_city,sluice_countrycode,sluice_taxcode,sluice_vatnumber)"
DEAL = ["name", "statecode", "actualclosedate", "totalamount", "totaltax", "sluice_legalentity", "sluice_serviceline"]
LINE = ["productdescription", "extendedamount", "tax", "sluice_startson", "sluice_endson", "sluice_billingmethod"]
PARTS = {
    "sluice_milestone": ["sluice_name", "_sluice_line_value", "sluice_percent", "sluice_dueon"],
    "sluice_rateentry": ["sluice_role", "sluice_country", "sluice_hourlyrate", "sluice_effectivefrom"],
    "sluice_staffingneed": ["sluice_role", "sluice_country", "sluice_hours", "sluice_startson", "sluice_endson"],
}


def deal(client: DataverseClient) -> int:
    """The deal, then lines, milestones, rates and demand; how many rows came."""
    key, found = given["key"], 1
    client.records.retrieve("opportunity", key, select=DEAL, expand=[ACCOUNT])
    mine = {"opportunityproduct": (LINE, "_opportunityid_value")}
    mine |= {name: (names, "_sluice_opportunity_value") for name, names in PARTS.items()}
    for name, (names, column) in mine.items():
        found += len(list(client.records.list(name, select=names, filter=f"{column} eq {key}")))
    return found


credential = ClientSecretCredential(
    config["tenant_id"],
    config["client_id"],
    config["client_secret"],
    authority=given["safe_url"],
    disable_instance_discovery=True,
)
with DataverseClient(given["safe_url"], credential) as opened:
    repeated(lambda: deal(opened), rows=20, seconds=given["seconds"])
