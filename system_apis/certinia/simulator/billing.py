"""Billing events: an invoice number written on one reaches the timecards and milestones that it bills."""

from typing import Any, Final

from kit.sandbox.force import Rows

Row = dict[str, Any]

_TOLD: Final = ("pse__Invoiced__c", "pse__Invoice_Number__c", "pse__Invoice_Date__c")


def settle_item(store: Rows, row: Row) -> None:
    """An item takes its split and its milestone as billed."""
    event = store.find("pse__Billing_Event__c", row["pse__Billing_Event__c"])
    if event is not None and not row["IsDeleted"]:
        _bill(store, event, row)


def settle_event(store: Rows, row: Row) -> None:
    """Invoice flags and number go on to everything that the event bills."""
    row["Name"] = row["Name"] or f"BE-{row['Id'][9:15]}"
    for item in [i for i in store.rows("pse__Billing_Event_Item__c") if i["pse__Billing_Event__c"] == row["Id"]]:
        _bill(store, row, item)


def _bill(store: Rows, event: Row, item: Row) -> None:
    told = {"pse__Billed__c": True} | {name: event[name] for name in _TOLD}
    split = store.find("pse__Timecard__c", item["pse__Timecard_Split__c"])
    if split is not None:
        split |= {"pse__Billed__c": True, "pse__Invoiced__c": event["pse__Invoiced__c"]}
        split["pse__Billing_Event_Item__c"] = item["Id"]
        store.touch(split)
    for name, row_id in (
        ("pse__Timecard_Header__c", split["pse__Timecard_Header__c"] if split else None),
        ("pse__Milestone__c", item["pse__Milestone__c"]),
    ):
        source = store.find(name, row_id)
        if source is not None:
            source |= told
            store.touch(source)
