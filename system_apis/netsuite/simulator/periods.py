"""Accounting periods: what posts does so in an open one."""

from __future__ import annotations

import datetime as dt

from system_apis.netsuite.simulator.refusal import Refusal
from system_apis.netsuite.simulator.state import Account


def open_period(account: Account, day: dt.date) -> str:
    """The internal id of the period that a transaction of that day posts in; refused when it is closed or missing."""
    for period in account.all("accountingPeriod"):
        if period.values["startDate"] <= day <= period.values["endDate"]:
            if period.values.get("closed") is True:
                name = period.values["periodName"]
                raise _refused(f"The accounting period {name} is closed. Select a transaction date in an open period.")
            return period.id
    raise _refused("The transaction date you specified is not within the date range of your accounting period.")


def _refused(reason: str) -> Refusal:
    return Refusal(400, "USER_ERROR", f"Error while accessing resource: {reason}", path="tranDate")
