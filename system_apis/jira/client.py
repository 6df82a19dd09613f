"""The site over HTTP: issues by search and by id, entity properties, and one way to send anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Struct

from contracts.problem import Kind, Problem
from kit.http import VendorClient
from system_apis.jira import wire
from system_apis.jira.problems import for_callers
from system_apis.jira.wire import Full

F = TypeVar("F", bound=Struct)
T = TypeVar("T")

API: Final = "/rest/api/3"
"""Documents instead of wiki text came with this version; there is no newer one."""
MOST_FETCHED: Final = 100
_FIELDS: Final = list(wire.Fields.__struct_fields__)


class Jira:
    """Speaks to one site; `mark` names our entity properties there."""

    def __init__(self, http: VendorClient, *, mark: str) -> None:
        self._http = http
        self.on_ticket = f"{mark}.ticket"
        self.on_board = f"{mark}.board"
        self.on_comment = f"{mark}.comment"
        self.register = f"{mark}.register."

    async def get(self, path: str, kind: type[T], **params: str) -> T:
        """Read what stands at an address.

        Raises:
            Problem: not_found, when nothing does.

        """
        return decoded(await self.send("GET", path, params=params), kind)

    async def find(self, path: str, kind: type[T], **params: str) -> T | None:
        """Read what stands at an address; None when nothing does."""
        try:
            return await self.get(path, kind, **params)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise
        return None

    async def search(
        self, jql: str, fields: type[F], *, token: str = "", count: int = 100, marked: bool = False
    ) -> wire.Found[F]:
        """A page of what the index knows, which may be of some time ago: how an issue stands is asked by `fetch`."""
        body: dict[str, Any] = {"jql": jql, "maxResults": count, "fields": list(fields.__struct_fields__) or ["id"]}
        if token:
            body["nextPageToken"] = token
        if marked:
            body["properties"] = [self.on_ticket]
        content = await self.send("POST", "/search/jql", json=body, repeatable=True)  # it only reads
        return decoded(content, wire.Found[fields])  # type: ignore[valid-type]  # msgspec takes the type as a value

    async def fetch(self, wanted: Sequence[str]) -> list[Full]:
        """Issues by id or key as they truly stand, by rising id; those that are not there are left out.

        A key that an issue bore before it was moved finds it too.

        Raises:
            Problem: unavailable, when the vendor could not tell some of them.

        """
        found: dict[str, Full] = {}
        for start in range(0, len(wanted), MOST_FETCHED):
            some = list(wanted[start : start + MOST_FETCHED])
            body = {"issueIdsOrKeys": some, "fields": _FIELDS, "properties": [self.on_ticket]}
            answer = decoded(await self.send("POST", "/issue/bulkfetch", json=body, repeatable=True), wire.Fetched)
            if answer.issue_errors:
                raise Problem(Kind.UNAVAILABLE, "vendor_read_torn", f"{len(answer.issue_errors)} issues were not told")
            found |= {issue.id: issue for issue in answer.issues}
        return sorted(found.values(), key=lambda issue: int(issue.id))

    async def issue(self, issue_id: str) -> Full | None:
        """One issue as it truly stands; None when it is not there, or not to be seen by us."""
        params = {"fields": ",".join(_FIELDS), "properties": self.on_ticket}
        return await self.find(f"/issue/{segment(issue_id)}", Full, **params)

    async def set_property(self, path: str, key: str, value: Struct) -> None:
        """Keep a value on an issue or a project; setting it twice is setting it once."""
        await self.send("PUT", f"{path}/properties/{segment(key)}", json=value)

    async def remove(self, path: str) -> None:
        """Take back a twin that we have just made; one that is gone already is fine.

        Raises:
            Problem: conflict, when we may not delete such things.

        """
        try:
            await self.send("DELETE", path)
        except Problem as problem:
            if problem.kind is Kind.FORBIDDEN:
                detail = "two stand under one key of ours, and the younger may not be deleted by us"
                hint = "delete the named one, or let the connection's user delete"
                context = {"external_id": path.rpartition("/")[2]}
                raise Problem(Kind.CONFLICT, "vendor_duplicate", detail, hint=hint, context=context) from None
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def send(self, method: str, path: str, **more: Any) -> bytes:
        """One call; its answer, undecoded."""
        try:
            response = await self._http.send(method, f"{API}{path}", **more)
        except Problem as problem:
            raise for_callers(problem) from None
        return response.content

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()


def segment(text: str) -> str:
    """A text as one segment of an address."""
    return quote(text, safe="")


def decoded(content: bytes, kind: type[T]) -> T:
    """An answer read as what it should be.

    Raises:
        Problem: unexpected when it is something else, unavailable when it is no JSON.

    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer is not JSON") from None


def mark_of(properties: dict[str, msgspec.Raw], key: str, kind: type[T]) -> T | None:
    """What we keep under a key; None when nothing, or something that is not ours to read."""
    raw = properties.get(key)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError:
        return None
