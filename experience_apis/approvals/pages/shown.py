"""What a person has to see at once: what is late, how much is at stake, and what changed since they looked. Pure.

Amounts of two currencies are never compared: within one group each currency stands for itself, the largest first.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from contracts.canonical.casework import Approval, ApprovalState
from contracts.canonical.governance import Remark, RemarkKind, Verdict
from kit.web.formats import moment, money, words

SOON: Final = dt.timedelta(hours=24)
_LONGEST: Final = 65_536
_REMARKED: Final = {
    RemarkKind.COMMENT: "commented",
    RemarkKind.QUESTION: "asked",
    RemarkKind.CHANGE_REQUEST: "requested changes",
    RemarkKind.ANSWER: "answered",
}
_ORDER: Final = ("state", "step", "at stake", "question", "assigned to", "spoken")


class Urgency(StrEnum):
    """How soon somebody has to decide."""

    OVERDUE = "overdue"
    SOON = "due within a day"
    LATER = "later"
    CLOSED = "closed"


class Change(NamedTuple):
    """One thing that is not as it was; empty where it was not there."""

    name: str
    was: str
    now: str


class Event(NamedTuple):
    """One thing somebody said or decided."""

    at: dt.datetime
    by: str
    what: str
    text: str


class Group(NamedTuple):
    """Approvals of one urgency."""

    urgency: Urgency
    items: list[Approval]


def urgency(approval: Approval, now: dt.datetime) -> Urgency:
    """How soon it has to be decided."""
    if approval.state is not ApprovalState.OPEN:
        return Urgency.CLOSED
    if approval.due_at <= now:
        return Urgency.OVERDUE
    return Urgency.SOON if approval.due_at - now <= SOON else Urgency.LATER


def grouped(items: Iterable[Approval], now: dt.datetime) -> list[Group]:
    """The most urgent group first; within one, the largest amount of each currency first."""
    found: dict[Urgency, list[Approval]] = {each: [] for each in Urgency}
    for item in items:
        found[urgency(item, now)].append(item)
    return [Group(each, _by_money(found[each])) for each in Urgency if found[each]]


def at_stake(items: Iterable[Approval]) -> dict[str, Decimal]:
    """What is at stake in all, by currency."""
    sums: dict[str, Decimal] = {}
    for item in items:
        if item.at_stake is not None:
            sums[item.at_stake.currency] = sums.get(item.at_stake.currency, Decimal(0)) + item.at_stake.amount
    return sums


def step_of(approval: Approval) -> str:
    """Which step is open, of how many: `step 1 of 2`."""
    return f"step {approval.step} of {max(len(approval.steps), 1)}"


def kinds(items: Iterable[Approval]) -> list[str]:
    """What the approvals are about, each once."""
    return sorted({item.object for item in items if item.object})


def outcome(approval: Approval) -> str:
    """The name of the sentence that tells what a decision came to."""
    if approval.state is ApprovalState.REJECTED:
        return "rejected"
    return "approved" if approval.state is ApprovalState.APPROVED else "supported"


def marked(approval: Approval) -> str:
    """What somebody sees of an approval, to be sent back with their decision and compared with what stands then."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_facts(approval))).decode()


def changes(seen: str, approval: Approval) -> list[Change]:
    """What differs from what was seen; nothing where `seen` cannot be read.

    `seen` comes back from a browser: it is shown to whoever sent it and decides nothing.
    """
    try:
        was = msgspec.json.decode(base64.urlsafe_b64decode(seen[:_LONGEST].encode()), type=dict[str, str])
    except (msgspec.DecodeError, msgspec.ValidationError, binascii.Error, ValueError):
        return []
    now = _facts(approval)
    names = [*_ORDER, *sorted({*was, *now} - {*_ORDER})]
    return [
        Change(name, was.get(name, ""), now.get(name, "")) for name in names if was.get(name, "") != now.get(name, "")
    ]


def history(approval: Approval, remarks: Iterable[Remark]) -> list[Event]:
    """Remarks and verdicts in the order in which they were made."""
    said = [Event(each.at, each.by, _REMARKED[each.kind], each.text) for each in remarks]
    for each in approval.verdicts:
        what = f"{_verdict(each)} step {each.step} as {words(each.role)}"
        what += f" for {each.on_behalf_of}" if each.on_behalf_of else ""
        said.append(Event(each.at, each.by, what, each.comment))
    return sorted(said, key=lambda event: event.at)


def spoken(approval: Approval, subject: str) -> Verdict | None:
    """What somebody has said about it already."""
    return next((each for each in approval.verdicts if subject in {each.by, each.on_behalf_of}), None)


def undoable(approval: Approval, subject: str, now: dt.datetime) -> bool:
    """Whether somebody may still take back the decision that ended it."""
    last = approval.verdicts[-1] if approval.verdicts else None
    return last is not None and last.by == subject and last.effective_at is not None and now < last.effective_at


def may_decide(approval: Approval, subject: str) -> bool:
    """Whether the page offers a decision; casework decides whether it is taken."""
    free = approval.assigned_to in {None, subject}
    return approval.state is ApprovalState.OPEN and approval.yours and free and spoken(approval, subject) is None


def _facts(approval: Approval) -> dict[str, str]:
    facts = {
        "state": approval.state.value,
        "step": step_of(approval),
        "at stake": money(approval.at_stake),
        "question": approval.question,
        "assigned to": approval.assigned_to or "",
        "spoken": "; ".join(_said(each) for each in approval.verdicts),
        "due": moment(approval.due_at),
        "subject": approval.subject,
        "reason": approval.reason,
    }
    return facts | {f"evidence: {name}": value for name, value in approval.evidence.items()}


def _said(verdict: Verdict) -> str:
    return f"{verdict.by} {_verdict(verdict)} step {verdict.step}"


def _verdict(verdict: Verdict) -> str:
    return "approved" if verdict.approve else "rejected"


def _by_money(items: Sequence[Approval]) -> list[Approval]:
    often = Counter(item.at_stake.currency for item in items if item.at_stake is not None)

    def place(item: Approval) -> tuple[bool, int, str, Decimal, dt.datetime, str]:
        if item.at_stake is None:
            return (True, 0, "", Decimal(0), item.due_at, item.approval_id)
        currency = item.at_stake.currency
        return (False, -often[currency], currency, -item.at_stake.amount, item.due_at, item.approval_id)

    return sorted(items, key=place)
