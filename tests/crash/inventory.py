"""What the simulated vendors hold, in the words of the evidence.

Keys are business keys or, where a vendor has none, names.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from tests.crash.evidence import Deal, Record

State = Mapping[str, Any]

_DEAL: Final = re.compile(r"(?:prj|bsc|rc|phs|stf)-([0-9A-Za-z]{18})")
_ERP_KINDS: Final = ("customer", "job", "projectTask", "salesOrder")


def deals(crm: State) -> list[Deal]:
    """The won deals with what each should have become."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, field in (("OpportunityLineItem", "OpportunityId"), ("Deal_Milestone__c", "Opportunity__c")):
        for row in crm.get(name, []):
            counted[row[field]]["phases"] += 1
    for row in crm.get("Staffing_Need__c", []):
        counted[row["Opportunity__c"]]["people"] += 1
    return [
        Deal(deal_id=row["Id"], amount=Decimal(row["Amount"]), becomes=_becomes(counted[row["Id"]]))
        for row in crm.get("Opportunity", [])
        if row["IsWon"]
    ]


def _becomes(counted: Counter[str]) -> dict[str, int]:
    return {
        "erp job": 1,
        "erp salesOrder": 1,
        "erp projectTask": counted["phases"],
        "psa workspace": 1,
        "psa story": counted["phases"],
        "psa rate card set": 1,
        "psa resource": counted["people"],
        "psa allocation": counted["people"],
        "psa resource request": counted["people"],
    }


def orders(erp: State) -> dict[str, Decimal]:
    """What is ordered for each deal: the sum of the lines of its orders."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in erp["records"].get("salesOrder", []):
        lines = order["item"]["items"]
        totals[_deal_of(order.get("externalId", ""))] += sum(
            (Decimal(str(line["amount"])) for line in lines), Decimal(0)
        )
    return dict(totals)


def in_erp(erp: State) -> Iterator[Record]:
    """The records of the ERP by external id; one without is an orphan."""
    for kind in _ERP_KINDS:
        for row in erp["records"].get(kind, []):
            key = row.get("externalId") or ""
            yield Record(
                system="erp",
                kind=kind,
                key=key or f"without key, id {row['id']}",
                deal_id=_deal_of(key),
                orphan=not key,
            )


def in_psa(psa: State) -> Iterator[Record]:
    """The records of the PSA by name within their workspace: its own ids differ between two that are the same."""
    pointed = {(each["subject_type"], each["subject_id"]): each for each in _rows(psa, "external_references")}
    names = {row["id"]: row["title"] for row in _rows(psa, "workspaces")}
    of_deal = {
        each["subject_id"]: _deal_of(each["service_model_ref"])
        for (subject, _), each in pointed.items()
        if subject == "Workspace"
    }
    resources = {row["id"]: row for row in _rows(psa, "workspace_resources")}
    for row in _rows(psa, "workspace_groups"):
        yield Record(system="psa", kind="client", key=row["name"], orphan=("WorkspaceGroup", row["id"]) not in pointed)
    for row in _rows(psa, "workspaces"):
        orphan = ("Workspace", row["id"]) not in pointed
        yield Record(
            system="psa", kind="workspace", key=row["title"], deal_id=of_deal.get(row["id"], ""), orphan=orphan
        )
    for row in _rows(psa, "stories"):
        space = row["workspace_id"]
        key = f"{names.get(space, space)}/{row['title']}"
        orphan = ("Story", row["id"]) not in pointed
        yield Record(system="psa", kind="story", key=key, deal_id=of_deal.get(space, ""), orphan=orphan)
    for row in _rows(psa, "rate_card_sets"):
        if not row.get("account_default"):
            yield Record(system="psa", kind="rate card set", key=row["title"], deal_id=_deal_of(row["title"]))
    for row in _rows(psa, "rate_card_roles"):
        yield Record(system="psa", kind="rate", key=f"{row['rate_card_version_id']}/{row['role_id']}")
    for row in resources.values():
        space = row["workspace_id"]
        key = f"{names.get(space, space)}/{row['role_name']}"
        orphan = ("WorkspaceResource", row["id"]) not in pointed
        yield Record(system="psa", kind="resource", key=key, deal_id=of_deal.get(space, ""), orphan=orphan)
    for row in _rows(psa, "workspace_allocations"):
        orphan = ("WorkspaceAllocation", row["id"]) not in pointed
        deal = of_deal.get(row["workspace_id"], "")
        yield Record(
            system="psa", kind="allocation", key=_of_resource(row, resources, names), deal_id=deal, orphan=orphan
        )
    for row in _rows(psa, "resource_requests"):
        resource = resources.get(row["resource_id"], {})
        deal = of_deal.get(resource.get("workspace_id", ""), "")
        yield Record(
            system="psa",
            kind="resource request",
            key=_of_resource(row, resources, names),
            deal_id=deal,
            orphan=not resource,
        )
    for each in _rows(psa, "external_references"):
        key = f"{each['service_model']} {each['service_model_ref']} {each['subject_type']}"
        yield Record(system="psa", kind="reference", key=key)


def _of_resource(row: State, resources: Mapping[str, State], names: Mapping[str, str]) -> str:
    resource = resources.get(row["resource_id"])
    if resource is None:
        return f"of no resource, id {row['id']}"
    return f"{names.get(resource['workspace_id'], '')}/{resource['role_name']}"


def _rows(state: State, table: str) -> list[Any]:
    return list(state.get(table, {}).values())


def _deal_of(key: str) -> str:
    found = _DEAL.search(key)
    return found.group(1) if found else ""
