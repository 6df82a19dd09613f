"""What a person is told when a case is to be taken back and a pivot stands in the way."""

from __future__ import annotations

from typing import Final

from contracts.canonical.casework import Cause, FixField
from kit.durable.fault import Fault

REVERSED_BY: Final = "reversed_by"


def refused(label: str, *, reason: str) -> Fault:
    """The exception that stands until the pivot was reversed by a document of its own."""
    return Fault(
        code="UNWIND_REFUSED",
        title="The case cannot be taken back by itself",
        detail=f"{label} stands and is never taken back; wanted because: {reason}",
        hint="Reverse it in the system concerned by a document of its own, then name that document.",
        owner_role="operations",
        cause=Cause.DATA_QUALITY,
        form=[FixField(name=REVERSED_BY, label="Number of the reversing document")],
    )
