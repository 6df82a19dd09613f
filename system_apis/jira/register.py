"""Tickets under our keys, at most once each, on a site that neither dedupes nor finds at once what it was just told.

Each project keeps a register of ours: an entity property for each ticket. Before an issue is made the register says
from which number on it will stand; once it is made the register says which it is. In between the issue is looked for by
numbers, which the site hands out in order and answers without its index. The issue bears the key from its first moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.client import MOST_FETCHED, Jira, decoded, mark_of, segment
from system_apis.jira.keys import Locks
from system_apis.jira.wire import Full

_MOST_WINDOWS: Final = 1_000
_MOST_PAGES: Final = 100


class Register:
    """What the projects of one site know of our tickets."""

    def __init__(self, jira: Jira) -> None:
        self._jira = jira
        self._locks = Locks()

    async def find(self, project: str, ticket_id: str) -> Full | None:
        """The issue of a ticket, wherever it was moved to; None when there is none, or none any more."""
        return await self._standing(project, ticket_id, await self.entry(project, ticket_id))

    async def ensure(
        self, project: str, ticket_id: str, body: Callable[[], Awaitable[dict[str, Any]]]
    ) -> tuple[Full, bool, wire.Entry]:
        """The issue of a ticket, whether this call made it, and what the register says then.

        `body` is asked for only when an issue has to be made.

        Raises:
            Problem: `unknown_outcome` when a create was cut off and the issue is not there to be seen (yet): the next
                call looks again, by the register, before it creates.

        """
        async with self._locks.of(project, ticket_id):
            entry = await self.entry(project, ticket_id)
            found, made = await self._standing(project, ticket_id, entry), False
            if found is None:
                ready = await body()
                entry = await self._intended(project, ticket_id, entry)
                found, made = await self._opened(project, ticket_id, ready, entry=entry)
            if found.id != entry.issue:
                entry = wire.Entry(issue=found.id)
                await self.note(project, ticket_id, entry)
            return found, made, entry

    async def entry(self, project: str, ticket_id: str) -> wire.Entry:
        """What the register says; an empty entry where it says nothing."""
        path = f"/project/{project}/properties/{segment(self._jira.register + ticket_id)}"
        kept = await self._jira.find(path, wire.Property[wire.Entry])
        return kept.value if kept else wire.Entry()

    async def note(self, project: str, ticket_id: str, entry: wire.Entry) -> None:
        """Have the register say it."""
        await self._jira.set_property(f"/project/{project}", self._jira.register + ticket_id, entry)

    async def page(self, project: str, *, first: int, count: int) -> tuple[list[Full], int]:
        """The issues of a project whose numbers begin at `first`, and the number to go on from, 0 at the end.

        Numbers are handed out in order and the store answers for them; the index is asked only where there are none.
        """
        rows = await self._jira.fetch([f"{project}-{number}" for number in range(first, first + count)])
        there = first + count
        if not rows and there > await self._highest(project):
            there = 0
        # A former key finds what was moved elsewhere.
        own = [row for row in rows if _number(row.key, project)]
        return sorted(own, key=lambda row: _number(row.key, project)), there

    async def _intended(self, project: str, ticket_id: str, entry: wire.Entry) -> wire.Entry:
        """Have the register say from which number on the issue will stand, unless it says more by now.

        It is read once more after the highest number was: who has made an issue up to there has said so before.
        """
        if entry.first:
            return entry
        first = 1 + await self._highest(project)
        again = await self.entry(project, ticket_id)
        if again != entry:
            return again
        await self.note(project, ticket_id, wire.Entry(first=first))
        return wire.Entry(first=first)

    async def _standing(self, project: str, ticket_id: str, entry: wire.Entry) -> Full | None:
        if entry.issue:
            return await self._jira.issue(entry.issue)
        return next(iter(await self._probed(project, ticket_id, first=entry.first)), None) if entry.first else None

    async def _opened(
        self, project: str, ticket_id: str, body: dict[str, Any], *, entry: wire.Entry
    ) -> tuple[Full, bool]:
        """The issue that another process has made meanwhile, else a new one."""
        if not entry.issue:
            return await self._make(project, ticket_id, body, first=entry.first)
        found = await self._jira.issue(entry.issue)
        if found is None:
            raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", "a ticket went while it was being opened")
        return found, False

    async def _make(self, project: str, ticket_id: str, body: dict[str, Any], *, first: int) -> tuple[Full, bool]:
        """Make the issue, then look whether another process made one at the same time: the older one stays."""
        try:
            made = decoded(await self._jira.send("POST", "/issue", json=body), wire.Made)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME:
                raise
            found = await self._probed(project, ticket_id, first=first)
            if not found:
                raise
            return found[0], True
        found = await self._probed(project, ticket_id, first=first, last=_number(made.key, project))
        if not found:
            raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", "an issue that was just made is not to be seen")
        if found[0].id != made.id:
            await self._jira.remove(f"/issue/{segment(made.id)}")
        return found[0], found[0].id == made.id

    async def _probed(self, project: str, ticket_id: str, *, first: int, last: int = 0) -> list[Full]:
        """The issues that bear a ticket's key, from a number on, to a last one if it is known; oldest first."""
        rows = await self._numbered(project, first, last=last)
        marks = [(row, mark_of(row.properties, self._jira.on_ticket, wire.Mark)) for row in rows]
        return [row for row, mark in marks if mark is not None and mark.ticket_id == ticket_id]

    async def _numbered(self, project: str, first: int, *, last: int) -> list[Full]:
        """The issues from a number on, by rising id, up to the last or an empty stretch beyond what the index knows."""
        if last:
            return await self._jira.fetch([f"{project}-{number}" for number in range(first, last + 1)])
        found: dict[str, Full] = {}
        highest = -1
        for _ in range(_MOST_WINDOWS):
            rows = await self._jira.fetch([f"{project}-{number}" for number in range(first, first + MOST_FETCHED)])
            found |= {row.id: row for row in rows}
            first += MOST_FETCHED
            if not rows:
                highest = await self._highest(project) if highest < 0 else highest
                if first > highest:
                    return sorted(found.values(), key=lambda row: int(row.id))
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the project's numbers do not come to an end")

    async def _highest(self, project: str) -> int:
        """The highest number that the index knows; there may be higher ones, never lower than that."""
        token = ""
        for _ in range(_MOST_PAGES):
            page = await self._jira.search(
                f'project = "{project}" ORDER BY key DESC', wire.Stamped, token=token, count=MOST_FETCHED
            )
            numbers = [_number(issue.key, project) for issue in page.issues]
            if any(numbers) or not page.next_page_token:
                return max(numbers, default=0)
            token = page.next_page_token
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")


def _number(key: str, project: str) -> int:
    prefix, _, number = key.rpartition("-")
    return int(number) if prefix == project and number.isdigit() else 0
