"""Facts about partners' endpoints."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from contracts.canonical.field import Noun


class EndpointDisabled(Noun, frozen=True, kw_only=True):
    """An endpoint is told nothing more: it failed for too long or said that it is gone. `times` counts from 1."""

    TYPE: ClassVar[str] = "sluice.webhook.endpoint_disabled.v1"
    endpoint_id: str
    client_id: str
    origin: str
    reason: str
    failing_since: dt.datetime
    times: int
