"""Organizations of the trading community; their customer accounts are kept by a service of another kind."""

from __future__ import annotations

from typing import Final

from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.schema import Resource, attributes
from system_apis.oracle_fusion.simulator.state import Pod, Row


def named(pod: Pod, row: Row) -> None:
    """A new organization has its id, and its lineage must be known."""
    row.values["PartyId"] = pod.identifier()
    if not row["SourceSystem"]:
        raise invalid("JBO-27014", "Attribute SourceSystem in Organization is required.", path="/SourceSystem")
    if row["SourceSystem"] not in pod.setup["source_systems"]:
        raise invalid("ZCA-810", f"Source system {row['SourceSystem']} is not valid.", path="/SourceSystem")
    for relationship in row.below("Relationship"):
        related(pod, relationship)


def related(pod: Pod, row: Row) -> None:
    """A relationship names an organization that stands."""
    if not pod.where("hubOrganizations", PartyNumber=row["ObjectPartyNumber"]):
        text = f"Party number {row['ObjectPartyNumber']} is not valid."
        raise invalid("ZCA-812", text, path="/Relationship/ObjectPartyNumber")


RELATIONSHIP: Final = Resource(
    name="Relationship",
    key="RelationshipRecordId",
    attributes=attributes(
        "RelationshipRecordId:int- ObjectPartyNumber:text!^ RelationshipType:text!^ RelationshipCode:text!^"
    ),
    created=related,
)
ORGANIZATIONS: Final = Resource(
    name="hubOrganizations",
    key="PartyNumber",
    attributes=attributes(
        "PartyId:int- PartyNumber:text- OrganizationName:text! SourceSystem:text^ SourceSystemReferenceValue:text!^"
        " Status:text Country:text AddressLine1:text City:text PostalCode:text State:text EmailAddress:text"
        " TaxpayerIdentificationNumber:text PreferredCurrency:text"
    ),
    children={"Relationship": RELATIONSHIP},
    methods=frozenset({"GET", "POST", "PATCH"}),
    unique=(("SourceSystem", "SourceSystemReferenceValue"),),
    created=named,
)
