"""How states look: a class of the sheet for each. The word always stands beside the colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.webhooks import DeliveryState, EndpointState
from contracts.experience.partners import BillingState, ProjectState, RequestState

LOOKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "project": {
            ProjectState.PREPARING: "",
            ProjectState.WAITING: "warn",
            ProjectState.ACTIVE: "good",
            ProjectState.CANCELLED: "bad",
        },
        "request": {RequestState.OPEN: "warn", RequestState.ACKNOWLEDGED: "good"},
        "billing": {BillingState.PLANNED: "", BillingState.BOOKED: "good"},
        "endpoint": {
            EndpointState.ACTIVE: "good",
            EndpointState.PAUSED: "",
            EndpointState.FAILING: "warn",
            EndpointState.DISABLED: "bad",
        },
        "delivery": {DeliveryState.PENDING: "warn", DeliveryState.DELIVERED: "good", DeliveryState.FAILED: "bad"},
    }
)
