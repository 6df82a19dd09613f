"""One library over Graph: items by id, by name and by our key, columns, grants, pages, and several rows at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contracts.problem import Kind, Problem, Retry
from kit.http import VendorClient
from system_apis.sharepoint.config import Config
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.problems import RECORD_GONE, REFUSED_VALUE
from system_apis.sharepoint.wire import (
    Item,
    ListItem,
    Page,
    Part,
    Parts,
    Permission,
    Permissions,
    Rows,
    UploadSession,
)

T = TypeVar("T", bound=Struct)

ROOT: Final = "root"
CONFLICT: Final = "@microsoft.graph.conflictBehavior"
_WITH_ROW: Final = "$expand=listItem($expand=fields)"


class GraphClient:
    """Speaks to one drive."""

    def __init__(self, http: VendorClient, *, config: Config, columns: Columns) -> None:
        self._http = http
        self._columns = columns
        self._root = f"/{config.api_version}"
        self._drive = f"{self._root}/drives/{quote(config.drive_id, safe='')}"
        self._link = re.compile(rf"{re.escape(self._root)}/drives/[^/?]+/(?:{ROOT}/delta|items/[^/?]+/children)")

    async def item(self, item_id: str) -> Item:
        """An item by the vendor's id, with its columns.

        Raises:
            Problem: not_found, when it is not there.

        """
        return _decoded(await self._send("GET", f"{self._at(item_id)}?{_WITH_ROW}"), Item)

    async def named(self, parent_id: str, name: str) -> Item | None:
        """The item of a name in a folder."""
        try:
            answer = await self._send("GET", f"{self._at(parent_id)}:/{quote(name, safe='')}:?{_WITH_ROW}")
        except Problem as problem:
            if problem.code == RECORD_GONE:
                return None
            raise
        return _decoded(answer, Item)

    async def keyed(self, key: str) -> Item | None:
        """The item under our key, wherever it lies.

        Raises:
            Problem: conflict, when two items have it; unexpected, when the column is not there or not indexed.

        """
        escaped = key.replace("'", "''")
        where = quote(f"fields/{self._columns.key} eq '{escaped}'")
        path = f"{self._drive}/list/items?$filter={where}&$expand=fields,driveItem&$top=2"
        try:
            rows = _decoded(await self._send("GET", path), Rows).value
        except Problem as problem:
            raise _column_missing(problem) from None
        found = [row for row in rows if row.drive_item is not None]
        if len(found) > 1:
            raise Problem(Kind.CONFLICT, "key_stands_twice", "two items of the library have this key")
        if not found or found[0].drive_item is None:
            return None
        return replace(
            found[0].drive_item, list_item=ListItem(id=found[0].id, e_tag=found[0].e_tag, fields=found[0].fields)
        )

    async def make_folder(self, parent_id: str, name: str) -> Item:
        """A new folder, with its row of the list.

        Raises:
            Problem: already_exists, when something of that name lies there, be it this very folder.

        """
        body = {"name": name, "folder": {}, CONFLICT: "fail"}
        answer = await self._send("POST", f"{self._at(parent_id)}/children", json=body, repeatable=True)
        return await self.item(_decoded(answer, Item).id)

    async def place(self, parent_id: str, name: str, content: bytes, *, media: str) -> Item:
        """A new file in one piece; raises as `make_folder`."""
        path = f"{self._at(parent_id)}:/{quote(name, safe='')}:/content?{CONFLICT}=fail"
        answer = await self._send("PUT", path, content=content, headers={"Content-Type": media})
        return await self.item(_decoded(answer, Item).id)

    async def cover(self, item: Item, content: bytes, *, media: str) -> None:
        """A new version of a file, in one piece, upon the version that was read.

        Raises:
            Problem: precondition_failed, when somebody changed it meanwhile.

        """
        headers = {"Content-Type": media, "If-Match": item.e_tag}
        await self._send("PUT", f"{self._at(item.id)}/content", content=content, headers=headers)

    async def session(self, parent_id: str, name: str) -> UploadSession:
        """A session for a new file; raises as `make_folder`."""
        path = f"{self._at(parent_id)}:/{quote(name, safe='')}:/createUploadSession"
        body = {"item": {CONFLICT: "fail", "name": name}}
        return _decoded(await self._send("POST", path, json=body, repeatable=True), UploadSession)

    async def covering_session(self, item: Item) -> UploadSession:
        """A session for a new version of a file; raises as `cover`."""
        path, headers = f"{self._at(item.id)}/createUploadSession", {"If-Match": item.e_tag}
        body = {"item": {CONFLICT: "replace"}}
        return _decoded(await self._send("POST", path, json=body, headers=headers, repeatable=True), UploadSession)

    async def set_columns(self, item: Item, values: Mapping[str, str | None]) -> None:
        """Set columns of the version that was read.

        Raises:
            Problem: precondition_failed, when somebody changed it meanwhile; invalid, when a value is refused.

        """
        path = f"{self._drive}/list/items/{quote(item.list_item.id, safe='')}/fields"
        await self._send("PATCH", path, json=values, headers={"If-Match": item.list_item.e_tag}, repeatable=True)

    async def remove(self, item: Item) -> None:
        """Put an item into the bin; one that is gone stays so."""
        try:
            await self._send("DELETE", self._at(item.id), headers={"If-Match": item.e_tag})
        except Problem as problem:
            if problem.code != RECORD_GONE:
                raise

    async def content_address(self, item_id: str) -> str:
        """An address that gives the content without a token, for a while."""
        answer = await self._send("GET", f"{self._at(item_id)}/content")
        address: str = answer.headers.get("location", "")
        return address

    async def page(self, address: str) -> Page:
        """A page of a listing or of changes, at an address or at a link that `followed` gave."""
        path = address if address.startswith(self._root) else self._drive + address
        return _decoded(await self._send("GET", path), Page)

    def followed(self, link: str) -> str:
        """The part of a vendor's link below its host: ours is asked, whichever host the link names.

        Raises:
            Problem: unexpected, when it leads to no page.

        """
        try:
            parts = urlsplit(link)
        except ValueError:
            raise _astray() from None
        if self._link.fullmatch(parts.path) is None:
            raise _astray()
        return f"{parts.path}?{parts.query}"

    async def permissions(self, item_id: str) -> list[Permission]:
        """Every grant that holds for an item."""
        return _decoded(await self._send("GET", f"{self._at(item_id)}/permissions"), Permissions).value

    async def invite(self, item_id: str, groups: Sequence[str], *, role: str) -> None:
        """Grant a role to groups, and cut off what comes from above; nobody is written to."""
        body = {
            "recipients": [{"objectId": group} for group in groups],
            "roles": [role],
            "requireSignIn": True,
            "sendInvitation": False,
            "retainInheritedPermissions": False,
        }
        await self._send("POST", f"{self._at(item_id)}/invite", json=body, repeatable=True)

    async def regrant(self, item_id: str, permission_id: str, *, role: str) -> None:
        """Another role for who has one."""
        path = f"{self._at(item_id)}/permissions/{quote(permission_id, safe='')}"
        await self._send("PATCH", path, json={"roles": [role]}, repeatable=True)

    async def revoke(self, item_id: str, permission_id: str) -> None:
        """Take a grant back; one that is gone stays so."""
        try:
            await self._send("DELETE", f"{self._at(item_id)}/permissions/{quote(permission_id, safe='')}")
        except Problem as problem:
            if problem.code != RECORD_GONE:
                raise

    async def together(self, item_ids: Sequence[str]) -> dict[str, Part]:
        """The rows of up to twenty items with their columns, in one request; parts may be refused by themselves."""
        below = self._drive.removeprefix(self._root)
        requests = [
            {"id": str(number), "method": "GET", "url": f"{below}/items/{item_id}/listItem?$expand=fields"}
            for number, item_id in enumerate(item_ids)
        ]
        answer = await self._send("POST", f"{self._root}/$batch", json={"requests": requests}, repeatable=True)
        told = {part.id: part for part in _decoded(answer, Parts).responses}
        if set(told) != {request["id"] for request in requests}:
            raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "a batch was answered in part")
        return {item_id: told[str(number)] for number, item_id in enumerate(item_ids)}

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.close()

    def _at(self, item_id: str) -> str:
        return f"{self._drive}/items/{quote(item_id, safe='')}"

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._http.send(method, path, **more)
        except Problem as problem:
            raise for_callers(problem) from None


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us, rather than for our own next try."""
    if problem.kind is Kind.UNAUTHENTICATED:
        detail = "the vendor refuses a token it has just given"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def _astray() -> Problem:
    return Problem(Kind.UNEXPECTED, "vendor_page_loop", "a link of the vendor leads to no page")


def _column_missing(problem: Problem) -> Problem:
    """A refused filter names a column that is not there, or not indexed: the library was not set up for us."""
    if problem.code != REFUSED_VALUE:
        return problem
    hint = "the library needs our columns, the one of the key indexed; the runbook lists them"
    return Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", problem.detail, hint=hint, context=problem.context)


def _decoded(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.ValidationError as fault:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"{kind.__name__}: {fault}") from None
    except msgspec.DecodeError:
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", f"{kind.__name__}: not JSON") from None
