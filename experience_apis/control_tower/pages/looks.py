"""How states look: a class of the sheet for each. The word always stands beside the colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import CaseState, Cause, StepState
from contracts.canonical.governance import Severity

CASE_LOOKS: Final[Mapping[CaseState, str]] = MappingProxyType(
    {
        CaseState.RUNNING: "accent",
        CaseState.WAITING_APPROVAL: "warn",
        CaseState.EXCEPTION: "bad",
        CaseState.COMPLETED: "good",
        CaseState.UNWINDING: "warn",
        CaseState.UNWOUND: "quiet",
        CaseState.FAILED: "bad",
    }
)
STEP_LOOKS: Final[Mapping[StepState, str]] = MappingProxyType(
    {StepState.INTENDED: "warn", StepState.DONE: "good", StepState.UNDONE: "", StepState.FAILED: "bad"}
)
SEVERITY_LOOKS: Final[Mapping[Severity, str]] = MappingProxyType(
    {Severity.LOW: "", Severity.MEDIUM: "", Severity.HIGH: "warn", Severity.CRITICAL: "bad"}
)
CAUSE_LOOKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Cause.DATA_QUALITY: "bad",
        Cause.WAITING_APPROVAL: "warn",
        Cause.API_FAILURE: "bad",
        Cause.VENDOR_PROCESSING: "accent",
        Cause.OUR_QUEUEING: "quiet",
    }
)
