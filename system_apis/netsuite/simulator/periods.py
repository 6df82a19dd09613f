"""Accounting periods: what posts does so in an open one."""

from __future__ import annotations

import datetime as dt

from system_apis.netsuite.simulator.refusal import Refusal
from system_apis.netsuite.simulator.state import Account


def open_period(account: Account, day: dt.date) -> str:
    """The internal id of the period that a transaction of that day posts in; refused when it is closed or missing."""
    for period in account.all("accountingPeriod"):
        held = period.values
        if any(held.get(kind) for kind in ("isQuarter", "isYear", "isAdjust")):
            continue
        if held["startDate"] <= day <= held["endDate"]:
            if held.get("closed") or held.get("arLocked"):
                name = held["periodName"]
                raise _refused(f"The accounting period {name} is closed or locked. Select a date in an open period.")
            return period.id
    raise _refused("The transaction date you specified is not within the date range of your accounting period.")


def _refused(reason: str) -> Refusal:
    return Refusal(400, "USER_ERROR", f"Error while accessing resource: {reason}", path="tranDate")
