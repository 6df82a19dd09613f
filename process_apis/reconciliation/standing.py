"""What becomes of a break from one run to the next: new, still there, explained, come back, gone. Pure."""

from __future__ import annotations

from msgspec import Struct

from contracts.canonical.reconciliation import BreakClass, BreakState, ObjectKind, ThreeColumns
from process_apis.reconciliation.catalogue import owner_of
from process_apis.reconciliation.explaining import break_id_of, columns, explanation, fingerprint
from process_apis.reconciliation.rules import Finding


class Found(Struct, frozen=True, kw_only=True):
    """What a run says of a break, as it is kept."""

    break_id: str
    row: ThreeColumns
    break_class: BreakClass
    systems: list[str]
    explanation: str
    owner_role: str
    fingerprint: str
    in_flight: bool
    difference: str = ""
    currency: str = ""
    hours: str = ""
    deal: str = ""
    said_on: str = ""

    @property
    def kind(self) -> ObjectKind:
        """What kind of thing breaks."""
        return self.row.kind


class Known(Struct, frozen=True, kw_only=True):
    """How a break stood before a run."""

    state: BreakState
    fingerprint: str
    occurrence: int


class Next(Struct, frozen=True, kw_only=True):
    """How it stands after it; `anew` begins another occurrence, with a clock and a work item of its own."""

    state: BreakState
    occurrence: int
    anew: bool


def became(known: Known | None, found: Found) -> Next:
    """What becomes of a break that a run found.

    An explanation holds for what was seen when it was given; another difference opens the break anew. A break that is
    somebody's work stays so until it is gone, even if it looks as if it were in flight again.
    """
    fresh = BreakState.IN_FLIGHT if found.in_flight else BreakState.OPEN
    if known is None:
        return Next(state=fresh, occurrence=1, anew=True)
    if known.state is BreakState.EXPLAINED and known.fingerprint == found.fingerprint:
        return Next(state=BreakState.EXPLAINED, occurrence=known.occurrence, anew=False)
    if known.state in {BreakState.EXPLAINED, BreakState.RESOLVED}:
        return Next(state=fresh, occurrence=known.occurrence + 1, anew=True)
    state = BreakState.OPEN if known.state is BreakState.OPEN else fresh
    return Next(state=state, occurrence=known.occurrence, anew=False)


def found_of(finding: Finding) -> Found:
    """A finding in words."""
    told = [one.told for each in finding.sums for one in each.records]
    return Found(
        break_id=break_id_of(finding),
        row=columns(finding.kind, finding.key, finding.sums),
        break_class=finding.break_class,
        systems=list(finding.systems),
        explanation=explanation(finding),
        owner_role=owner_of(finding.break_class),
        fingerprint=fingerprint(finding),
        in_flight=finding.in_flight,
        difference="" if finding.difference is None else f"{finding.difference:f}",
        currency=finding.currency if len(finding.currency) == len("EUR") else "",
        hours="" if finding.hours is None else f"{finding.hours:f}",
        deal=next((each.deal for each in told if each.deal), ""),
        said_on=max((each.said_on for each in told), default=""),
    )


def shown_class(broken: BreakClass, state: BreakState) -> BreakClass:
    """The class a person reads: what is in flight is a matter of time, whatever it would be if it stayed."""
    return BreakClass.TIMING if state is BreakState.IN_FLIGHT else broken
