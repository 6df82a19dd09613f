"""Answers the documents role from one library of SharePoint; remembers nothing between calls."""

from __future__ import annotations

from typing import Final

from contracts.canonical.capability import Capabilities
from contracts.canonical.filing import (
    AccessWish,
    Document,
    DocumentContent,
    DocumentPage,
    DocumentWish,
    FilingChanges,
    Folder,
    FolderAccess,
    FolderWish,
)
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from system_apis.sharepoint import feed, mapping
from system_apis.sharepoint.carrying import Carrier
from system_apis.sharepoint.client import ROOT, GraphClient
from system_apis.sharepoint.config import Config
from system_apis.sharepoint.filed import Filed
from system_apis.sharepoint.folders import Folders
from system_apis.sharepoint.keys import Keys
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.problems import CURSOR_GONE, REFUSED_VALUE
from system_apis.sharepoint.sharing import Sharing
from system_apis.sharepoint.wire import Page

_CHANGES: Final = "changes"
_MOST_CHANGES: Final = 500
_MOST_DOCUMENTS: Final = 200


class SharePointDocuments:
    """The documents role over one connection."""

    def __init__(
        self, client: GraphClient, carrier: Carrier, *, config: Config, clock: Clock, capabilities: Capabilities
    ) -> None:
        columns = Columns(config.column_prefix)
        self._client = client
        self._columns = columns
        self._client_id = config.client_id
        self._capabilities = capabilities
        self._folders = Folders(client, columns=columns, client_id=config.client_id)
        self._filed = Filed(client, carrier, self._folders, config=config, columns=columns)
        self._sharing = Sharing(client, groups=config.groups)
        self._keys = Keys(client, columns=columns, clock=clock, patience_s=config.deadline_s)

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def put_folder(self, *, folder_id: str, body: FolderWish) -> Folder:
        """Make the folder, or find it."""
        return await self._folders.put(folder_id, body)

    async def folder(self, *, folder_id: str) -> Folder:
        """Read a folder."""
        return mapping.folder(await self._folders.find(folder_id), self._columns)

    async def remove_folder(self, *, folder_id: str) -> None:
        """Take back an empty folder."""
        await self._folders.remove(folder_id)

    async def restrict(self, *, folder_id: str, body: AccessWish) -> FolderAccess:
        """Let these groups in and nobody else."""
        return await self._sharing.restrict((await self._folders.find(folder_id)).id, body)

    async def access(self, *, folder_id: str) -> FolderAccess:
        """Who may open the folder."""
        return await self._sharing.access((await self._folders.find(folder_id)).id)

    async def documents(self, *, folder_id: str, cursor: str = "", limit: int = 100) -> DocumentPage:
        """Documents of ours in a folder, a page of the vendor's at a time."""
        _check_limit(limit, most=_MOST_DOCUMENTS)
        if cursor:
            address = feed.decoded(cursor, of=folder_id)
        else:
            item = await self._folders.find(folder_id)
            address = f"/items/{item.id}/children?$top={limit}&$expand=listItem($expand=fields)"
        page = await self._client.page(address)
        found = [item for item in page.value if item.file is not None and mapping.filled(item, self._columns.key)]
        documents = [mapping.document(item, self._columns, client_id=self._client_id) for item in found]
        following = feed.encoded(self._client.followed(page.next_link), of=folder_id) if page.next_link else ""
        return DocumentPage(documents=documents, cursor=following)

    async def put_document(self, *, document_id: str, body: DocumentWish) -> Document:
        """File a document, or a new version of it."""
        return await self._filed.put(document_id, body)

    async def document(self, *, document_id: str) -> Document:
        """Read what is known of a document."""
        return mapping.document(await self._filed.find(document_id), self._columns, client_id=self._client_id)

    async def content(self, *, document_id: str) -> DocumentContent:
        """Read the content."""
        return await self._filed.content(document_id)

    async def remove_document(self, *, document_id: str) -> None:
        """Take back a document."""
        await self._filed.remove(document_id)

    async def changes(self, *, cursor: str = "", limit: int = 200) -> FilingChanges:
        """What changed since the cursor, by the vendor's delta; a place that it has forgotten begins anew."""
        _check_limit(limit, most=_MOST_CHANGES)
        page, restarted = await self._changed(feed.decoded(cursor, of=_CHANGES) if cursor else "", limit=limit)
        following = page.next_link or page.delta_link
        if not following:
            raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "the library tells no place to go on from")
        told = [item for item in page.value if item.root is None]
        keys = await self._keys.of([item.id for item in told if item.deleted is None])
        changes = [mapping.change(item, keys.get(item.id)) for item in told]
        return FilingChanges(
            changes=changes,
            cursor=feed.encoded(self._client.followed(following), of=_CHANGES),
            more=bool(page.next_link),
            restarted=restarted,
        )

    async def _changed(self, link: str, *, limit: int) -> tuple[Page, bool]:
        """A page of the feed, and whether it had to begin anew."""
        if link:
            try:
                return await self._client.page(self._client.followed(link)), False
            except Problem as problem:
                if problem.code not in {CURSOR_GONE, REFUSED_VALUE}:  # too old, or not known any more
                    raise
        return await self._client.page(f"/{ROOT}/delta?$top={limit}"), bool(link)


def _check_limit(limit: int, *, most: int) -> None:
    if not 0 < limit <= most:
        fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {most}")
        raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
