"""Who may trade with whom: customers, their projects, and the subsidiaries that sell to them."""

from __future__ import annotations

from system_apis.netsuite.simulator.refusal import invalid_value
from system_apis.netsuite.simulator.state import Account, Record


def subsidiaries_of(account: Account, customer: Record) -> set[str]:
    """The subsidiaries a customer may trade with."""
    links = account.all("customerSubsidiaryRelationship")
    more = {link.values["subsidiary"] for link in links if link.values["entity"] == customer.id}
    return {customer.values["subsidiary"], *more}


def check_trades(account: Account, customer: Record, subsidiary_id: str) -> None:
    """Refuse a subsidiary that the customer does not trade with."""
    if subsidiary_id not in subsidiaries_of(account, customer):
        raise invalid_value(subsidiary_id, field="subsidiary", path="subsidiary")


def customer_of(account: Account, entity_id: str) -> Record:
    """The customer, also of a project."""
    job = account.tables.get("job", {}).get(entity_id)
    return account.tables["customer"][job.values["parent"] if job else entity_id]
