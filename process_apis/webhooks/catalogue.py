"""The business problems of webhooks: who acts, by when, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import Cause
from kit.durable.catalogued import Entry

CATALOGUE: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "WEBHOOK_ENDPOINT_DISABLED": Entry(
            title="A partner's endpoint is told nothing more",
            owner_role="partner-platform",
            due_in_h=24,
            hint="Reach the partner. Resume the endpoint once it answers, then have what it missed replayed.",
            cause=Cause.API_FAILURE,
        ),
    }
)
