"""Comments under our keys: each bears its key from its first moment, and is found by it without the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from contracts.canonical.ticketing import StandingComment
from contracts.problem import Kind, Problem
from system_apis.jira import wire
from system_apis.jira.adf import document, plain
from system_apis.jira.client import Jira, decoded, mark_of
from system_apis.jira.keys import Locks, digest
from system_apis.jira.mapping import comment

_MOST_LISTED: Final = 1_000
_MOST_PAGES: Final = 100


class Remarks:
    """The comments of one site."""

    def __init__(self, jira: Jira) -> None:
        self._jira = jira
        self._locks = Locks()

    async def all(self, issue_id: str) -> list[StandingComment]:
        """What was said on an issue, oldest first."""
        rows = await self._rows(issue_id)
        return [comment(row, comment_id=mark.comment_id if mark else "") for row, mark in rows]

    async def ensure(self, issue_id: str, comment_id: str, text: str) -> StandingComment:
        """Say it, or say it otherwise than the last time; what people made of it since stays if nothing is new.

        Raises:
            Problem: `unknown_outcome` when it was cut off and is not there to be seen (yet).

        """
        async with self._locks.of(issue_id, comment_id):
            mark = wire.CommentMark(comment_id=comment_id, sent=digest(plain(text)))
            body: dict[str, Any] = {
                "body": document(text),
                "properties": [{"key": self._jira.on_comment, "value": mark}],
            }
            standing = await self._find(issue_id, comment_id)
            if standing is None:
                return comment(await self._say(issue_id, comment_id, body), comment_id=comment_id)
            row, before = standing
            if before.sent != mark.sent:
                path = f"/issue/{issue_id}/comment/{row.id}"
                row = decoded(await self._jira.send("PUT", path, json=body), wire.Comment)
            return comment(row, comment_id=comment_id)

    async def _say(self, issue_id: str, comment_id: str, body: dict[str, Any]) -> wire.Comment:
        """Say it, then look whether another process said it at the same time: the older one stays."""
        path = f"/issue/{issue_id}/comment"
        try:
            made = decoded(await self._jira.send("POST", path, json=body), wire.Comment)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME:
                raise
            found = await self._find(issue_id, comment_id)
            if found is None:
                raise
            return found[0]
        found = await self._find(issue_id, comment_id)
        if found is None or found[0].id == made.id:
            return made
        await self._jira.remove(f"{path}/{made.id}")
        return found[0]

    async def _find(self, issue_id: str, comment_id: str) -> tuple[wire.Comment, wire.CommentMark] | None:
        rows = await self._rows(issue_id)
        return next(((row, mark) for row, mark in rows if mark is not None and mark.comment_id == comment_id), None)

    async def _rows(self, issue_id: str) -> list[tuple[wire.Comment, wire.CommentMark | None]]:
        """The comments with what we keep on them, which only a second question tells."""
        ids = await self._ids(issue_id)
        rows: list[wire.Comment] = []
        for start in range(0, len(ids), _MOST_LISTED):
            body = {"ids": [int(each) for each in ids[start : start + _MOST_LISTED]]}
            content = await self._jira.send("POST", "/comment/list?expand=properties", json=body, repeatable=True)
            rows += decoded(content, wire.CommentPage).values
        rows.sort(key=lambda row: int(row.id))
        return [(row, self._mark(row.properties)) for row in rows]

    async def _ids(self, issue_id: str) -> list[str]:
        ids: dict[str, None] = {}
        for _ in range(_MOST_PAGES):
            params = {"startAt": str(len(ids)), "orderBy": "created"}
            page = await self._jira.get(f"/issue/{issue_id}/comment", wire.IssueComments, **params)
            ids |= {row.id: None for row in page.comments}
            if len(ids) >= page.total or not page.comments:
                return list(ids)
        raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "the vendor's pages do not come to an end")

    def _mark(self, properties: Sequence[wire.CommentProperty]) -> wire.CommentMark | None:
        return mark_of({each.key: each.value for each in properties}, self._jira.on_comment, wire.CommentMark)
