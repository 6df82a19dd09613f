"""The vendor's words as the vendor spells them; what we do not know passes. Columns of reports are the tenant's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct, field

Row = dict[str, Any]
"""A row of a report: strings under the tenant's names; a group is an object, or a list of several."""


class Granted(Struct, frozen=True):
    """A token answer; it does not tell when the token ends."""

    access_token: str
    refresh_token: str | None = None


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """What is wrong with one parameter."""

    error: str = ""
    field: str = ""
    location: str = ""


class VendorError(Struct, frozen=True, kw_only=True):
    """A refusal of REST, of a report or of the token endpoint."""

    error: str = ""
    code: str = ""
    errors: list[ErrorDetail] = []


class Report(Struct, frozen=True):
    """A report, whole."""

    rows: list[Row] = field(name="Report_Entry")


class StaffingWorker(Struct, frozen=True):
    """A worker of the staffing service; little of it is there for every user."""

    wid: str = field(name="id")
    worker_id: str = field(name="workerId", default="")


class LoggedWorker(Struct, frozen=True, kw_only=True):
    """A worker whom the transaction log names, with the entry moment of the last transaction, where it tells one."""

    wid: str
    worker_id: str
    entered_at: dt.datetime | None = None


class LogPage(Struct, frozen=True, kw_only=True):
    """A page of workers, and of how many in all."""

    workers: list[LoggedWorker]
    total: int
    pages: int
