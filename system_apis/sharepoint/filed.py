"""Documents: found by key, filed once, a new version only upon what we filed ourselves, read back whole."""

from __future__ import annotations

import hashlib
from typing import Final

from contracts.canonical.filing import LARGEST_CONTENT_BYTES, Document, DocumentContent, DocumentWish
from contracts.problem import Kind, Problem, Retry
from system_apis.sharepoint import mapping
from system_apis.sharepoint.carrying import UPLOAD_LOST, Carrier
from system_apis.sharepoint.client import GraphClient
from system_apis.sharepoint.config import Config
from system_apis.sharepoint.fingerprint import quick_xor_hash
from system_apis.sharepoint.folders import Folders, check_ours, columns_refused, take_back, unsteady
from system_apis.sharepoint.mapping import Columns
from system_apis.sharepoint.naming import permitted
from system_apis.sharepoint.problems import DUPLICATE, RECORD_GONE, REFUSED_VALUE, VERSION_MOVED
from system_apis.sharepoint.wire import Item

_TRIES: Final = 4
_READS: Final = 2


class Filed:
    """The documents of one library."""

    def __init__(
        self, client: GraphClient, carrier: Carrier, folders: Folders, *, config: Config, columns: Columns
    ) -> None:
        self._client = client
        self._carrier = carrier
        self._folders = folders
        self._columns = columns
        self._client_id = config.client_id
        self._session_from = config.session_from_bytes

    async def find(self, document_id: str) -> Item:
        """The file under a key.

        Raises:
            Problem: not_found.

        """
        item = await self._client.keyed(document_id)
        if item is None or item.file is None:
            raise Problem(Kind.NOT_FOUND, "document_not_found", f"no document has the key {document_id}")
        return item

    async def put(self, document_id: str, wish: DocumentWish) -> Document:
        """As the role promises."""
        if len(wish.content) > LARGEST_CONTENT_BYTES:
            raise Problem(Kind.TOO_LARGE, "content_too_large", f"content may have {LARGEST_CONTENT_BYTES} bytes")
        item, created = await self._client.keyed(document_id), False
        if item is None:
            item, created = await self._placed(document_id, wish)
        if item.file is None:
            raise Problem(Kind.CONFLICT, "key_is_a_folder", "a folder has this key")
        settled = await self._settled(item, document_id, wish, created=created)
        created = created and settled.id == item.id
        return mapping.document(settled, self._columns, client_id=self._client_id, created=created)

    async def content(self, document_id: str) -> DocumentContent:
        """As the role promises; what is handed out has been compared with the vendor's own hash."""
        for _ in range(_READS):
            item = await self.find(document_id)
            if item.size > LARGEST_CONTENT_BYTES:
                raise Problem(Kind.TOO_LARGE, "content_too_large", f"the file has {item.size} bytes")
            content = await self._carrier.fetch(await self._client.content_address(item.id))
            if mapping.is_whole(item, content, fingerprint=quick_xor_hash(content)):
                sha256 = hashlib.sha256(content).hexdigest()
                return DocumentContent(
                    document_id=document_id, media_type=mapping.media(item), content=content, sha256=sha256
                )
        raise Problem(Kind.UNAVAILABLE, "vendor_garbled", "the content differs from the vendor's hash of it")

    async def remove(self, document_id: str) -> None:
        """As the role promises."""
        for _ in range(_TRIES):
            item = await self._client.keyed(document_id)
            if item is None:
                return
            if item.file is None:
                raise Problem(Kind.CONFLICT, "key_is_a_folder", "a folder has this key")
            if mapping.altered(item, self._columns, client_id=self._client_id):
                raise _altered()
            try:
                await self._client.remove(item)
            except Problem as problem:
                if problem.code != VERSION_MOVED:
                    raise
                continue
            return
        raise unsteady()

    async def _placed(self, document_id: str, wish: DocumentWish) -> tuple[Item, bool]:
        """The file at its name, and whether it was made now; one of an earlier try is taken up."""
        folder, name = await self._folders.find(wish.folder_id), permitted(wish.name)
        try:
            if len(wish.content) < self._session_from:
                return await self._client.place(folder.id, name, wish.content, media=wish.media_type), True
            filed = await self._carrier.upload(await self._client.session(folder.id, name), wish.content)
            return await self._client.item(filed.id), True
        except Problem as problem:
            if problem.code not in {DUPLICATE, UPLOAD_LOST}:
                raise
            standing = await self._client.named(folder.id, name)
            if standing is None:
                raise unsteady() if problem.code == DUPLICATE else problem from None
        check_ours(standing, document_id, columns=self._columns, client_id=self._client_id)
        return standing, False

    async def _settled(self, item: Item, document_id: str, wish: DocumentWish, *, created: bool) -> Item:
        """The file with this content and these columns; begins anew whenever somebody changed it meanwhile."""
        sha256, fingerprint = hashlib.sha256(wish.content).hexdigest(), quick_xor_hash(wish.content)
        for _ in range(_TRIES):
            check_ours(item, document_id, columns=self._columns, client_id="", unmarked=True)
            altered = mapping.altered(item, self._columns, client_id=self._client_id)
            stands = mapping.stands(item, fingerprint)
            if not stands and mapping.filled(item, self._columns.sha256) != sha256:
                if altered:
                    raise _altered()
                await self._covered(item, wish)
            else:
                tag = item.c_tag if stands or not altered else self._marked_tag(item)
                wanted = {
                    **mapping.marks(document_id, wish, self._columns),
                    self._columns.sha256: sha256,
                    self._columns.content_tag: tag,
                }
                values = mapping.differing(item, wanted)
                if not values:
                    return item
                quicker = await self._set(item, values, document_id, created=created)
                if quicker is not None:
                    item = quicker
                    continue
            item = await self._again(item)
        raise unsteady()

    async def _covered(self, item: Item, wish: DocumentWish) -> None:
        """Lay new content on the version that was read; whoever was quicker, or a lost answer, shows on reading."""
        try:
            if len(wish.content) < self._session_from:
                await self._client.cover(item, wish.content, media=wish.media_type)
            else:
                await self._carrier.upload(await self._client.covering_session(item), wish.content)
        except Problem as problem:
            if problem.code not in {VERSION_MOVED, UPLOAD_LOST}:
                raise

    async def _set(self, item: Item, values: dict[str, str | None], document_id: str, *, created: bool) -> Item | None:
        """Set columns; the file of another call that was quicker with the key, None otherwise."""
        try:
            await self._client.set_columns(item, values)
        except Problem as problem:
            if problem.code == VERSION_MOVED:
                return None
            other = await self._client.keyed(document_id) if problem.code == REFUSED_VALUE else None
            if other is None or other.id == item.id:
                raise columns_refused(problem) if problem.code == REFUSED_VALUE else problem from None
            if created:
                await take_back(self._client, item, columns=self._columns, client_id=self._client_id)
            return other
        return None

    async def _again(self, item: Item) -> Item:
        try:
            return await self._client.item(item.id)
        except Problem as problem:
            if problem.code != RECORD_GONE:
                raise
        raise Problem(Kind.CONFLICT, VERSION_MOVED, "the file was removed while it was written", retry=Retry.LATER)

    def _marked_tag(self, item: Item) -> str:
        """What says that somebody else's content lies here, after we have touched the columns ourselves."""
        tag = mapping.filled(item, self._columns.content_tag)
        return tag if tag.startswith(mapping.ALTERED) else mapping.ALTERED + tag


def _altered() -> Problem:
    return Problem(
        Kind.CONFLICT,
        "document_altered",
        "somebody has changed the content since it was filed",
        hint="look at the versions in the library; restore ours, or take our key off the file",
    )
