"""Asks people until somebody decides: silence is not consent, and nobody is named where nobody has to decide."""

from __future__ import annotations

from typing import Final

from contracts.canonical.casework import FixField
from kit.durable import ApprovalRequest, Effect, Held, Unwind, ask, step
from process_apis.time_to_bill.catalogue import fault

_ANSWER: Final = "yes"


class Patient:
    """The step at which a case waits after nobody decided in time."""

    @step()
    async def hold_for_decision(self, effect: Effect, about: str, asked: int) -> None:
        """Let a person see to it that somebody decides, when nobody did in time; `asked` counts from 1.

        Raises:
            Held: until a person says that it may be asked again.

        """
        answer = f"ask_again_{asked}"
        if effect.fixes.get(answer) != _ANSWER:
            form = (FixField(name=answer, label="Ask again?", choices=[_ANSWER]),)
            detail = f"What has to be decided about {about} was not decided in time."
            raise Held(fault("APPROVAL_EXPIRED", detail, context={"about": about}, form=form))


async def decided(steps: Patient, about: str, request: ApprovalRequest | None) -> str:
    """Who decided, for it.

    Raises:
        Unwind: it was refused.

    """
    if request is None:
        return ""
    asked = 1
    while (decision := await ask(request)).expired:
        await steps.hold_for_decision(about, asked)
        asked += 1
    if not decision.approved:
        raise Unwind(f"Refused by {decision.decided_by}: {decision.comment}")
    return decision.decided_by
