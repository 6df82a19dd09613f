"""Every resource by the root it is under; lists of values are filled by whoever sets the pod up."""

from __future__ import annotations

from typing import Final

from system_apis.oracle_fusion.simulator.billing import CONTRACTS, EVENTS
from system_apis.oracle_fusion.simulator.ledger import RECEIPTS
from system_apis.oracle_fusion.simulator.parties import ORGANIZATIONS
from system_apis.oracle_fusion.simulator.projects import PROJECTS
from system_apis.oracle_fusion.simulator.receivables import INVOICE_RESOURCE, MEMO_RESOURCE
from system_apis.oracle_fusion.simulator.schema import Resource, attributes


def _values(name: str, key: str, text: str) -> Resource:
    return Resource(name=name, key=key, attributes=attributes(text), methods=frozenset({"GET"}))


LISTS: Final = (
    _values(
        "legalEntitiesLOV", "LegalEntityId", "LegalEntityId:int- LegalEntityIdentifier:text- Name:text- Country:text-"
    ),
    _values("finBusinessUnitsLOV", "BusinessUnitId", "BusinessUnitId:int- BusinessUnitName:text- PrimaryLedgerId:int-"),
    _values("ledgersLOV", "LedgerId", "LedgerId:int- Name:text- CurrencyCode:text-"),
    _values("currenciesLOV", "CurrencyCode", "CurrencyCode:text- Name:text-"),
    _values("taxClassificationsLOV", "LookupCode", "LookupCode:text- Meaning:text-"),
)
_ALL: Final = (PROJECTS, CONTRACTS, EVENTS, INVOICE_RESOURCE, MEMO_RESOURCE, RECEIPTS, *LISTS)
FSCM: Final = {resource.name: resource for resource in _ALL}
CRM: Final = {ORGANIZATIONS.name: ORGANIZATIONS}
