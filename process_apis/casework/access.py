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
SUBMITS: Final = frozenset({"case opened"})
FIXES: Final = frozenset({"exception fixed"})


def may_see(approval: Approval, *, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may see an approval: those who may decide it."""
    return approval.role in roles


def may_fix(item: ExceptionItem, *, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may fix an exception."""
    return item.owner_role in roles or any(item.owner_role in FIXES_FOR.get(role, ()) for role in roles)


def is_own(trail: Iterable[TimelineEntry], *, subject: str, four_eyes: bool) -> bool:
    """Whether a case is so much of this person's making that somebody else has to decide."""
    acts = SUBMITS | FIXES if four_eyes else SUBMITS
    return any(entry.actor == subject and entry.what in acts for entry in trail)
