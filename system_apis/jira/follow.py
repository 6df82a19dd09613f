"""Changes by search: the index says which issues changed and when, the store says how they stand."""

from __future__ import annotations

import datetime as dt
from typing import Final

from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.client import Jira, mark_of
from system_apis.jira.feed import Cursor, Place, Seen
from system_apis.jira.mapping import moment
from system_apis.jira.wire import Full

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MINUTE_MS: Final = 60_000
_MOST_PAGES: Final = 1_000


async def changed(jira: Jira, projects: list[str], *, here: Cursor, count: int) -> tuple[list[Seen], bool]:
    """At least so many changes of our issues beyond a cursor, in order, and whether there are no more.

    The moment is asked for in milliseconds since the epoch, which no time zone bends, and from the full minute on.
    """
    since = here.since - here.since % _MINUTE_MS
    named = ", ".join(f'"{project}"' for project in projects)
    newer = f" AND updated >= {since}" if since > 0 else ""
    jql = f"project in ({named}){newer} ORDER BY updated ASC"
    found: dict[str, Seen] = {}
    token = ""
    for _ in range(_MOST_PAGES):
        page = await jira.search(jql, wire.Stamped, token=token, marked=True)
        for issue in page.issues:
            change = _seen(jira, issue)
            if change is not None and change.place > here.place:
                found[change.entry] = change
        whole = not page.next_page_token
        if whole or len(found) > count:
            return sorted(found.values(), key=_place), whole
        if page.next_page_token == token:
            break
        token = page.next_page_token
    raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")


async def details(jira: Jira, changes: list[Seen]) -> list[Full]:
    """The issues of changes as they truly stand, in the order of the changes; one that was deleted is left out."""
    known = {issue.id: issue for issue in await jira.fetch(list(dict.fromkeys(change.id for change in changes)))}
    last = {change.id: change for change in changes}
    ordered = sorted(last.values(), key=_place)
    return [known[change.id] for change in ordered if change.id in known]


def millis(at: dt.datetime) -> int:
    """A moment in milliseconds since the epoch."""
    return (at - _EPOCH) // dt.timedelta(milliseconds=1)


def _seen(jira: Jira, issue: wire.Issue[wire.Stamped]) -> Seen | None:
    """A change of an issue of ours; None for one that people opened."""
    if mark_of(issue.properties, jira.on_ticket, wire.Mark) is None or issue.fields is None:
        return None
    return Seen(id=issue.id, stamp=millis(moment(issue.fields.updated)))


def _place(change: Seen) -> Place:
    return change.place
