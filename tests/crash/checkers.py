"""What must hold after any storm. Each check is a pure function of the evidence and gives its findings in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from contracts.events.deal import ProjectProvisioned
from tests.crash.evidence import Acknowledged, Evidence

PROCESS: Final = "quote_to_project"
CLOSED_WELL: Final = "completed"
_TAKEN_BACK: Final = frozenset({"unwinding", "unwound"})
_DONE: Final = frozenset({"done", "undone"})


def lost(evidence: Evidence) -> list[str]:
    """A command that was acknowledged has its effect in the casebook."""
    started = {case.business_key for case in evidence.cases}
    answered = {asked.asked_id: asked for asked in evidence.asked}

    def held(each: Acknowledged) -> bool:
        if each.what in {"start", "won"}:
            return each.target in started
        asked = answered.get(each.target)
        return (
            asked is not None
            and asked.state != "open"
            and all(asked.answer.get(name) == value for name, value in each.said.items())
        )

    return [
        f"{each.what} of {each.target} was acknowledged and is nowhere"
        for each in evidence.acknowledged
        if not held(each)
    ]


def duplicated(evidence: Evidence) -> list[str]:
    """A business key has one record in a system, and one case; nothing stands in a system that nobody points to."""
    counted = Counter((each.system, each.kind, each.key) for each in evidence.records)
    several = [f"{system} holds {count} of {kind} {key}" for (system, kind, key), count in counted.items() if count > 1]
    orphans = [
        f"{each.system} holds {each.kind} {each.key}, to which nothing points"
        for each in evidence.records
        if each.orphan
    ]
    cases = Counter((case.process, case.business_key) for case in evidence.cases)
    twice = [f"{count} cases of {process} carry {key}" for (process, key), count in cases.items() if count > 1]
    return several + orphans + twice


def missing(evidence: Evidence) -> list[str]:
    """What a completed case should have made stands, every piece of it."""
    stands: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in evidence.records:
        stands[each.deal_id][f"{each.system} {each.kind}"] += 1
    completed = _completed(evidence)
    return [
        f"deal {deal.deal_id} should have {count} of {what} and has {stands[deal.deal_id][what]}"
        for deal in evidence.deals
        if deal.deal_id in completed
        for what, count in deal.becomes.items()
        if stands[deal.deal_id][what] != count
    ]


def untied(evidence: Evidence) -> list[str]:
    """The orders of a completed deal sum to its amount, to the cent."""
    completed = _completed(evidence)
    return [
        f"deal {deal.deal_id} was sold for {deal.amount} and is ordered for {ordered}"
        for deal in evidence.deals
        if deal.deal_id in completed and (ordered := evidence.orders.get(deal.deal_id, Decimal(0))) != deal.amount
    ]


def stuck(evidence: Evidence) -> list[str]:
    """A case is closed, or somebody is asked about it; no case failed."""
    waiting = {asked.case_id for asked in evidence.asked if asked.state == "open"}
    return [
        f"case {case.case_id} is {case.state} at {case.step} and nobody is asked"
        for case in evidence.cases
        if case.state == "failed" or (not case.closed and case.case_id not in waiting)
    ]


def retracted(evidence: Evidence) -> list[str]:
    """Nothing is taken back that nobody asked to take back; a storm asks for nothing."""
    return [
        f"case {case.case_id} is {case.state} at {case.step} and nobody cancelled it"
        for case in evidence.cases
        if case.state in _TAKEN_BACK
    ]


def unsettled(evidence: Evidence) -> list[str]:
    """The ledger of a completed case is done throughout: each step under one key, no key for two steps."""
    completed = {case.case_id for case in evidence.cases if case.state == CLOSED_WELL}
    entries = [entry for entry in evidence.ledger if entry.case_id in completed]
    undone = [
        f"{entry.step} of {entry.case_id} is {entry.state} in the ledger"
        for entry in entries
        if entry.state not in _DONE
    ]
    keys = Counter(entry.key for entry in entries)
    places = Counter((entry.case_id, entry.position) for entry in entries)
    shared = [f"the key {key} stands {count} times in the ledger" for key, count in keys.items() if count > 1]
    shared += [f"{case} has {count} keys at {place}" for (case, place), count in places.items() if count > 1]
    bare = [f"{case} completed with an empty ledger" for case in completed - {entry.case_id for entry in entries}]
    return undone + shared + bare


def misreported(evidence: Evidence) -> list[str]:
    """The world hears once that a project stands: for every completed deal, and for no other."""
    told = Counter(said.subject for said in evidence.events if said.type == ProjectProvisioned.TYPE)
    completed = _completed(evidence)
    findings = [
        f"{ProjectProvisioned.TYPE} was published {told[deal]} times for {deal}"
        for deal in completed
        if told[deal] != 1
    ]
    ids = Counter((said.type, said.event_id) for said in evidence.events)
    return findings + [
        f"event {event_id} of {kind} stands {count} times" for (kind, event_id), count in ids.items() if count > 1
    ]


def _completed(evidence: Evidence) -> set[str]:
    return {case.business_key for case in evidence.cases if case.process == PROCESS and case.state == CLOSED_WELL}


CHECKS: Final[Mapping[str, Callable[[Evidence], list[str]]]] = MappingProxyType(
    {
        "lost": lost,
        "duplicated effects": duplicated,
        "missing effects": missing,
        "untied": untied,
        "stuck": stuck,
        "retracted": retracted,
        "unsettled": unsettled,
        "misreported": misreported,
    }
)


def findings(evidence: Evidence) -> dict[str, list[str]]:
    """What every check found, by its name."""
    return {name: check(evidence) for name, check in CHECKS.items()}
