"""What was above a cap is looked at again, when the cap was raised or others made room for it (rule BIL-3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from contracts.canonical.actuals import Actual, CapVerdict, Chargeability, Side
from contracts.canonical.trade.ledger.lines import Refused, derived, found, next_revision, reversal


def released(
    lines: Sequence[Actual],
    actual_id: str,
    verdict: CapVerdict,
    *,
    released_on: dt.date,
    reason: str,
    decided_by: str,
) -> list[Actual]:
    """The lines that let what the caps now leave of an over-cap line be billed; none, when they leave nothing.

    Raises:
        Refused: REASON_MISSING; NOT_OVER_CAP; VERDICT_DIFFERS, when the caps were asked about another quantity;
            CAP_EXCEEDED, when one of them refuses; UNADJUSTABLE or ACTUAL_UNKNOWN.

    """
    if not reason or not decided_by:
        raise Refused("REASON_MISSING", "what is above a cap is released for a reason, by somebody")
    line = found(lines, actual_id)
    if line.side is not Side.UNBILLED_SALES or line.chargeability is not Chargeability.OVER_CAP:
        raise Refused("NOT_OVER_CAP", f"{actual_id} is {line.side.value}, {line.chargeability.value}")
    if verdict.code:
        raise Refused(verdict.code, f"cap {verdict.refused_by} refuses {actual_id}")
    if verdict.chargeable + verdict.over_cap != line.quantity:
        raise Refused("VERDICT_DIFFERS", "the caps were asked about another quantity")
    if not verdict.chargeable:
        return []
    revision = next_revision(lines, line)
    parts = ((Chargeability.CHARGEABLE, verdict.chargeable), (Chargeability.OVER_CAP, verdict.over_cap))
    return [
        reversal(line, accounting_date=released_on, reason=reason, decided_by=decided_by),
        *(
            derived(
                line,
                quantity=quantity,
                revision=revision,
                accounting_date=released_on,
                chargeability=chargeability,
                reason=reason,
                decided_by=decided_by,
            )
            for chargeability, quantity in parts
            if quantity
        ),
    ]
