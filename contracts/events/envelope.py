"""The CloudEvents 1.0 envelope every event travels in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from msgspec import Struct


class CloudEvent(Struct, frozen=True, kw_only=True):
    """One event. (`source`, `id`) is unique; `subject` is the business key; `traceparent` joins it to its trace."""

    id: str
    source: str
    type: str
    subject: str
    time: dt.datetime
    data: Any
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    tenant: str = ""
    traceparent: str = ""
