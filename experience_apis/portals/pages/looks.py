"""How states look: a class of the sheet for each. The word always stands beside the colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.posting import BookedState
from contracts.experience.portals import Light
from contracts.process.change_requests import ChangeState
from contracts.process.client_billing import AcceptanceState, DisputeState
from contracts.process.engagements import EngagementState

LOOKS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "light": {Light.GREEN: "good", Light.AMBER: "warn", Light.RED: "bad"},
        "milestone": {
            AcceptanceState.OPEN: "",
            AcceptanceState.DECLINED: "warn",
            AcceptanceState.ACCEPTED: "good",
            AcceptanceState.BILLED: "good",
        },
        "engagement": {
            EngagementState.PREPARING: "",
            EngagementState.WAITING: "warn",
            EngagementState.ACTIVE: "good",
            EngagementState.CANCELLED: "bad",
        },
        "payment": {
            BookedState.DRAFT: "",
            BookedState.POSTED: "",
            BookedState.PARTLY_PAID: "warn",
            BookedState.PAID: "good",
            BookedState.VOIDED: "",
        },
        "dispute": {
            DisputeState.OPEN: "warn",
            DisputeState.UPHELD: "good",
            DisputeState.PARTLY_UPHELD: "good",
            DisputeState.REJECTED: "bad",
            DisputeState.WITHDRAWN: "",
        },
        "change": {
            ChangeState.OPEN: "warn",
            ChangeState.APPROVED: "good",
            ChangeState.REJECTED: "bad",
            ChangeState.WITHDRAWN: "",
        },
    }
)
