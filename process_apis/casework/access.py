"""Which role may decide and fix what: default deny, and nobody decides what is their own (rules CTL-1, CTL-2).

The rules are the data at the top; the functions below only apply them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import Approval, ExceptionItem, TimelineEntry

# Besides their own, these roles may fix what is owned by others. Decisions are never taken for another role.
FIXES_FOR: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "operations": frozenset({"operations", "sales", "integration"}),
        "finance": frozenset({"finance"}),
    }
)
# What makes a case one's own, in the words of the audit trail; the second counts where four eyes are asked for.
SUBMITS: Final = frozenset({"case opened", "case reopened"})
FIXES: Final = frozenset({"exception fixed", "fix proposed", "fix confirmed"})
# Nobody's everyday role: it forces approvals, with a second person who holds it, and decides nothing else.
BREAKS_GLASS: Final = "break_glass"


def deciders(approval: Approval) -> frozenset[str]:
    """The roles that may act on an approval now: those of its open step, and those that escalation called."""
    step = next((each for each in approval.steps if each.position == approval.step), None)
    return frozenset([*(step.roles if step is not None else [approval.role]), *approval.escalated_to])


def may_see(approval: Approval, *, roles: Collection[str], subject: str = "") -> bool:
    """Whether somebody may see an approval: whoever decides in any of its steps, is asked by name or submitted it."""
    everybody = deciders(approval).union(*(step.roles for step in approval.steps), {BREAKS_GLASS})
    return not everybody.isdisjoint(roles) or bool(subject and subject in {approval.assigned_to, approval.submitted_by})


def may_fix(item: ExceptionItem, *, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may fix an exception: its owners, and whom escalation called."""
    owners = {item.owner_role, *item.escalated_to}
    return not owners.isdisjoint(roles) or any(item.owner_role in FIXES_FOR.get(role, ()) for role in roles)


def is_own(trail: Iterable[TimelineEntry], *, subject: str, four_eyes: bool) -> bool:
    """Whether a case is so much of this person's making that somebody else has to decide."""
    acts = SUBMITS | FIXES if four_eyes else SUBMITS
    return any(entry.actor == subject and entry.what in acts for entry in trail)
