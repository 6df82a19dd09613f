"""Folders: found by key, made once, marked with what they are about, taken back while they are empty."""

from __future__ import annotations

from typing import Final

from contracts.canonical.filing import Folder, FolderWish
from contracts.problem import Kind, Problem, Retry
from system_apis.sharepoint import mapping
from system_apis.sharepoint.client import ROOT, GraphClient
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.naming import permitted
from system_apis.sharepoint.problems import DUPLICATE, REFUSED_VALUE, VERSION_MOVED
from system_apis.sharepoint.wire import Item

_WRITES: Final = 4


class Folders:
    """The folders of one library."""

    def __init__(self, client: GraphClient, *, columns: Columns, client_id: str) -> None:
        self._client = client
        self._columns = columns
        self._client_id = client_id

    async def find(self, folder_id: str, *, noun: str = "folder") -> Item:
        """The folder under a key.

        Raises:
            Problem: not_found.

        """
        item = await self._client.keyed(folder_id)
        if item is None or item.folder is None:
            raise Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has the key {folder_id}")
        return item

    async def put(self, folder_id: str, wish: FolderWish) -> Folder:
        """As the role promises."""
        name, created = permitted(wish.name), False
        item = await self._client.keyed(folder_id)
        if item is None:
            parent_id = (await self.find(wish.parent_id, noun="parent_folder")).id if wish.parent_id else ROOT
            item, created = await self._made(parent_id, name, folder_id)
        if item.folder is None:
            raise Problem(Kind.CONFLICT, "key_is_a_document", "a document has this key")
        wanted = {self._columns.key: folder_id, **mapping.about(wish.subject, self._columns)}
        marked = await self._marked(item, wanted, folder_id, created=created)
        return mapping.folder(marked, self._columns, created=created and marked.id == item.id)

    async def remove(self, folder_id: str) -> None:
        """As the role promises."""
        item = await self._client.keyed(folder_id)
        if item is None:
            return
        if item.folder is None:
            raise Problem(Kind.CONFLICT, "key_is_a_document", "a document has this key")
        page = await self._client.page(f"/items/{item.id}/children?$top=1")
        if page.value:
            raise Problem(Kind.CONFLICT, "folder_not_empty", "the folder holds something")
        await self._client.remove(item)

    async def _made(self, parent_id: str, name: str, folder_id: str) -> tuple[Item, bool]:
        """The folder at its name, and whether it was made now; one of an earlier try is taken up."""
        try:
            return await self._client.make_folder(parent_id, name), True
        except Problem as problem:
            if problem.code != DUPLICATE:
                raise
        standing = await self._client.named(parent_id, name)
        if standing is None:
            raise unsteady()
        check_ours(standing, folder_id, columns=self._columns, client_id=self._client_id)
        return standing, False

    async def _marked(self, item: Item, wanted: dict[str, str], folder_id: str, *, created: bool) -> Item:
        """The folder with its columns set; when another call was quicker with the key, that one's folder stands."""
        for _ in range(_WRITES):
            check_ours(item, folder_id, columns=self._columns, client_id="", unmarked=True)
            values = mapping.differing(item, wanted)
            if not values:
                return item
            try:
                await self._client.set_columns(item, values)
            except Problem as problem:
                if problem.code == REFUSED_VALUE:
                    return await self._quicker(item, folder_id, problem, created=created)
                if problem.code != VERSION_MOVED:
                    raise
            item = await self._client.item(item.id)
        raise unsteady()

    async def _quicker(self, item: Item, folder_id: str, problem: Problem, *, created: bool) -> Item:
        other = await self._client.keyed(folder_id)
        if other is None or other.id == item.id:
            raise columns_refused(problem)
        if created:
            await take_back(self._client, item, columns=self._columns, client_id=self._client_id)
        return other


async def take_back(client: GraphClient, item: Item, *, columns: Columns, client_id: str) -> None:
    """Remove what this call has made in vain, unless somebody has begun to use it."""
    standing = await client.item(item.id)
    if not mapping.filled(standing, columns.key) and mapping.made_by(standing, client_id):
        await client.remove(standing)


def check_ours(item: Item, key: str, *, columns: Columns, client_id: str, unmarked: bool = False) -> None:
    """Refuse an item that has another key, or none and was not made by us.

    Raises:
        Problem: already_exists.

    """
    found = mapping.filled(item, columns.key)
    if found == key or (not found and (unmarked or mapping.made_by(item, client_id))):
        return
    raise Problem(
        Kind.ALREADY_EXISTS,
        "name_taken",
        "the name belongs to something else in this folder",
        hint="rename what lies there, or give it our key if it is the same thing",
    )


def unsteady() -> Problem:
    """Others kept changing what was to be written."""
    detail = "the item was changed by others each time it was written"
    return Problem(Kind.CONFLICT, VERSION_MOVED, detail, retry=Retry.LATER)


def columns_refused(problem: Problem) -> Problem:
    """The library refuses our columns: it was not set up for us."""
    hint = "the library needs our columns of text; the runbook lists them"
    return Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", problem.detail, hint=hint, context=problem.context)
