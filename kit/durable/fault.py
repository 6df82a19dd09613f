"""What a step is handed, and the ways in which a step or a road says that it cannot go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct, field

from contracts.canonical.casework import Cause, FixField


@dataclass(frozen=True, slots=True)
class Effect:
    """The identity of one effect on the world; every step is handed one as its first argument.

    `key` holds only `[A-Za-z0-9_-]` and is the same for every attempt, replay and undo of the effect: send it
    as the vendor's external id. `attempt` counts calls from 1. `fixes` are the answers that people gave so far
    to exceptions of this case, the latest answer to a name winning.
    """

    key: str
    case_id: str
    tenant: str
    business_key: str
    attempt: int
    revision: int
    fixes: Mapping[str, str]


class Fault(Struct, frozen=True, kw_only=True):
    """One business problem that a person has to solve; `due_in_h` is in hours from the moment it is raised.

    `form` asks for the answers that the step will find in `Effect.fixes`; an empty form means "try again".
    """

    code: str
    title: str
    detail: str
    hint: str = ""
    owner_role: str = "operations"
    cause: Cause = Cause.DATA_QUALITY
    context: dict[str, str] = field(default_factory=dict)
    form: list[FixField] = field(default_factory=list)
    due_in_h: float = 24.0


class Held(Exception):
    """Raised by a step: business problems keep it from acting; all of them at once, so that a person is asked once."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        if not faults:
            message = "a step is held by at least one fault"
            raise ValueError(message)
        self.faults = faults


class Unwind(Exception):
    """Raised by a road: take back what was done, last first. Refused once a pivot stands."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
