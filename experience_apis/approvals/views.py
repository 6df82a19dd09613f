"""What a person may see of approvals: all of it for who decides, for finance and operations; no money else. Pure.

Who decides is every role of every step, whom escalation called, and to whom casework says that it is theirs because
a role was lent to them. Casework shows an approval to nobody else but who submitted it or was asked by name.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from contracts.canonical.casework import Approval, ApprovalPage
from contracts.canonical.governance import Remark, Remarks
from experience_apis.approvals.access import CLEARED_ROLES, OPEN_EVIDENCE

HIDDEN: Final = "***"


def card(approval: Approval, *, roles: Collection[str]) -> Approval:
    """One approval. The ETag stays that of the whole: hiding a value does not change what is decided."""
    if clear(approval, roles=roles):
        return approval
    evidence = {name: value if name in OPEN_EVIDENCE else HIDDEN for name, value in approval.evidence.items()}
    return replace(
        approval,
        evidence=evidence,
        at_stake=None,
        comment=_hidden(approval.comment),
        verdicts=[replace(each, comment=_hidden(each.comment)) for each in approval.verdicts],
    )


def queue(page: ApprovalPage, *, roles: Collection[str]) -> ApprovalPage:
    """A page, the most urgent first."""
    ordered = sorted(page.items, key=lambda approval: (approval.due_at, approval.approval_id))
    return replace(page, items=[card(approval, roles=roles) for approval in ordered])


def remarks(said: Remarks, approval: Approval, *, roles: Collection[str]) -> Remarks:
    """What was said, in words for those who see the whole; the question that stands is for whoever may answer it."""
    if clear(approval, roles=roles):
        return said
    return replace(said, items=[remark(each, approval, roles=roles) for each in said.items])


def remark(said: Remark, approval: Approval, *, roles: Collection[str]) -> Remark:
    """One remark; one's own words and a standing question are not hidden."""
    shown = clear(approval, roles=roles) or said.text == approval.question
    return said if shown else replace(said, text=HIDDEN)


def clear(approval: Approval, *, roles: Collection[str]) -> bool:
    """Whether somebody with these roles sees the whole."""
    deciders = {approval.role, *approval.escalated_to, *(role for step in approval.steps for role in step.roles)}
    return approval.yours or not deciders.isdisjoint(roles) or not CLEARED_ROLES.isdisjoint(roles)


def _hidden(text: str) -> str:
    return HIDDEN if text else ""
