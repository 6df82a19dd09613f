"""Whether a person may do what they ask to an exception or an approval; refuses with the reason (rules CTL-1 to -3).

The rules are data in `access.py`; here they meet the case, its history and the delegations of the moment.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from msgspec.structs import replace

from contracts.canonical.casework import Approval, ExceptionItem
from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.durable import Casebook
from process_apis.casework.access import BREAKS_GLASS, deciders, is_own, may_fix, may_see

_ASK: Final = "Ask somebody who holds the role."


class Authority:
    """Judges one person at a time against what stands in the casebook."""

    def __init__(self, book: Casebook, *, four_eyes: bool) -> None:
        self._book = book
        self._four_eyes = four_eyes

    async def fixable(self, exception_id: str, caller: Caller) -> ExceptionItem:
        """The exception, if the caller may act on it.

        Raises:
            Problem: not_found; forbidden.

        """
        item = await self._book.exception(exception_id)
        if not may_fix(item, roles=caller.roles):
            raise Problem(
                Kind.FORBIDDEN,
                "exception_not_yours",
                f"{item.code} is to be fixed by the role {item.owner_role}",
                hint=_ASK,
            )
        return item

    async def visible(self, approval_id: str, caller: Caller) -> Approval:
        """The approval, if the caller may know of it.

        Raises:
            Problem: not_found, in the same words whether it is hidden or not there.

        """
        approval = await self._book.approval(approval_id)
        held = await self._book.delegating.held_by(caller.subject, own=caller.roles)
        if not may_see(approval, roles=set(held), subject=caller.subject):
            raise Problem(Kind.NOT_FOUND, "approval_not_found", f"there is no approval {approval_id}")
        return theirs(approval, held=held)

    async def held(self, caller: Caller) -> frozenset[str]:
        """The roles a person may decide in now, those lent to them included."""
        return frozenset(await self._book.delegating.held_by(caller.subject, own=caller.roles))

    async def speaks(self, approval: Approval, caller: Caller) -> dict[str, str]:
        """The roles a person may decide in now, each with whom they do so for ("" for themselves).

        Raises:
            Problem: forbidden, when no role is theirs, or the case is theirs or that of whoever delegated.

        """
        held = await self._book.delegating.held_by(caller.subject, own=caller.roles)
        needed = deciders(approval)
        if needed.isdisjoint(held):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_not_yours",
                f"this is decided by the role {', '.join(sorted(needed))}",
                hint=_ASK,
            )
        await self.not_ones_own(approval, caller.subject)
        barred = await self._barred(approval, {each for froms in held.values() for each in froms})
        free = {role: [each for each in froms if each not in barred] for role, froms in held.items()}
        speaks = {role: froms[0] for role, froms in free.items() if froms}
        if needed.isdisjoint(speaks):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_of_ones_own",
                "whoever delegated the role could not decide this themselves",
                hint="Ask another person who holds the role.",
            )
        return speaks

    async def not_ones_own(self, approval: Approval, subject: str) -> None:
        """Refuse somebody who submitted what is to be decided, or fixed it where the firm asks for four eyes.

        Raises:
            Problem: forbidden.

        """
        if await self._barred(approval, {subject}):
            raise Problem(
                Kind.FORBIDDEN,
                "approval_of_ones_own",
                "nobody decides what they submitted themselves",
                hint="Ask another person who holds the role.",
            )

    async def may_break_glass(self, approval_id: str, caller: Caller) -> Approval:
        """The approval, if the caller may force it.

        Raises:
            Problem: forbidden, without the emergency role or about one's own case; not_found.

        """
        if BREAKS_GLASS not in caller.roles:
            raise Problem(
                Kind.FORBIDDEN, "break_glass_not_yours", f"this needs the role {BREAKS_GLASS}, and a second person"
            )
        approval = await self._book.approval(approval_id)
        await self.not_ones_own(approval, caller.subject)
        return approval

    async def _barred(self, approval: Approval, people: set[str]) -> set[str]:
        trail = await self._book.timeline(approval.case_id)
        return {
            each
            for each in people
            if each
            and (each == approval.submitted_by or is_own(trail.entries, subject=each, four_eyes=self._four_eyes))
        }


def theirs(approval: Approval, *, held: Collection[str]) -> Approval:
    """The approval as it is shown to somebody who may decide in these roles."""
    return replace(approval, yours=not deciders(approval).isdisjoint(held))
