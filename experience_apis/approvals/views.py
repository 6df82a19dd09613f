"""What a person may see of approvals: all of it for who decides, for finance and operations; no money else. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from contracts.canonical.casework import Approval, ApprovalPage
from experience_apis.approvals.access import CLEARED_ROLES, OPEN_EVIDENCE

HIDDEN: Final = "***"


def card(approval: Approval, *, roles: Collection[str]) -> Approval:
    """One approval. The ETag stays that of the whole: hiding a value does not change what is decided."""
    if approval.role in roles or not CLEARED_ROLES.isdisjoint(roles):
        return approval
    evidence = {name: value if name in OPEN_EVIDENCE else HIDDEN for name, value in approval.evidence.items()}
    return replace(approval, evidence=evidence, at_stake=None, comment=HIDDEN if approval.comment else "")


def queue(page: ApprovalPage, *, roles: Collection[str]) -> ApprovalPage:
    """A page, the most urgent first."""
    ordered = sorted(page.items, key=lambda approval: (approval.due_at, approval.approval_id))
    return replace(page, items=[card(approval, roles=roles) for approval in ordered])
