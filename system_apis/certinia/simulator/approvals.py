"""The platform's approval process over timecards: submitted, approved, rejected or taken back, locked meanwhile."""

from typing import Any, Final

from kit.sandbox.force import Answer, Call, Org, Refusal, Route

from .timecards import pending, settle
from .triggers import keep_history

Row = dict[str, Any]

_AFTER: Final = {
    "Approve": ("Approved", "Approved"),
    "Reject": ("Rejected", "Rejected"),
    "Removed": ("Removed", "Saved"),
}


def _process(org: Org, call: Call, parts: tuple[str, ...]) -> Answer:
    """Answer each request in its place; one that fails does not stop the others, and the whole is 400 then."""
    del parts
    requests = call.json().get("requests")
    if not isinstance(requests, list) or not requests:
        raise Refusal(400, "JSON_PARSER_ERROR", "The HTTP entity body is required: requests")
    results: list[Row] = []
    for request in requests:
        try:
            results.append(_one(org, request))
        except Refusal as refusal:
            results.append(refusal.saved())
    return Answer(200 if all(result["success"] for result in results) else 400, results)


def _one(org: Org, request: Row) -> Row:
    action, context = str(request.get("actionType", "")), str(request.get("contextId", ""))
    if action == "Submit":
        return _submitted(org, org.store.need(org.store.schema.entities["pse__Timecard_Header__c"], context))
    if action not in _AFTER:
        raise Refusal(400, "INVALID_OPERATION", f"invalid action type: {action}", fields=())
    return _decided(org, context, action)


def _submitted(org: Org, row: Row) -> Row:
    if pending(org.store, row) is not None:
        raise Refusal(400, "ALREADY_IN_PROCESS", "Cannot submit object already in process.", fields=())
    if row["pse__Status__c"] not in {"Saved", "Rejected"}:
        raise Refusal(400, "NO_APPLICABLE_PROCESS", "No applicable approval process was found.", fields=())
    _move(org, row, "Submitted")
    instance = org.store.add(
        "ProcessInstance", {"TargetObjectId": row["Id"], "Status": "Pending", "SubmittedById": org.store.actor}
    )
    item = org.store.add(
        "ProcessInstanceWorkitem", {"ProcessInstanceId": instance["Id"], "ActorId": row["pse__Approver__c"]}
    )
    return _told(row, instance, [item["Id"]])


def _decided(org: Org, context: str, action: str) -> Row:
    item = org.store.find("ProcessInstanceWorkitem", context)
    instance = org.store.find("ProcessInstance", item["ProcessInstanceId"]) if item else None
    row = org.store.find("pse__Timecard_Header__c", instance["TargetObjectId"]) if instance else None
    if item is None or instance is None or row is None:
        raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    instance["Status"], status = _AFTER[action]
    item["IsDeleted"] = True
    org.store.touch(instance)
    _move(org, row, status)
    return _told(row, instance, [])


def _move(org: Org, row: Row, status: str) -> None:
    values: Row = {
        "pse__Status__c": status,
        "pse__Submitted__c": status in {"Submitted", "Approved"},
        "pse__Approved__c": status == "Approved",
    }
    if status == "Approved":
        values["pse__Approver__c"] = org.store.actor
    keep_history(org.store, row, values)
    row |= values
    org.store.touch(row)
    settle(org.store, row)


def _told(row: Row, instance: Row, items: list[str]) -> Row:
    return {
        "actorIds": [row["pse__Approver__c"]] if items and row["pse__Approver__c"] else [],
        "entityId": row["Id"],
        "errors": None,
        "instanceId": instance["Id"],
        "instanceStatus": instance["Status"],
        "newWorkitemIds": items,
        "success": True,
    }


ROUTES: Final = (Route("POST", "/process/approvals", _process),)
