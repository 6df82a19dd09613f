"""What becomes of a proposed change of one field; pure, and the same wherever it is asked.

The order: what is agreed already is no change; who may not is refused; of two who changed, the field's conflict rule
says who stays; what needs an approval waits for it; the rest is taken.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from contracts.canonical.field import Record
from contracts.canonical.master import ConflictRule, FieldRule

STEWARD: Final = "operations"
"""The role that decides a conflict that is held, where no approval is ruled."""


class Outcome(StrEnum):
    """What becomes of it."""

    UNCHANGED = "unchanged"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OVERRULED = "overruled"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Agreed:
    """The value last agreed."""

    value: Any
    record: Record
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change as a kind of system proposes it; `old` is what that system last knew as agreed."""

    record: Record
    old: Any
    new: Any
    changed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, why, and who has to decide when somebody has to."""

    outcome: Outcome
    reason: str
    role: str = ""


def decide(rule: FieldRule, proposal: Proposal, agreed: Agreed | None) -> Decision:
    """Judge one proposal."""
    if agreed is not None and agreed.value == proposal.new:
        return Decision(Outcome.UNCHANGED, "this is the agreed value")
    if rule.fixed:
        return Decision(Outcome.REFUSED, f"{rule.field} is a key or follows from other fields; nobody changes it")
    if not may(rule, proposal.record, first=agreed is None):
        return Decision(
            Outcome.REFUSED, f"{rule.field} is owned by {rule.record.value}, not by {proposal.record.value}"
        )
    if agreed is not None and agreed.value != proposal.old:
        verdict = settle(rule, proposal, agreed)
        if verdict is not None:
            return verdict
    if rule.approval is not None:
        return Decision(Outcome.PENDING, f"{rule.field} changes with the approval of {rule.approval}", rule.approval)
    return Decision(Outcome.ACCEPTED, f"{proposal.record.value} may change {rule.field}")


def may(rule: FieldRule, record: Record, *, first: bool) -> bool:
    """Whether a kind of system may give the first value of a field, or change it."""
    return record is rule.record or record in rule.changes or (first and record in rule.creates)


def settle(rule: FieldRule, proposal: Proposal, agreed: Agreed) -> Decision | None:
    """Who stays of two who changed the same field; None when the proposal does."""
    if agreed.record is proposal.record:  # one system: what it changed last is what it means
        return None if proposal.changed_at > agreed.changed_at else Decision(Outcome.OVERRULED, "a newer value stands")
    if rule.conflict is ConflictRule.HOLD:
        return Decision(
            Outcome.PENDING, f"{agreed.record.value} changed {rule.field} meanwhile", rule.approval or STEWARD
        )
    if rule.conflict is ConflictRule.NEWEST:
        mine, theirs = _age(rule, proposal.record, proposal.changed_at), _age(rule, agreed.record, agreed.changed_at)
        return None if mine > theirs else Decision(Outcome.OVERRULED, f"{agreed.record.value} changed it later")
    if proposal.record is rule.record:
        return None
    return Decision(Outcome.OVERRULED, f"{agreed.record.value} changed it meanwhile and {rule.record.value} owns it")


def etag(old: Any, new: Any) -> str:
    """What a decision is bound to: exactly this old and this new value."""
    return hashlib.sha256(msgspec.json.encode([old, new], order="deterministic")).hexdigest()[:32]


def _age(rule: FieldRule, record: Record, at: dt.datetime) -> tuple[dt.datetime, bool, str]:
    """Later counts more; at the same moment the owner, then the name."""
    return at, record is rule.record, record.value
