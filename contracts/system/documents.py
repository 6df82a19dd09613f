"""The documents role: folders and documents of projects under our keys, who may open them, and what changes there."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.capability import Capabilities
from contracts.canonical.filing import (
    AccessWish,
    Document,
    DocumentContent,
    DocumentPage,
    DocumentWish,
    FilingChanges,
    FilingKey,
    Folder,
    FolderAccess,
    FolderWish,
)
from contracts.port import delete, get, put


class Documents(Protocol):
    """System of documents: signed statements of work, acceptances, invoices, where people look for them."""

    @get("/capabilities", scope="documents:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @put("/folders/{folder_id}", scope="documents:write", problems=(404, 409))
    async def put_folder(self, *, folder_id: FilingKey, body: FolderWish) -> Folder:
        """Make the folder, or find it; what it is about is brought up to date.

        404 when the folder it should lie in is unknown; 409 when its name there belongs to something else.
        """
        ...

    @get("/folders/{folder_id}", scope="documents:read", problems=(404, 422))
    async def folder(self, *, folder_id: FilingKey) -> Folder:
        """Read a folder by our key, wherever people have moved it."""
        ...

    @delete("/folders/{folder_id}", scope="documents:write", problems=(409, 422))
    async def remove_folder(self, *, folder_id: FilingKey) -> None:
        """Take back a folder that holds nothing; 409 while it holds something."""
        ...

    @put("/folders/{folder_id}/access", scope="documents:share", problems=(404, 409))
    async def restrict(self, *, folder_id: FilingKey, body: AccessWish) -> FolderAccess:
        """Let these groups open the folder and nobody else; what stands afterwards."""
        ...

    @get("/folders/{folder_id}/access", scope="documents:read", problems=(404, 422))
    async def access(self, *, folder_id: FilingKey) -> FolderAccess:
        """Who may open the folder."""
        ...

    @get("/folders/{folder_id}/documents", scope="documents:read", problems=(404, 422))
    async def documents(self, *, folder_id: FilingKey, cursor: str = "", limit: int = 100) -> DocumentPage:
        """Documents with our keys that lie in the folder, page by page; `limit` is 1 to 200."""
        ...

    @put("/documents/{document_id}", scope="documents:write", problems=(404, 409, 413))
    async def put_document(self, *, document_id: FilingKey, body: DocumentWish) -> Document:
        """File a document, or a new version of it; the same content again changes nothing.

        404 when its folder is unknown; 409 when its name there belongs to something else, or when somebody has
        changed the content since we filed it and new content would cover that.
        """
        ...

    @get("/documents/{document_id}", scope="documents:read", problems=(404, 422))
    async def document(self, *, document_id: FilingKey) -> Document:
        """Read what is known of a document, by our key, wherever people have moved it."""
        ...

    @get("/documents/{document_id}/content", scope="documents:read", problems=(404, 413, 422))
    async def content(self, *, document_id: FilingKey) -> DocumentContent:
        """Read the content as it stands now; 413 when people have made it larger than a call may carry."""
        ...

    @delete("/documents/{document_id}", scope="documents:write", problems=(409, 422))
    async def remove_document(self, *, document_id: FilingKey) -> None:
        """Take back a document; 409 when somebody has changed its content since we filed it."""
        ...

    @get("/changes", scope="documents:read", problems=(422,))
    async def changes(self, *, cursor: str = "", limit: int = 200) -> FilingChanges:
        """What changed since the cursor; an empty cursor begins with everything that stands. `limit` is 1 to 500."""
        ...
