"""What a person does at the tenant's own screen: hire, change, end and take back, time off and cost rates.

Programs that are let in by these users only read; the screen is how the people of a story come to be.
"""

import datetime as dt
from typing import Any

from .errors import Refusal, unknown
from .state import Person, Tenant


def perform(tenant: Tenant, task: str, given: dict[str, Any]) -> dict[str, Any]:
    """Do one task; answers the ids of whom it was about."""
    try:
        if task == "request_time_off":
            return tenant.take_time_off(given)
        if task == "set_cost_rate":
            return tenant.set_rate(given)
        return _ids(_transaction(tenant, task, given))
    except (KeyError, ValueError):
        raise Refusal(400, "Invalid request", code="A160") from None


def _transaction(tenant: Tenant, task: str, given: dict[str, Any]) -> Person:
    if task == "hire":
        on = dt.date.fromisoformat(given["on"])
        return tenant.hire(given["values"], employee_id=given.get("employee_id", ""), on=on)
    if task == "change_job":
        on = dt.date.fromisoformat(given["on"]) if "on" in given else tenant.today()
        return tenant.change(given["employee_id"], given["values"], on=on)
    if task == "terminate":
        return tenant.terminate(given["employee_id"], last_day=dt.date.fromisoformat(given["last_day"]))
    if task == "rescind":
        return tenant.rescind(given["employee_id"])
    raise unknown()


def _ids(person: Person) -> dict[str, Any]:
    return {"id": person.wid, "employee_id": person.employee_id}
